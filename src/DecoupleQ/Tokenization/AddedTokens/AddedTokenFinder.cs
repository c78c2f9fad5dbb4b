using System.Buffers;
using DecoupleQ.Tokenization.Unicode;

namespace DecoupleQ.Tokenization.AddedTokens;

/// <summary>A part of a text: an added token, or text between them.</summary>
/// <param name="Start">Where it begins, in bytes.</param>
/// <param name="End">Where it ends.</param>
/// <param name="Token">The token; null for text.</param>
internal readonly record struct Segment(int Start, int End, AddedToken? Token);

/// <summary>Finds added tokens: at each place from left to right the longest one.</summary>
internal sealed class AddedTokenFinder
{
    /// <summary>Longest token that readers accept, in characters: the work is at most this for each byte of a text.</summary>
    public const int LongestToken = 1024;

    private static readonly Lazy<CodePointLookup> WordCharacters = new(() => CharacterClasses.Word().ToLookup());
    private static readonly CodePointLookup Space = CharacterClasses.WhiteSpace.ToLookup();

    private readonly Dictionary<(int Node, byte Byte), int> _edges = [];
    private readonly List<AddedToken?> _tokens = [null];
    private readonly HashSet<int> _controlIds;
    private readonly SearchValues<byte> _firstBytes;

    /// <param name="tokens">The tokens, each with the text to look for, which is not empty; of two with one text the first counts.</param>
    /// <param name="isControl">Which of them are text where the text is plain.</param>
    public AddedTokenFinder(IEnumerable<(string Pattern, AddedToken Token)> tokens, Func<AddedToken, bool> isControl)
    {
        var firstBytes = new HashSet<byte>();
        foreach ((string pattern, AddedToken token) in tokens)
        {
            byte[] bytes = Utf8.Bytes(pattern);
            firstBytes.Add(bytes[0]);
            int node = 0;
            foreach (byte value in bytes)
            {
                if (!_edges.TryGetValue((node, value), out int next))
                {
                    next = _tokens.Count;
                    _edges[(node, value)] = next;
                    _tokens.Add(null);
                }
                node = next;
            }
            _tokens[node] ??= token;
        }
        _firstBytes = SearchValues.Create([.. firstBytes]);
        _controlIds = [.. _tokens.OfType<AddedToken>().Where(isControl).Select(token => token.Id)];
    }

    /// <summary>Whether there are tokens to be found.</summary>
    public bool IsEmpty => _tokens.Count == 1;

    /// <summary>Ids of the tokens that are text where the text is plain.</summary>
    public IReadOnlySet<int> ControlIds => _controlIds;

    /// <summary>Appends the segments of <paramref name="text"/> in order; together they cover it, and text segments are not empty.</summary>
    /// <param name="text">The text.</param>
    /// <param name="plain">Where control tokens are text, in bytes.</param>
    /// <param name="segments">Receives the segments.</param>
    public void Find(ReadOnlySpan<byte> text, PlainStretches plain, List<Segment> segments)
    {
        int textStart = 0;
        int position = 0;
        while (position < text.Length)
        {
            int skip = text[position..].IndexOfAny(_firstBytes);
            if (skip < 0)
            {
                break;
            }
            position += skip;
            if (Longest(text, position, out int end) is not { } token)
            {
                position++;
                continue;
            }
            int start = position;
            position = end;
            if (_controlIds.Contains(token.Id) && plain.Touches(start, end) || token.SingleWord && TouchesWord(text, start, end))
            {
                continue;
            }
            if (token.StripLeft)
            {
                while (start > textStart && Utf8.Previous(text, start) is var before && Space.Contains(Utf8.Decode(text, before, out _)))
                {
                    start = before;
                }
            }
            if (token.StripRight)
            {
                while (end < text.Length && Space.Contains(Utf8.Decode(text, end, out int length)))
                {
                    end += length;
                }
            }
            if (textStart < start)
            {
                segments.Add(new Segment(textStart, start, null));
            }
            segments.Add(new Segment(start, end, token));
            textStart = end;
        }
        if (textStart < text.Length)
        {
            segments.Add(new Segment(textStart, text.Length, null));
        }
    }

    private AddedToken? Longest(ReadOnlySpan<byte> text, int start, out int end)
    {
        AddedToken? longest = null;
        end = start;
        int node = 0;
        for (int i = start; i < text.Length && _edges.TryGetValue((node, text[i]), out node); i++)
        {
            if (_tokens[node] is { } token)
            {
                longest = token;
                end = i + 1;
            }
        }
        return longest;
    }

    private static bool TouchesWord(ReadOnlySpan<byte> text, int start, int end) =>
        start > 0 && WordCharacters.Value.Contains(Utf8.Decode(text, Utf8.Previous(text, start), out _)) ||
        end < text.Length && WordCharacters.Value.Contains(Utf8.Decode(text, end, out _));
}
