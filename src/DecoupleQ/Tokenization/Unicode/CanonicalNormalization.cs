using System.Buffers;
using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;

namespace DecoupleQ.Tokenization.Unicode;

/// <summary>A normalization form.</summary>
internal enum CanonicalForm
{
    /// <summary>Composed.</summary>
    C,

    /// <summary>Decomposed.</summary>
    D,
}

/// <summary>Normalization forms C and D of Unicode Standard Annex #15.</summary>
/// <remarks>The runtime's own <see cref="string.Normalize()"/> does nothing under invariant globalization, where the library runs; and the
/// published tokenizers are run with the tables of Unicode 9.0, whose later combining marks stay where they are, so those tables are used here.</remarks>
internal static class CanonicalNormalization
{
    private const int SyllableBase = 0xAC00;
    private const int LeadBase = 0x1100;
    private const int VowelBase = 0x1161;
    private const int TrailBase = 0x11A7;
    private const int LeadCount = 19;
    private const int VowelCount = 21;
    private const int TrailCount = 28;
    private const int SyllableCount = LeadCount * VowelCount * TrailCount;

    private static readonly Lazy<Tables> Loaded = new(() => new Tables());

    /// <summary>Whether <paramref name="text"/> (UTF-8) may change in form C: it holds a code point whose quick check is not Yes.</summary>
    public static bool MayChangeInFormC(ReadOnlySpan<byte> text) => MayChange(text, 0xCC, Loaded.Value.NotQuickC);

    /// <summary>Whether <paramref name="text"/> (UTF-8) may change in form D.</summary>
    public static bool MayChangeInFormD(ReadOnlySpan<byte> text) => MayChange(text, 0xC3, Loaded.Value.NotQuickD);

    /// <summary>Appends form C of <paramref name="text"/> (UTF-8) to <paramref name="output"/>.</summary>
    public static void AppendFormC(ReadOnlySpan<byte> text, ArrayBufferWriter<byte> output)
    {
        Tables tables = Loaded.Value;
        List<int> points = Decompose(text, tables);
        Write(Compose(points, tables), output);
    }

    /// <summary>
    /// Where the last part of <paramref name="text"/> (UTF-8) begins that form C or D of what precedes it does not depend on: a code point that neither
    /// combines with one before it nor moves before it.
    /// </summary>
    public static int LastBoundary(ReadOnlySpan<byte> text, CanonicalForm form)
    {
        CodePointLookup joins = form == CanonicalForm.C ? Loaded.Value.NotQuickC : Loaded.Value.MovesInD;
        int position = text.Length;
        while (position > 0)
        {
            position = Utf8.Previous(text, position);
            if (!joins.Contains(Utf8.Decode(text, position, out _)))
            {
                break;
            }
        }
        return position;
    }

    /// <summary>Whether <paramref name="text"/> may change in a form.</summary>
    public static bool MayChange(ReadOnlySpan<byte> text, CanonicalForm form) => form == CanonicalForm.C ? MayChangeInFormC(text) : MayChangeInFormD(text);

    /// <summary>Appends a form of <paramref name="text"/> to <paramref name="output"/>.</summary>
    public static void Append(ReadOnlySpan<byte> text, CanonicalForm form, ArrayBufferWriter<byte> output)
    {
        if (form == CanonicalForm.C)
        {
            AppendFormC(text, output);
        }
        else
        {
            AppendFormD(text, output);
        }
    }

    /// <summary>Appends form D of <paramref name="text"/> (UTF-8) to <paramref name="output"/>.</summary>
    public static void AppendFormD(ReadOnlySpan<byte> text, ArrayBufferWriter<byte> output) => Write(Decompose(text, Loaded.Value), output);

    private static bool MayChange(ReadOnlySpan<byte> text, byte firstByte, CodePointLookup notQuick)
    {
        int position = text.IndexOfAnyInRange(firstByte, (byte)0xFF);
        if (position < 0)
        {
            return false;
        }
        while (position < text.Length && (text[position] & 0xC0) == 0x80)
        {
            position--;
        }
        while (position < text.Length)
        {
            if (notQuick.Contains(Utf8.Decode(text, position, out int length)))
            {
                return true;
            }
            position += length;
        }
        return false;
    }

    private static List<int> Decompose(ReadOnlySpan<byte> text, Tables tables)
    {
        var points = new List<int>(text.Length);
        for (int position = 0; position < text.Length;)
        {
            int c = Utf8.Decode(text, position, out int length);
            position += length;
            Decompose(c, points, tables);
        }
        Reorder(points, tables);
        return points;
    }

    private static void Decompose(int c, List<int> points, Tables tables)
    {
        int syllable = c - SyllableBase;
        if (syllable is >= 0 and < SyllableCount)
        {
            points.Add(LeadBase + syllable / (VowelCount * TrailCount));
            points.Add(VowelBase + syllable % (VowelCount * TrailCount) / TrailCount);
            if (syllable % TrailCount != 0)
            {
                points.Add(TrailBase + syllable % TrailCount);
            }
        }
        else if (tables.Decompositions.TryGetValue(c, out (int First, int Second) pair))
        {
            Decompose(pair.First, points, tables);
            if (pair.Second != 0)
            {
                Decompose(pair.Second, points, tables);
            }
        }
        else
        {
            points.Add(c);
        }
    }

    /// <summary>Canonical ordering: each run of marks is sorted by combining class; equal classes keep their order.</summary>
    private static void Reorder(List<int> points, Tables tables)
    {
        for (int i = 0; i < points.Count; i++)
        {
            if (tables.Class(points[i]) == 0)
            {
                continue;
            }
            int start = i;
            bool sorted = true;
            while (++i < points.Count && tables.Class(points[i]) is var c && c != 0)
            {
                sorted &= tables.Class(points[i - 1]) <= c;
            }
            if (!sorted)
            {
                Sort(CollectionsMarshal.AsSpan(points)[start..i], tables);
            }
        }
    }

    /// <summary>Sorts a run by class in two passes, however long it is: there are only 255 classes.</summary>
    private static void Sort(Span<int> run, Tables tables)
    {
        Span<int> place = stackalloc int[257];
        place.Clear();
        foreach (int c in run)
        {
            place[tables.Class(c) + 1]++;
        }
        for (int i = 1; i < place.Length; i++)
        {
            place[i] += place[i - 1];
        }
        int[] unsorted = run.ToArray();
        foreach (int c in unsorted)
        {
            run[place[tables.Class(c)]++] = c;
        }
    }

    private static List<int> Compose(List<int> points, Tables tables)
    {
        var composed = new List<int>(points.Count);
        int starter = -1;
        int lastClass = -1;
        foreach (int c in points)
        {
            int combining = tables.Class(c);
            if (starter >= 0 && lastClass < combining && Compose(composed[starter], c, tables) is int whole)
            {
                composed[starter] = whole;
                continue;
            }
            if (combining == 0)
            {
                starter = composed.Count;
                lastClass = -1;
            }
            else
            {
                lastClass = combining;
            }
            composed.Add(c);
        }
        return composed;
    }

    private static int? Compose(int first, int second, Tables tables)
    {
        if (first - LeadBase is >= 0 and < LeadCount && second - VowelBase is >= 0 and < VowelCount)
        {
            return SyllableBase + ((first - LeadBase) * VowelCount + second - VowelBase) * TrailCount;
        }
        if (first - SyllableBase is >= 0 and < SyllableCount && (first - SyllableBase) % TrailCount == 0 && second - TrailBase is > 0 and < TrailCount)
        {
            return first + second - TrailBase;
        }
        return tables.Compositions.TryGetValue((first, second), out int whole) ? whole : null;
    }

    private static void Write(List<int> points, ArrayBufferWriter<byte> output)
    {
        foreach (int c in points)
        {
            output.Advance(new Rune(c).EncodeToUtf8(output.GetSpan(4)));
        }
    }

    /// <summary>The table in <c>canonical-normalization.txt</c>; its header describes its lines.</summary>
    private sealed class Tables
    {
        private readonly Dictionary<int, byte> _classes = [];

        public Tables()
        {
            using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("canonical-normalization.txt")!;
            using var reader = new StreamReader(stream);
            while (reader.ReadLine() is { } line)
            {
                if (line.Length == 0 || line[0] == '#')
                {
                    continue;
                }
                int split = line.IndexOfAny(['-', '=', '>']);
                int code = Hex(line[..split]);
                string[] parts = line[(split + 1)..].Split(' ');
                if (line[split] == '-')
                {
                    for (int c = code; c <= Hex(parts[0]); c++)
                    {
                        _classes[c] = byte.Parse(parts[1], CultureInfo.InvariantCulture);
                    }
                    continue;
                }
                (int First, int Second) pair = (Hex(parts[0]), parts.Length > 1 ? Hex(parts[1]) : 0);
                Decompositions[code] = pair;
                if (line[split] == '=')
                {
                    Compositions[pair] = code;
                }
            }
            IEnumerable<int> marks = _classes.Keys;
            IEnumerable<int> broken = Decompositions.Keys.Where(c => !Compositions.TryGetValue(Decompositions[c], out int whole) || whole != c);
            NotQuickC = Lookup(marks.Concat(broken).Concat(Compositions.Keys.Select(pair => pair.Second))
                .Concat(Enumerable.Range(VowelBase, VowelCount)).Concat(Enumerable.Range(TrailBase + 1, TrailCount - 1)));
            MovesInD = Lookup(marks.Concat(Decompositions.Keys.Where(c => Class(FirstOf(c)) != 0)));
            NotQuickD = Lookup(marks.Concat(Decompositions.Keys).Concat(Enumerable.Range(SyllableBase, SyllableCount)));
        }

        public Dictionary<int, (int First, int Second)> Decompositions { get; } = [];

        public Dictionary<(int First, int Second), int> Compositions { get; } = [];

        public CodePointLookup NotQuickC { get; }

        public CodePointLookup NotQuickD { get; }

        /// <summary>Code points whose form D begins with a mark, which may move before others.</summary>
        public CodePointLookup MovesInD { get; }

        public int Class(int codePoint) => codePoint < 0x300 ? 0 : _classes.GetValueOrDefault(codePoint);

        private int FirstOf(int codePoint) => Decompositions.TryGetValue(codePoint, out (int First, int Second) pair) ? FirstOf(pair.First) : codePoint;

        private static CodePointLookup Lookup(IEnumerable<int> codePoints) => CodePointSet.Of(codePoints.Select(c => (c, c))).ToLookup();

        private static int Hex(string text) => int.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
    }
}
