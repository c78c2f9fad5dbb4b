using System.Runtime.InteropServices;
using DecoupleQ.Models;

namespace DecoupleQ.Generation;

/// <summary>One text that a model continues: the keys and values of its tokens so far.</summary>
/// <param name="model">The model.</param>
internal sealed class Sequence(LanguageModel model)
{
    // Long prompts go through in pieces, so that the memory for their activations stays bounded.
    private const int PrefillPiece = 512;

    private readonly KeyValueCache[] _caches = model.CreateCaches();
    private readonly float[] _logits = new float[model.VocabularySize];
    private readonly List<int> _ids = [];

    /// <summary>Tokens so far.</summary>
    public int Length => _ids.Count;

    /// <summary>Keeps of the tokens so far those that <paramref name="ids"/> begin with too, but at least one less than <paramref name="ids"/> has, and forgets the others.</summary>
    /// <returns>How many are kept.</returns>
    public int KeepCommonPrefix(ReadOnlySpan<int> ids)
    {
        int kept = Math.Min(CollectionsMarshal.AsSpan(_ids).CommonPrefixLength(ids), ids.Length - 1);
        _ids.RemoveRange(kept, _ids.Count - kept);
        foreach (KeyValueCache cache in _caches)
        {
            cache.Truncate(kept);
        }
        return kept;
    }

    /// <summary>Adds tokens, at least one, and returns the logits after the last; they are valid until the next call.</summary>
    public ReadOnlySpan<float> Append(scoped ReadOnlySpan<int> ids, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfZero(ids.Length, nameof(ids));
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ReadOnlySpan<int> piece = ids[..Math.Min(PrefillPiece, ids.Length)];
            ReadOnlySpan<float> hidden = model.Hidden(piece, Length, _caches);
            _ids.AddRange(piece);
            ids = ids[piece.Length..];
            if (ids.IsEmpty)
            {
                model.Head(hidden, piece.Length - 1, 1, _logits);
                return _logits;
            }
        }
    }
}
