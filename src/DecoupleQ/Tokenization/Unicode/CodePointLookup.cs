using System.Runtime.CompilerServices;

namespace DecoupleQ.Tokenization.Unicode;

/// <summary>A <see cref="CodePointSet"/> as a bitmap in pages of 256 code points; equal pages are kept once.</summary>
internal sealed class CodePointLookup
{
    private const int PageCount = 0x110000 >> 8;
    private const int WordsPerPage = 4;

    private readonly ulong _low;
    private readonly ulong _high;
    private readonly ushort[] _pages = new ushort[PageCount];
    private readonly ulong[] _bits;

    public CodePointLookup(CodePointSet set)
    {
        Set = set;
        ulong[] none = new ulong[WordsPerPage];
        ulong[] all = [ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue];
        // Page 0 is empty and page 1 full; a page that is neither gets its own words.
        List<ulong> bits = [.. none, .. all];
        var words = new ulong[WordsPerPage];
        IReadOnlyList<(int First, int Last)> ranges = set.Ranges;
        int range = 0;
        for (int page = 0; page < PageCount; page++)
        {
            int start = page << 8;
            while (range < ranges.Count && ranges[range].Last < start)
            {
                range++;
            }
            Array.Clear(words);
            for (int r = range; r < ranges.Count && ranges[r].First <= start + 255; r++)
            {
                int last = Math.Min(ranges[r].Last, start + 255);
                for (int c = Math.Max(ranges[r].First, start); c <= last; c++)
                {
                    words[c >> 6 & 3] |= 1UL << (c & 63);
                }
            }
            if (words.AsSpan().SequenceEqual(none))
            {
                _pages[page] = 0;
            }
            else if (words.AsSpan().SequenceEqual(all))
            {
                _pages[page] = 1;
            }
            else
            {
                _pages[page] = (ushort)(bits.Count / WordsPerPage);
                bits.AddRange(words);
            }
        }
        _bits = [.. bits];
        int ascii = _pages[0] * WordsPerPage;
        _low = _bits[ascii];
        _high = _bits[ascii + 1];
    }

    public CodePointSet Set { get; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Contains(int codePoint)
    {
        if (codePoint < 128)
        {
            return ((codePoint < 64 ? _low : _high) >> codePoint & 1) != 0;
        }
        return (_bits[_pages[codePoint >> 8] * WordsPerPage + (codePoint >> 6 & 3)] >> codePoint & 1) != 0;
    }
}
