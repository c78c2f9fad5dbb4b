namespace DecoupleQ.Generation.Sampling;

/// <summary>Says which tokens may come next, such as a grammar does; one object may serve several answers at once, told apart by what was generated.</summary>
public interface ITokenConstraint
{
    /// <summary>Says which tokens may come next.</summary>
    /// <param name="generated">The ids generated so far, without the prompt.</param>
    /// <param name="allowed">
    /// What was allowed at the token before in the same answer, nothing at the first: only differences need to be set. The ids that end the answer are tokens
    /// like any other.
    /// </param>
    void Allow(ReadOnlySpan<int> generated, TokenMask allowed);
}
