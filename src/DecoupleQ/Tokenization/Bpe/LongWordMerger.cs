using System.Runtime.InteropServices;
using DecoupleQ.Tokenization.Streaming;

namespace DecoupleQ.Tokenization.Bpe;

/// <summary>
/// Merges a word of any length, which may come in parts, with the symbols of the whole: in linear time, and in the memory of what more text can still change.
/// </summary>
/// <remarks>
/// <para>
/// <b>Windows.</b> A sequence of symbols is what a word merges into if every two neighbours in it are what their own part of the word merges into. For suppose
/// that some merge of the word is the first to cross the border of two of them. Up to then only merges within them were made, and in the order in which they
/// are made where the two stand alone; there it would be the next one too, being of the lowest rank and the leftmost, and it is not made there. The other way
/// round, what a word merges into is, between any two of its borders, what that part merges into by itself: no merge crosses them, so those within are made in
/// the same order.
/// </para>
/// <para>
/// So a window is merged by itself, the last symbols are left to the next one, since what follows may change them, and the two that meet between the windows
/// are merged by themselves. If they do not stay apart, the window before is taken back and merged again, twice as long.
/// </para>
/// <para>
/// <b>Letting go.</b> A border is settled if the word has it whatever follows; what is before it is written and forgotten then, and the word begins anew. Let L
/// be the most symbols that one is merged from, and n the symbols so far. A longer word has a border among the last L places up to n, n among them, as none of
/// its symbols reaches over all of them; up to that border it is what that beginning of it merges into. So a border is settled as soon as each of the L
/// beginnings of the word that end there has it; and one has it if the symbol before it, and the first one of what lies between, stay apart.
/// </para>
/// <para>
/// That happens for every vocabulary, sooner or later. Follow the word as it is so far and as it goes on, through merges of one rank after the other, those of
/// lower ranks that such a merge makes possible counted with it. Suppose that up to a border p all is alike before a rank. Merges are made from the left, so
/// they go on being alike until one of them makes a symbol that reaches over p; the merges after it in this rank only make that symbol longer, or lie to its
/// right, because all others of the rank that lie to its left are done. It has at most L symbols, so that after the rank all is alike up to a border less than
/// L before p. Hence what follows changes nothing further away than L times the number of different ranks. Texts get by with a few symbols.
/// </para>
/// </remarks>
/// <param name="source">The symbols of words.</param>
/// <param name="merger">Merges windows.</param>
/// <param name="window">Symbols in a window, at first.</param>
internal sealed class LongWordMerger(SymbolSource source, WordMerger merger, int window = LongWordMerger.ShortestWindow)
{
    /// <summary>Symbols in a window; a word that has no more bytes is merged at once.</summary>
    public const int ShortestWindow = 4096;

    // The part of a window that is left to the next one.
    private const int TailShare = 16;

    // Bytes that are made into symbols at once.
    private const int ReadLength = 256;

    // Windows after which a settled border is looked for, and the part of a window in which that is tried first.
    private const int WindowsHeld = 16, TrialShare = 64;

    // A buffer that one word needed is not kept for the next.
    private const int LargestIdle = 1 << 20;

    private readonly int _shortest = window;
    private readonly List<Window> _windows = [];
    private readonly List<(int Symbols, Place Place)> _reads = [];
    private readonly int[] _read = new int[ReadLength + 1];

    // The symbols before the current window that are not settled.
    private readonly List<int> _merged = [];
    private byte[] _text = [];
    private int[] _symbols = [];
    private int[] _window = [];
    private int[] _pair = [];
    private int[] _trial = [];
    private Window _current = Window.First;
    private int _length = window;

    // Bytes with which the current window may be full, and symbols with which a settled border is looked for.
    private int _wanted;
    private long _tryAt = (long)WindowsHeld * window;

    /// <summary>Bytes of the word that are held.</summary>
    public int Held { get; private set; }

    /// <summary>The bytes that are held; all there are of the word before the first <see cref="Merge"/>.</summary>
    public ReadOnlySpan<byte> Text => _text.AsSpan(0, Held);

    /// <summary>Adds to the word.</summary>
    /// <param name="part">What follows; it ends between two characters.</param>
    /// <param name="work">What may be held.</param>
    public void Append(ReadOnlySpan<byte> part, EncodingWork work)
    {
        work.Hold((long)Held + part.Length);
        if (_text.Length - Held < part.Length)
        {
            Array.Resize(ref _text, (int)Math.Min(Math.Max((long)Held + part.Length, 2L * _text.Length), Array.MaxLength));
        }
        part.CopyTo(_text.AsSpan(Held));
        Held += part.Length;
    }

    /// <summary>Writes the symbols that are settled; of a word that has ended, all others.</summary>
    /// <param name="last">Whether the word has ended. Another one may begin then.</param>
    /// <param name="output">Takes the symbols.</param>
    /// <param name="work">Whether the work is to end.</param>
    public void Merge(bool last, SymbolWriter output, EncodingWork work)
    {
        while (last || Held >= _wanted)
        {
            work.Check();
            int count = Read(_current, _length, last, out bool ends);
            if (count < _length && !ends)
            {
                // No byte makes more than a symbol. An eighth more in any case, as some characters make none.
                _wanted = (int)Math.Min(Held + Math.Max(_length - count - 1L, 1 + ((Held - _current.Place.Byte) / 8)), Array.MaxLength);
                return;
            }
            Reserve(ref _window, count);
            Span<int> merged = _window.AsSpan(0, count);
            _symbols.AsSpan(0, count).CopyTo(merged);
            merger.MergeSparsely(merged);
            if (_current.Before.Length > 0 && count > 0 && !StayApart(_current.Before, _symbols.AsSpan(0, EndOfFirst(merged))))
            {
                _current = _windows[^1];
                _windows.RemoveAt(_windows.Count - 1);
                _merged.RemoveRange(_current.Written, _merged.Count - _current.Written);
                _length = Twice(_length);
                continue;
            }
            if (ends)
            {
                Write(_merged, output);
                Write(merged, output);
                Clear();
                return;
            }
            if (_current.Start + count >= _tryAt && LetGo(merged, output))
            {
                continue;
            }
            int cut = LastStart(merged, count - count / TailShare);
            if (cut == 0)
            {
                _length = Twice(_length);
                continue;
            }
            foreach (int symbol in merged[..cut])
            {
                if (symbol != WordMerger.Removed)
                {
                    _merged.Add(symbol);
                }
            }
            _windows.Add(_current);
            _current = At(cut, _merged.Count, _symbols[LastStart(merged, cut - 1)..cut]);
        }
    }

    /// <summary>Forgets the word.</summary>
    public void Clear()
    {
        Begin(Window.First);
        (Held, _length, _tryAt) = (0, _shortest, (long)WindowsHeld * _shortest);
        if (_text.Length > LargestIdle)
        {
            _text = [];
        }
    }

    private void Begin(Window first)
    {
        _windows.Clear();
        _merged.Clear();
        (_current, _wanted) = (first, 0);
    }

    private static int Twice(int length) => (int)Math.Min(2L * length, Array.MaxLength - ReadLength - 1);

    /// <summary>Writes and forgets what is before a settled border, if one is found: the nearer to the end it is looked for, the less work it is.</summary>
    /// <remarks>Less is done than symbols have come since it was looked for the last time, so that all of it takes linear time.</remarks>
    /// <param name="merged">The current window.</param>
    /// <param name="output">Takes the symbols.</param>
    private bool LetGo(ReadOnlySpan<int> merged, SymbolWriter output)
    {
        long symbols = _current.Start + merged.Length;
        for (long trial = merger.Longest + Math.Max(1L, merged.Length / TrialShare); trial < merged.Length && merger.Longest * trial <= symbols; trial *= 2)
        {
            int at = LastStart(merged, (int)(merged.Length - trial));
            if (at > 0 && StayApartWhateverFollows(_symbols.AsSpan(LastStart(merged, at - 1)..at), _symbols.AsSpan(at..merged.Length)))
            {
                Write(_merged, output);
                Write(merged[..at], output);
                Window first = At(at, 0, []) with { Start = 0 };
                _text.AsSpan(first.Place.Byte..Held).CopyTo(_text);
                Held -= first.Place.Byte;
                Begin(first with { Place = first.Place with { Byte = 0 } });
                _tryAt = (long)WindowsHeld * _length;
                return true;
            }
        }
        // Either the window is too short for what can still change, or too little has come for so much work.
        _length = (long)merger.Longest * merged.Length <= symbols ? Twice(_length) : _length;
        _tryAt = 2 * symbols;
        return false;
    }

    /// <summary>Whether two symbols side by side stay apart: one, and the first of each beginning of a text that may end at a border.</summary>
    /// <param name="left">What the one is merged from.</param>
    /// <param name="right">The text, longer than any symbol.</param>
    private bool StayApartWhateverFollows(ReadOnlySpan<int> left, ReadOnlySpan<int> right)
    {
        Reserve(ref _trial, right.Length);
        int known = 0;
        for (int end = right.Length - merger.Longest + 1; end <= right.Length; end++)
        {
            Span<int> beginning = _trial.AsSpan(0, end);
            right[..end].CopyTo(beginning);
            merger.MergeSparsely(beginning);
            int first = EndOfFirst(beginning);
            if (first != known && !StayApart(left, right[..first]))
            {
                return false;
            }
            known = first;
        }
        return true;
    }

    /// <summary>Fills <see cref="_symbols"/> with the first symbols of a window.</summary>
    private int Read(Window start, int length, bool last, out bool ends)
    {
        _reads.Clear();
        ReadOnlySpan<byte> text = Text;
        Place place = start.Place;
        int skip = start.Skip, count = 0;
        while (count < length && place.Byte < text.Length)
        {
            _reads.Add((count - skip, place));
            // At least the longest character.
            int end = Math.Min(place.Byte + Math.Clamp(length - count, 4, ReadLength), text.Length);
            while (end < text.Length && (text[end] & 0xC0) == 0x80)
            {
                end--;
            }
            bool waiting = place.IsWaiting;
            int found = source.Symbols(text[place.Byte..end], last && end == text.Length, ref waiting, _read);
            place = new Place(end, waiting);
            int skipped = Math.Min(skip, found);
            skip -= skipped;
            Reserve(ref _symbols, count + found - skipped, count);
            _read.AsSpan(skipped..found).CopyTo(_symbols.AsSpan(count));
            count += found - skipped;
        }
        ends = last && place.Byte == text.Length;
        return count;
    }

    /// <summary>The window that begins with a symbol of the current one.</summary>
    private Window At(int symbol, int written, int[] before)
    {
        int read = _reads.Count - 1;
        while (read > 0 && _reads[read].Symbols > symbol)
        {
            read--;
        }
        return new Window(_reads[read].Place, symbol - _reads[read].Symbols, _current.Start + symbol, written, before);
    }

    /// <summary>Whether two symbols, given as those that they were merged from, stay what they are side by side.</summary>
    private bool StayApart(ReadOnlySpan<int> left, ReadOnlySpan<int> right)
    {
        Reserve(ref _pair, left.Length + right.Length);
        Span<int> pair = _pair.AsSpan(0, left.Length + right.Length);
        left.CopyTo(pair);
        right.CopyTo(pair[left.Length..]);
        merger.MergeSparsely(pair);
        for (int i = 0; i < pair.Length; i++)
        {
            if ((pair[i] != WordMerger.Removed) != (i == 0 || i == left.Length))
            {
                return false;
            }
        }
        return true;
    }

    private static int EndOfFirst(ReadOnlySpan<int> merged)
    {
        int end = 1;
        while (end < merged.Length && merged[end] == WordMerger.Removed)
        {
            end++;
        }
        return end;
    }

    /// <summary>Where the last symbol begins that begins at or before <paramref name="at"/>.</summary>
    private static int LastStart(ReadOnlySpan<int> merged, int at)
    {
        at = Math.Min(at, merged.Length - 1);
        while (merged[at] == WordMerger.Removed)
        {
            at--;
        }
        return at;
    }

    private static void Write(List<int> symbols, SymbolWriter output) => output.AddRange(CollectionsMarshal.AsSpan(symbols));

    private static void Write(ReadOnlySpan<int> merged, SymbolWriter output)
    {
        foreach (int symbol in merged)
        {
            if (symbol != WordMerger.Removed)
            {
                output.Add(symbol);
            }
        }
    }

    private static void Reserve(ref int[] array, int count, int used = 0)
    {
        if (array.Length < count)
        {
            int[] larger = new int[Math.Max(count, (int)Math.Min(2L * array.Length, Array.MaxLength))];
            array.AsSpan(0, used).CopyTo(larger);
            array = larger;
        }
    }

    /// <summary>A place in the text that is held from which its symbols can be read.</summary>
    /// <param name="Byte">Where.</param>
    /// <param name="IsWaiting">Whether a symbol waits there (<see cref="SymbolSource.Symbols"/>).</param>
    private readonly record struct Place(int Byte, bool IsWaiting);

    /// <summary>Where a window begins.</summary>
    /// <param name="Place">A place at or before it.</param>
    /// <param name="Skip">Symbols from there to it.</param>
    /// <param name="Start">Symbols before it, since the word began or was let go of.</param>
    /// <param name="Written">How many merged symbols are before it and not settled.</param>
    /// <param name="Before">What the symbol before it was merged from; empty where the word begins.</param>
    private readonly record struct Window(Place Place, int Skip, long Start, int Written, int[] Before)
    {
        /// <summary>The one that a word begins with.</summary>
        public static Window First { get; } = new(default, 0, 0, 0, []);
    }
}
