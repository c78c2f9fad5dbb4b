using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using DecoupleQ.Kernels.Simd;

namespace DecoupleQ.Kernels.Linear;

/// <summary>The codes of an <see cref="AffineLayout"/> as words of 32 bits, in vectors of rows, whatever their order.</summary>
internal readonly unsafe struct AffineWords<TLanes, TVector>(AffineLayout layout)
    where TLanes : ISingleLanes<TVector>
    where TVector : unmanaged
{
    // Rows of a vector of the widest instruction set; bytes of the narrowest vector.
    private const int Lane = 16;

    private readonly uint* _codes = layout.Codes;
    private readonly nint _words = layout.WordsPerRow;
    private readonly CodeOrder _order = layout.CodeOrder;
    private readonly WordOrder _wordOrder = layout.Order;

    // Whether both halves of a word are in one chunk always.
    private readonly bool _together = layout.Order.ChunkWords % 2 == 0;

    /// <summary>A word of two vectors of rows.</summary>
    /// <param name="slab">The slab.</param>
    /// <param name="row">The first of the rows, whole pairs of vectors from the slab's first.</param>
    /// <param name="word">The word.</param>
    /// <param name="w0">The first vector of rows.</param>
    /// <param name="w1">The second.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Load(nint slab, int row, nint word, out TVector w0, out TVector w1)
    {
        if (_order == CodeOrder.Words)
        {
            uint* from = _codes + (((slab * _words) + word) * AffineLayout.SlabRows) + row;
            w0 = TLanes.LoadBits(from);
            w1 = TLanes.LoadBits(from + TLanes.Count);
            return;
        }

        // Two halves of 32 rows' words; those of a row are the lower, or the upper, halves of a lane.
        const int HalfWords = AffineLayout.SlabRows / 2;
        uint* lower = _codes + (_wordOrder.Index(slab, 2 * word) * HalfWords);
        uint* upper = _together ? lower + HalfWords : _codes + (_wordOrder.Index(slab, (2 * word) + 1) * HalfWords);
        TVector low, high;
        if (_order == CodeOrder.Halves && TLanes.Count < Lane)
        {
            LoadNarrow(lower, upper, row, out w0, out w1);
            return;
        }
        if (_order == CodeOrder.Halves)
        {
            low = TLanes.LoadBits(lower + (row / 2));
            high = TLanes.LoadBits(upper + (row / 2));
        }
        else
        {
            low = Joined(lower, row);
            high = Joined(upper, row);
        }
        w0 = TLanes.Or(TLanes.And(low, TLanes.BroadcastBits(0xFFFF)), TLanes.ShiftLeft(high, 16));
        w1 = TLanes.Or(TLanes.ShiftRight(low, 16), TLanes.And(high, TLanes.BroadcastBits(0xFFFF0000)));
    }

    /// <summary>Of 32 rows, of which i and i + 16 share a lane, sixteen in two vectors of eight lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void LoadNarrow(uint* lower, uint* upper, int row, out TVector w0, out TVector w1)
    {
        System.Diagnostics.Debug.Assert(2 * TLanes.Count == Lane, "A lane's halves are sixteen rows apart.");
        int first = row / (2 * Lane) * Lane;
        TVector low0 = TLanes.LoadBits(lower + first), low1 = TLanes.LoadBits(lower + first + TLanes.Count);
        TVector high0 = TLanes.LoadBits(upper + first), high1 = TLanes.LoadBits(upper + first + TLanes.Count);
        if (row % (2 * Lane) < Lane)
        {
            TVector mask = TLanes.BroadcastBits(0xFFFF);
            w0 = TLanes.Or(TLanes.And(low0, mask), TLanes.ShiftLeft(high0, 16));
            w1 = TLanes.Or(TLanes.And(low1, mask), TLanes.ShiftLeft(high1, 16));
        }
        else
        {
            TVector mask = TLanes.BroadcastBits(0xFFFF0000);
            w0 = TLanes.Or(TLanes.ShiftRight(low0, 16), TLanes.And(high0, mask));
            w1 = TLanes.Or(TLanes.ShiftRight(low1, 16), TLanes.And(high1, mask));
        }
    }

    /// <summary>16 rows' words of 16 bits in the order of bytes, row i + 8 in the upper half of row i's lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Joined(uint* words, int row)
    {
        const int Rows = AffineLayout.SlabRows / 2;
        byte* at = (byte*)words + (row / Rows * 2 * Rows) + (row % Rows / 2);
        Vector256<ushort> joined = Vector256.Create(
            Sse2.UnpackLow(Eight(at), Eight(at + Rows)), Sse2.UnpackLow(Eight(at + Lane), Eight(at + Rows + Lane))).AsUInt16();
        return Unsafe.BitCast<Vector256<ushort>, TVector>(joined);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> Eight(byte* source) => Vector128.CreateScalar(*(ulong*)source).AsByte();
}
