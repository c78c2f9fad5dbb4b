using System.Buffers;
using DecoupleQ.Tokenization.Unicode;

namespace DecoupleQ.Tokenization.AddedTokens;

/// <summary>Added tokens, and which of them begin where in a text: at each place the longest one.</summary>
internal sealed class AddedTokenFinder
{
    /// <summary>Longest token that readers accept, in characters.</summary>
    public const int LongestToken = 1024;

    /// <summary>Most bytes that all tokens may have together; those of a vocabulary of 65,536 sounds have under a million.</summary>
    public const int MostBytes = 1 << 21;

    private readonly AddedToken[] _tokens;
    private readonly int[] _lengths;
    private readonly HashSet<int> _controlIds;
    private readonly SearchValues<byte> _firstBytes;
    private readonly TokenTrie _trie;
    private readonly Lazy<ReversedTokens> _reversed;

    /// <param name="tokens">The tokens, each with the text to look for, which is not empty; of two with one text the first counts.</param>
    /// <param name="isControl">Which of them are text where the text is plain.</param>
    /// <param name="file">The tokenizer's file, for errors.</param>
    /// <exception cref="DecoupleQException">Their texts are longer than <see cref="MostBytes"/> together.</exception>
    public AddedTokenFinder(IEnumerable<(string Pattern, AddedToken Token)> tokens, Func<AddedToken, bool> isControl, string? file = null)
    {
        var texts = new List<byte[]>();
        var list = new List<AddedToken>();
        long bytes = 0;
        foreach ((string pattern, AddedToken token) in tokens)
        {
            texts.Add(Utf8.Bytes(pattern));
            list.Add(token);
            bytes += texts[^1].Length;
            if (bytes > MostBytes)
            {
                throw new DecoupleQException("The added tokens are too long.", file, expected: $"at most {MostBytes} bytes in all of them together");
            }
        }
        _tokens = [.. list];
        _lengths = [.. texts.Select(text => text.Length)];
        _trie = new TokenTrie(texts);
        _reversed = new(() => new ReversedTokens(texts));
        _firstBytes = SearchValues.Create(_trie.FirstBytes);
        Longest = _lengths.Append(0).Max();
        _controlIds = [.. _tokens.Where(isControl).Select(token => token.Id)];
        Strips = Array.Exists(_tokens, token => token.StripLeft);
        AsksForWords = Array.Exists(_tokens, token => token.SingleWord);
    }

    /// <summary>Whether there are tokens to be found.</summary>
    public bool IsEmpty => _tokens.Length == 0;

    /// <summary>The longest token, in bytes.</summary>
    public int Longest { get; }

    /// <summary>Whether white space before a token may belong to it.</summary>
    public bool Strips { get; }

    /// <summary>Whether what touches a token may matter.</summary>
    public bool AsksForWords { get; }

    /// <summary>Ids of the tokens that are text where the text is plain.</summary>
    public IReadOnlySet<int> ControlIds => _controlIds;

    /// <summary>A search in a text, or a part of one.</summary>
    public Search In(ReadOnlySpan<byte> text) => new(this, text);

    /// <summary>A token in a text.</summary>
    /// <param name="Token">The token.</param>
    /// <param name="End">Where its text ends.</param>
    public readonly record struct Found(AddedToken Token, int End);

    /// <summary>
    /// A search from left to right. Where tokens nearly match at place after place, it goes over to reading the text backward, which takes a few steps a byte
    /// whatever the tokens are.
    /// </summary>
    public ref struct Search(AddedTokenFinder finder, ReadOnlySpan<byte> text)
    {
        private const int FreeSteps = 4096, StepsPerByte = 8;
        private const int ShortestBlock = 1 << 16;

        private readonly ReadOnlySpan<byte> _text = text;
        private long _steps = FreeSteps + StepsPerByte * (long)text.Length;

        // The longest token at each place of a block, once the text is read backward.
        private int[]? _atPlace;
        private int _blockStart;
        private int _blockEnd;

        /// <summary>The next token.</summary>
        /// <param name="position">Where to begin. Receives where the token begins, or else up to where there is none for certain.</param>
        /// <param name="last">Whether the text ends here; otherwise a token may go on behind it.</param>
        public Found? Next(ref int position, bool last)
        {
            while (position < _text.Length)
            {
                int skip = _text[position..].IndexOfAny(finder._firstBytes);
                if (skip < 0)
                {
                    position = _text.Length;
                    return null;
                }
                position += skip;
                int token = _steps > 0 ? Walk(position, last) : Look(position, last);
                if (token == Uncertain)
                {
                    return null;
                }
                if (token != TokenTrie.None)
                {
                    return new Found(finder._tokens[token], position + finder._lengths[token]);
                }
                position++;
            }
            return null;
        }

        private const int Uncertain = -2;

        private int Walk(int start, bool last)
        {
            int longest = TokenTrie.None;
            int node = 0;
            int i = start;
            for (; i < _text.Length && finder._trie.Child(node, _text[i]) is var child && child != TokenTrie.None; i++)
            {
                node = child;
                int token = finder._trie.TokenAt(node);
                longest = token != TokenTrie.None ? token : longest;
            }
            _steps -= i - start;
            return !last && i == _text.Length && finder._trie.HasChildren(node) ? Uncertain : longest;
        }

        private int Look(int start, bool last)
        {
            if (!last && start > _text.Length - finder.Longest)
            {
                return Uncertain;
            }
            if (_atPlace is null || start >= _blockEnd)
            {
                int length = Math.Max(ShortestBlock, 4 * finder.Longest);
                _blockStart = start;
                _blockEnd = (int)Math.Min(_text.Length, (long)start + length);
                _atPlace ??= new int[Math.Min(length, _text.Length - start)];
                int readFrom = (int)Math.Min(_text.Length, (long)_blockEnd + finder.Longest);
                finder._reversed.Value.LongestAtEach(_text[start..readFrom], _atPlace.AsSpan(0, _blockEnd - start));
            }
            return _atPlace[start - _blockStart];
        }
    }

    /// <summary>The tokens read backward: the longest one that begins at a place is the longest one that ends there.</summary>
    private sealed class ReversedTokens
    {
        private readonly TokenTrie _trie;
        private readonly int[] _shorter;
        private readonly int[] _longest;

        public ReversedTokens(IReadOnlyList<byte[]> texts)
        {
            _trie = new TokenTrie([.. texts.Select(text => Enumerable.Reverse(text).ToArray())]);
            (_shorter, _longest) = _trie.Suffixes();
        }

        /// <summary>The longest token at each of the first places of <paramref name="text"/>.</summary>
        public void LongestAtEach(ReadOnlySpan<byte> text, Span<int> tokens)
        {
            int node = 0;
            for (int i = text.Length - 1; i >= 0; i--)
            {
                node = _trie.Follow(_shorter, node, text[i]);
                if (i < tokens.Length)
                {
                    tokens[i] = _longest[node];
                }
            }
        }
    }
}
