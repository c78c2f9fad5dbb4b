namespace DecoupleQ.Generation.Sampling;

/// <summary>A step that changes logits before anything is chosen; it acts with temperature 0 too.</summary>
internal interface ILogitsProcessor
{
    /// <summary>Changes the logits.</summary>
    /// <param name="logits">One a token.</param>
    /// <param name="generated">The ids generated so far, without the prompt.</param>
    void Apply(Span<float> logits, ReadOnlySpan<int> generated);
}
