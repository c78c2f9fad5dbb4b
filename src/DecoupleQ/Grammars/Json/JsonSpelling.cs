using System.Globalization;
using System.Text;
using DecoupleQ.Grammars.Expressions;
using DecoupleQ.Tokenization.Unicode;

namespace DecoupleQ.Grammars.Json;

/// <summary>
/// How characters are written in a JSON string (RFC 8259) where a grammar chooses the spelling: as they are, where that may be; else by the short escape, or as
/// <c>\u00XX</c>.
/// </summary>
internal static class JsonSpelling
{
    private static readonly CodePointSet Escaped = CodePointSet.Of([(0, 0x1F), ('"', '"'), ('\\', '\\')]);

    private static readonly Dictionary<int, char> ShortEscapes = new()
    {
        ['"'] = '"', ['\\'] = '\\', ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't',
    };

    /// <summary>Code points that may stand in a string as they are.</summary>
    public static CodePointSet Plain { get; } = Utf8Machine.All.Except(Escaped);

    /// <summary>What stands between the quotation marks, with short escapes only: a deterministic machine.</summary>
    public static ByteMachine ShortlyEscaped { get; } = BuildShortlyEscaped();

    /// <summary>What one code point of a set is written as.</summary>
    public static IReadOnlyList<ByteMachine> Of(CodePointSet set)
    {
        var spelled = new List<ByteMachine>();
        if (set.Intersect(Plain) is { IsEmpty: false } plain)
        {
            spelled.Add(Utf8Machine.Of(plain));
        }
        List<byte[]> escapes = [];
        foreach ((int first, int last) in set.Intersect(Escaped).Ranges)
        {
            for (int character = first; character <= last; character++)
            {
                escapes.Add(Escape(character, "x4"));
                escapes.Add(Escape(character, "X4"));
            }
        }
        if (escapes.Count > 0)
        {
            spelled.Add((ByteMachine)ByteMachine.Words(escapes));
        }
        return spelled;
    }

    /// <summary>A string with its quotation marks.</summary>
    public static byte[] Quoted(string text) => [(byte)'"', .. Content(text), (byte)'"'];

    /// <summary>A string without them.</summary>
    public static byte[] Content(string text)
    {
        var bytes = new List<byte>();
        Span<byte> buffer = stackalloc byte[4];
        foreach (Rune rune in text.EnumerateRunes())
        {
            bytes.AddRange(Escaped.Contains(rune.Value) ? Escape(rune.Value, "x4") : buffer[..rune.EncodeToUtf8(buffer)]);
        }
        return [.. bytes];
    }

    private static byte[] Escape(int character, string format) => ShortEscapes.TryGetValue(character, out char letter)
        ? [(byte)'\\', (byte)letter]
        : Encoding.ASCII.GetBytes("\\u" + character.ToString(format, CultureInfo.InvariantCulture));

    private static ByteMachine BuildShortlyEscaped()
    {
        // A character ends in state 1, which is state 0 again.
        IReadOnlyList<ByteMachine.State> utf8 = Utf8Machine.Of(Plain).States;
        ByteMachine.State[] states = [.. utf8.Select((_, number) => new ByteMachine.State { IsFinal = number <= 1 })];
        for (int number = 0; number < states.Length; number++)
        {
            states[number].Edges.AddRange(utf8[number].Edges.Select(edge => edge with { Target = edge.Target == 1 ? 0 : edge.Target }));
        }
        var escape = new ByteMachine.State();
        escape.Edges.AddRange(ShortEscapes.Values.Select(letter => new ByteMachine.Edge((byte)letter, (byte)letter, 0)));
        states[0].Edges.Add(new((byte)'\\', (byte)'\\', states.Length));
        return new([.. states, escape]);
    }
}
