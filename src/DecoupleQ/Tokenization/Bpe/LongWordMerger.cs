using System.Runtime.InteropServices;
using DecoupleQ.Tokenization.Streaming;

namespace DecoupleQ.Tokenization.Bpe;

/// <summary>Merges a word of any length window by window, with the symbols of the whole: in linear time, and in the memory of a window.</summary>
/// <remarks>
/// <para>
/// A sequence of symbols is what a word merges into if every two neighbours in it are what their own part of the word merges into. For suppose that some
/// merge of the word is the first to cross the border of two of them. Up to then only merges within them were made, and in the order in which they are made
/// where the two stand alone; there it would be the next one too, being of the lowest rank and the leftmost, and it is not made there.
/// </para>
/// <para>
/// So a window is merged by itself, the last symbols are left to the next one, since what follows may change them, and the two that meet between the windows
/// are merged by themselves. If they do not stay apart, the window before is taken back and merged again, twice as long.
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

    private readonly List<Window> _windows = [];
    private readonly List<(int Symbols, Place Place)> _reads = [];
    private readonly int[] _read = new int[ReadLength + 1];
    private int[] _symbols = [];
    private int[] _merged = [];
    private int[] _pair = [];

    /// <summary>Writes the symbols of a word.</summary>
    /// <param name="word">The word.</param>
    /// <param name="output">Takes the symbols.</param>
    /// <param name="work">Whether the work is to end.</param>
    public void Merge(ReadOnlySpan<byte> word, SymbolWriter output, EncodingWork work)
    {
        _windows.Clear();
        int length = window;
        var current = new Window(default, 0, output.Count, []);
        while (true)
        {
            work.Check();
            int count = Read(word, current, length, out bool last);
            Reserve(ref _merged, count);
            Span<int> merged = _merged.AsSpan(0, count);
            _symbols.AsSpan(0, count).CopyTo(merged);
            merger.MergeSparsely(merged);
            if (current.Before.Length > 0 && count > 0 && !StayApart(current.Before, _symbols.AsSpan(0, EndOfFirst(merged))))
            {
                current = _windows[^1];
                _windows.RemoveAt(_windows.Count - 1);
                output.Truncate(current.Written);
                length = Twice(length);
                continue;
            }
            int cut = last ? count : LastStart(merged, count - count / TailShare);
            if (cut == 0 && !last)
            {
                length = Twice(length);
                continue;
            }
            foreach (int symbol in merged[..cut])
            {
                if (symbol != WordMerger.Removed)
                {
                    output.Add(symbol);
                }
            }
            if (last)
            {
                return;
            }
            _windows.Add(current);
            current = Next(current, cut, output.Count, _symbols[LastStart(merged, cut - 1)..cut]);
        }
    }

    private static int Twice(int length) => (int)Math.Min(2L * length, Array.MaxLength - ReadLength - 1);

    /// <summary>Fills <see cref="_symbols"/> with the first symbols of a window.</summary>
    private int Read(ReadOnlySpan<byte> word, Window start, int length, out bool last)
    {
        _reads.Clear();
        Place place = start.Place;
        int skip = start.Skip, count = 0;
        while (count < length && place.Byte < word.Length)
        {
            _reads.Add((count - skip, place));
            // At least the longest character.
            int end = Math.Min(place.Byte + Math.Clamp(length - count, 4, ReadLength), word.Length);
            while (end < word.Length && (word[end] & 0xC0) == 0x80)
            {
                end--;
            }
            bool waiting = place.IsWaiting;
            int found = source.Symbols(word[place.Byte..end], end == word.Length, ref waiting, _read);
            place = new Place(end, waiting);
            int skipped = Math.Min(skip, found);
            skip -= skipped;
            Reserve(ref _symbols, count + found - skipped, count);
            _read.AsSpan(skipped..found).CopyTo(_symbols.AsSpan(count));
            count += found - skipped;
        }
        last = place.Byte == word.Length;
        return count;
    }

    /// <summary>The window that begins with a symbol of the last one.</summary>
    private Window Next(Window last, int cut, long written, int[] before)
    {
        int read = _reads.Count - 1;
        while (read > 0 && _reads[read].Symbols > cut)
        {
            read--;
        }
        return new Window(_reads[read].Place, cut - _reads[read].Symbols, written, before);
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

    private static void Reserve(ref int[] array, int count, int used = 0)
    {
        if (array.Length < count)
        {
            int[] larger = new int[Math.Max(count, (int)Math.Min(2L * array.Length, Array.MaxLength))];
            array.AsSpan(0, used).CopyTo(larger);
            array = larger;
        }
    }

    /// <summary>A place in a word from which its symbols can be read.</summary>
    /// <param name="Byte">Where.</param>
    /// <param name="IsWaiting">Whether a symbol waits there (<see cref="SymbolSource.Symbols"/>).</param>
    private readonly record struct Place(int Byte, bool IsWaiting);

    /// <summary>Where a window begins.</summary>
    /// <param name="Place">A place at or before it.</param>
    /// <param name="Skip">Symbols from there to it.</param>
    /// <param name="Written">How many symbols were written before it.</param>
    /// <param name="Before">What the symbol before it was merged from; empty where the word begins.</param>
    private readonly record struct Window(Place Place, int Skip, long Written, int[] Before);
}
