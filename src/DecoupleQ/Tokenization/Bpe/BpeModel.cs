using DecoupleQ.Tokenization.Streaming;
using DecoupleQ.Tokenization.Unicode;

namespace DecoupleQ.Tokenization.Bpe;

/// <summary>Byte pair encoding (Sennrich et al., arXiv 1508.07909) of one word at a time.</summary>
/// <remarks>
/// Microsoft.ML.Tokenizers' <c>BpeTokenizer</c> is not used: it has no <c>ignore_merges</c>, no fallback to bytes, and its patterns are .NET's.
/// </remarks>
internal sealed class BpeModel
{
    // Bytes of a word that are merged before further ones are looked at.
    private const int LongestPart = 1 << 16;

    private readonly SymbolSource _source;
    private readonly IReadOnlyDictionary<string, int>? _wholeWords;
    private readonly int _longestWholeWord;
    private readonly bool _symbolsAreIds;

    /// <param name="source">The symbols that words begin as.</param>
    /// <param name="merges">The merges.</param>
    /// <param name="wholeWords">Tokens that a word becomes at once if it is spelled so, whatever the merges say (<c>ignore_merges</c>); null for none.</param>
    public BpeModel(SymbolSource source, MergeTable merges, IReadOnlyDictionary<string, int>? wholeWords = null)
    {
        _source = source;
        Merges = merges;
        _wholeWords = wholeWords;
        _symbolsAreIds = source.IdCount == int.MaxValue;
        _longestWholeWord = wholeWords is { Count: > 0 } ? wholeWords.Keys.Max(word => word.Length) * 3 : 0;
    }

    public MergeTable Merges { get; }

    /// <summary>The same model, but no word becomes a token of <paramref name="ids"/> unless it begins as one; this model if none does.</summary>
    public BpeModel Without(IReadOnlySet<int> ids)
    {
        MergeTable merges = Merges.Without(ids);
        bool hasWords = _wholeWords is not null && _wholeWords.Values.Any(ids.Contains);
        return merges == Merges && !hasWords
            ? this
            : new BpeModel(
                _source, merges, hasWords ? _wholeWords!.Where(word => !ids.Contains(word.Value)).ToDictionary(StringComparer.Ordinal) : _wholeWords);
    }

    /// <summary>Appends the ids of a word that is not empty.</summary>
    public void Encode(ReadOnlySpan<byte> word, BpeScratch scratch, IdBuffer output, EncodingWork work)
    {
        if (word.Length > WordCache.LongestWord)
        {
            EncodeLong(word, scratch, new SymbolWriter(_source, output), work);
            return;
        }
        uint hash = scratch.Cache.Hash(word);
        if (!scratch.Cache.TryGet(word, hash, out ReadOnlySpan<int> ids))
        {
            ids = EncodeAnew(word, scratch);
            scratch.Cache.Add(word, hash, ids);
        }
        if (!_symbolsAreIds)
        {
            new SymbolWriter(_source, output).AddRange(ids);
        }
        else if (ids.Length == 1)
        {
            output.Add(ids[0]);
        }
        else
        {
            output.AddRange(ids);
        }
    }

    /// <summary>Appends the ids of a word that comes in parts, as soon as they are certain.</summary>
    /// <param name="part">The next part; it ends between two characters.</param>
    /// <param name="last">Whether the word ends with it. All its parts together are not empty.</param>
    /// <param name="scratch">The same for all parts, and for no other word between them.</param>
    /// <param name="output">Takes the ids.</param>
    /// <param name="work">What the text may take.</param>
    public void EncodePart(ReadOnlySpan<byte> part, bool last, BpeScratch scratch, IdBuffer output, EncodingWork work)
    {
        LongWordMerger word = scratch.LongWords(_source);
        bool isShort = !scratch.IsInLongWord && (long)word.Held + part.Length <= Math.Max(LongWordMerger.ShortestWindow, _longestWholeWord);
        word.Append(part, work);
        if (!isShort)
        {
            word.Merge(last, new SymbolWriter(_source, output), work);
            scratch.IsInLongWord = !last;
        }
        else if (last)
        {
            EncodeShort(word, scratch, output, work);
        }
    }

    // All of a word that came in parts and is short after all.
    private void EncodeShort(LongWordMerger word, BpeScratch scratch, IdBuffer output, EncodingWork work)
    {
        if (word.Held <= LongWordMerger.ShortestWindow)
        {
            Encode(word.Text, scratch, output, work);
            word.Clear();
        }
        else if (FindWhole(word.Text) is int id)
        {
            new SymbolWriter(_source, output).Add(id);
            word.Clear();
        }
        else
        {
            word.Merge(last: true, new SymbolWriter(_source, output), work);
        }
    }

    private void EncodeLong(ReadOnlySpan<byte> word, BpeScratch scratch, SymbolWriter output, EncodingWork work)
    {
        if (word.Length <= LongWordMerger.ShortestWindow)
        {
            output.AddRange(EncodeAnew(word, scratch));
            return;
        }
        if (FindWhole(word) is int id)
        {
            output.Add(id);
            return;
        }
        LongWordMerger merger = scratch.LongWords(_source);
        // In parts, so that no second copy of a long word is held.
        while (!word.IsEmpty)
        {
            int end = Utf8.CutBefore(word, LongestPart);
            merger.Append(word[..end], work);
            merger.Merge(last: end == word.Length, output, work);
            word = word[end..];
        }
    }

    private ReadOnlySpan<int> EncodeAnew(ReadOnlySpan<byte> word, BpeScratch scratch)
    {
        Span<int> symbols = scratch.Symbols;
        if (FindWhole(word) is int id)
        {
            symbols[0] = id;
            return symbols[..1];
        }
        bool waiting = false;
        int count = _source.Symbols(word, last: true, ref waiting, symbols);
        return symbols[..scratch.Merger.Merge(symbols[..count])];
    }

    private int? FindWhole(ReadOnlySpan<byte> word) =>
        _wholeWords is not null && word.Length <= _longestWholeWord && _wholeWords.TryGetValue(_source.Spelling(word), out int id) ? id : null;
}

/// <summary>What encoding needs besides the model, for one thread at a time.</summary>
internal sealed class BpeScratch(MergeTable merges)
{
    private LongWordMerger? _longWords;

    public WordCache Cache { get; } = new();

    public WordMerger Merger { get; } = new(merges);

    /// <summary>Room for the symbols of a word that is merged at once.</summary>
    public int[] Symbols { get; } = new int[LongWordMerger.ShortestWindow + 1];

    /// <summary>Whether a word that comes in parts has begun to be merged.</summary>
    public bool IsInLongWord { get; set; }

    /// <summary>Merges longer words.</summary>
    public LongWordMerger LongWords(SymbolSource source) => _longWords ??= new LongWordMerger(source, Merger);
}
