namespace DecoupleQ.Generation.Sampling;

/// <summary>A step that leaves some of the tokens to draw from, at least one.</summary>
internal interface ITruncation
{
    /// <summary>Leaves out tokens.</summary>
    /// <param name="ranking">The tokens that the steps before have left; then those that this one leaves.</param>
    void Narrow(ref Ranking ranking);
}
