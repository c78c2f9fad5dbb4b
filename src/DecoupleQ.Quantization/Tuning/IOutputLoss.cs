namespace DecoupleQ.Quantization.Tuning;

/// <summary>What the logits of a model are held to, position by position.</summary>
internal interface IOutputLoss
{
    /// <summary>The loss at some positions, and its gradient.</summary>
    /// <param name="logits">positions x vocabulary; becomes the gradient of the sum of the losses, times <paramref name="weight"/>.</param>
    /// <param name="reference">The dense model's, of the same positions; may be changed.</param>
    /// <param name="targets">The id that follows each position; -1 where none does.</param>
    /// <param name="weight">Factor on the gradient.</param>
    /// <returns>The sum of the losses, nats.</returns>
    double Run(Span<float> logits, Span<float> reference, ReadOnlySpan<int> targets, float weight);
}
