using DecoupleQ.Generation.Sampling;

namespace DecoupleQ.Grammars;

/// <summary>Allows the tokens with which an answer goes on as a grammar says, and the end ids where the answer may end.</summary>
/// <param name="masks">The grammar over the model's vocabulary.</param>
internal sealed class GrammarConstraint(GrammarMasks masks) : ITokenConstraint
{
    private readonly Lock _gate = new();
    private readonly List<int> _ids = [];
    private AnswerPlace? _place;

    /// <inheritdoc/>
    public void Allow(ReadOnlySpan<int> generated, TokenMask allowed)
    {
        ArgumentNullException.ThrowIfNull(allowed);
        AnswerPlace place;
        lock (_gate)
        {
            int known = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_ids).CommonPrefixLength(generated);
            if (known < _ids.Count)
            {
                // Another answer, or this one taken back.
                (_place, known) = (null, 0);
                _ids.Clear();
            }
            _place = place = masks.Advance(_place, generated[known..]);
            _ids.AddRange(generated[known..]);
        }
        allowed.SetBits(masks.Mask(place));
    }
}
