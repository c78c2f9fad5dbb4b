using System.Numerics;

namespace DecoupleQ.Generation.Sampling;

/// <summary>A set of tokens.</summary>
public sealed class TokenMask
{
    private const int WordBits = 64;

    private readonly ulong[] _words;

    /// <summary>The empty set.</summary>
    /// <param name="vocabularySize">Ids run from 0 to this number, exclusive.</param>
    public TokenMask(int vocabularySize)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(vocabularySize);
        VocabularySize = vocabularySize;
        _words = new ulong[((vocabularySize - 1) / WordBits) + 1];
    }

    /// <summary>Ids run from 0 to this number, exclusive.</summary>
    public int VocabularySize { get; }

    /// <summary>Whether a token is in the set; it may be put in or taken out.</summary>
    /// <param name="id">The token.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such id.</exception>
    public bool this[int id]
    {
        get => (_words[Checked(id) / WordBits] >> (id % WordBits) & 1) != 0;
        set
        {
            ulong bit = 1UL << (Checked(id) % WordBits);
            _words[id / WordBits] = value ? _words[id / WordBits] | bit : _words[id / WordBits] & ~bit;
        }
    }

    /// <summary>Puts all tokens in, or takes all out.</summary>
    public void SetAll(bool value) => _words.AsSpan().Fill(value ? ulong.MaxValue : 0);

    /// <summary>Makes this the same set as another.</summary>
    /// <param name="other">A set of as many ids.</param>
    public void CopyFrom(TokenMask other)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(other.VocabularySize, VocabularySize, nameof(other));
        other._words.CopyTo(_words, 0);
    }

    /// <summary>Makes this the set of the ids whose bits are set, as far as it has them.</summary>
    /// <param name="bits">64 ids a word, from the lowest bit; ids beyond them are not in the set.</param>
    internal void SetBits(ReadOnlySpan<ulong> bits)
    {
        int common = Math.Min(bits.Length, _words.Length);
        bits[..common].CopyTo(_words);
        _words.AsSpan(common).Clear();
    }

    /// <summary>Makes the logits of all tokens minus infinity that are not in the set.</summary>
    internal void Apply(Span<float> logits)
    {
        for (int word = 0; word < _words.Length; word++)
        {
            Span<float> some = logits[(word * WordBits)..Math.Min((word + 1) * WordBits, VocabularySize)];
            if (_words[word] == 0)
            {
                some.Fill(float.NegativeInfinity);
                continue;
            }
            for (ulong missing = ~_words[word]; missing != 0; missing &= missing - 1)
            {
                int bit = BitOperations.TrailingZeroCount(missing);
                if (bit < some.Length)
                {
                    some[bit] = float.NegativeInfinity;
                }
            }
        }
    }

    private int Checked(int id)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(id);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(id, VocabularySize);
        return id;
    }
}
