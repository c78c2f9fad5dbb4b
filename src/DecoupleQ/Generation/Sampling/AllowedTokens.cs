namespace DecoupleQ.Generation.Sampling;

/// <summary>Makes the logits of tokens that a constraint does not allow minus infinity.</summary>
/// <param name="constraint">What allows tokens.</param>
/// <param name="vocabulary">Ids run from 0 to this number, exclusive.</param>
internal sealed class AllowedTokens(ITokenConstraint constraint, int vocabulary) : ILogitsProcessor
{
    private readonly TokenMask _allowed = new(vocabulary);

    /// <summary>Whether a token was allowed the last time.</summary>
    public bool Allows(int id) => _allowed[id];

    /// <inheritdoc/>
    public void Apply(Span<float> logits, ReadOnlySpan<int> generated)
    {
        constraint.Allow(generated, _allowed);
        _allowed.Apply(logits);
    }
}
