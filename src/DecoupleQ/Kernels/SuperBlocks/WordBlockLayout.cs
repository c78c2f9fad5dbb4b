using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using DecoupleQ.Kernels.Simd;
using DecoupleQ.Kernels.Threads;
using DecoupleQ.Tensors;

namespace DecoupleQ.Kernels.SuperBlocks;

/// <summary>
/// A matrix of K-quants for look-ups of 16 bits: in runs of four slabs of 64 rows, of each column of super-blocks first the slabs' scales, then their codes
/// part by part (<see cref="WordBlocks"/>), of each part slab by slab.
/// </summary>
/// <remarks>
/// Memory is read in one stream while the tables of a part serve four slabs. A row's codes are a stream of bits in the order of its columns; a word of it
/// has the bits of 32 rows in a vector whose neighbouring halves, taken four and four, are rows i .. i + 3 and i + 16 .. i + 19: unpacked with another such
/// vector they are in order. Scales are packed as <typeparamref name="TPairs"/> says, then come d and dmin of 64 rows. Every bit of a block is kept and none
/// is added. Rows beyond the matrix are zero.
/// </remarks>
internal sealed unsafe class WordBlockLayout<TFormat, TPairs>
    where TFormat : ISuperBlock
    where TPairs : IScalePairs
{
    private const int SlabRows = SuperBlockLayout.SlabRows, WordBytes = WordBlockMap<TFormat, TPairs>.WordBytes;
    private const int Lanes = 16;

    private readonly AlignedArray<byte> _bytes;

    /// <param name="matrix">The matrix, read here once.</param>
    /// <param name="workers">Threads that read and rearrange.</param>
    /// <exception cref="DecoupleQException">The matrix cannot be read.</exception>
    public WordBlockLayout(SuperBlockMatrix matrix, Workers workers)
    {
        Rows = matrix.Rows;
        Columns = matrix.Columns;
        Blocks = Columns / SuperBlockMatrix.BlockLength;
        Slabs = (Rows + SlabRows - 1) / SlabRows;
        Bytes = (long)Slabs * Blocks * matrix.BlockBytes * SlabRows;
        System.Diagnostics.Debug.Assert(
            matrix.BlockBytes * SlabRows == WordBlockMap<TFormat, TPairs>.ScaleBytes + (Sizes.Words * WordBytes), "All bits are kept, and none is added.");
        _bytes = new AlignedArray<byte>(Bytes);
        Map = new(_bytes.Pointer, Blocks, Slabs);
        workers.For(Slabs, slab => Fill(matrix, slab));
    }

    public int Rows { get; }

    public int Columns { get; }

    /// <summary>Super-blocks of a row.</summary>
    public int Blocks { get; }

    public int Slabs { get; }

    /// <summary>Bytes of all slabs: those of the file.</summary>
    public long Bytes { get; }

    /// <summary>Where everything is; valid while this object is alive.</summary>
    public WordBlockMap<TFormat, TPairs> Map { get; }

    private static WordBlocks Sizes => WordBlocks.Of<TFormat>();

    private static bool HasMinima => TFormat.Offset == 0;

    /// <summary>The weights of a row, to the bit those of <see cref="SuperBlockMatrix.DequantizeRows"/>.</summary>
    public void DequantizeRow(int row, Span<float> values)
    {
        byte[] codes = new byte[SuperBlockMatrix.BlockLength];
        float[] scales = new float[Sizes.Groups], biases = new float[Sizes.Groups];
        for (int b = 0; b < Blocks; b++)
        {
            Codes(row, b, codes);
            Factors(row, b, scales, biases);
            AffineMatrix.Dequantize(codes, scales, biases, values.Slice(b * SuperBlockMatrix.BlockLength, SuperBlockMatrix.BlockLength));
        }
        GC.KeepAlive(this);
    }

    // Within a slab's word: which half of a vector's halves belongs to a row.
    private static int Place(int row) => (row / 32 * 32) + (row % 16 / 4 * 8) + (row % 32 / 16 * 4) + (row % 4);

    private void Codes(int row, int block, Span<byte> codes)
    {
        int at = 0;
        uint bits = 0, held = 0;
        for (int word = 0; word < Sizes.Words; word++)
        {
            byte* part = Map.Part(row / SlabRows, block, word / Sizes.PartWords);
            bits |= (uint)((ushort*)(part + (word % Sizes.PartWords * WordBytes)))[Place(row % SlabRows)] << (int)held;
            for (held += WordBlocks.WordBits; held >= Sizes.Bits; held -= (uint)Sizes.Bits)
            {
                codes[at++] = (byte)(bits & ((1u << Sizes.Bits) - 1));
                bits >>= Sizes.Bits;
            }
        }
    }

    private void Factors(int row, int block, Span<float> scales, Span<float> biases)
    {
        Vector512<short>* pairs = stackalloc Vector512<short>[Sizes.Pairs], minima = stackalloc Vector512<short>[Sizes.Pairs];
        byte* at = Map.Scales(row / SlabRows, block);
        int inSlab = row % SlabRows;
        TPairs.Unpack((uint*)at + (inSlab / Lanes * Lanes), pairs, minima, 1);
        Half* halves = (Half*)WordBlockMap<TFormat, TPairs>.Halves(at);
        float d = (float)halves[inSlab], least = HasMinima ? (float)halves[SlabRows + inSlab] : 0;
        for (int g = 0; g < Sizes.Groups; g++)
        {
            int pair = (g / WordBlocks.Four * 2) + (g % 2), half = (inSlab % Lanes * 2) + (g % WordBlocks.Four / 2);
            scales[g] = d * pairs[pair].GetElement(half);
            biases[g] = HasMinima ? -(least * minima[pair].GetElement(half)) : -TFormat.Offset * scales[g];
        }
    }

    private void Fill(SuperBlockMatrix matrix, int slab)
    {
        int first = slab * SlabRows, rows = Math.Min(SlabRows, Rows - first);
        using Scratch read = Scratch.Rent<byte>(((long)rows * matrix.RowBytes) + (SlabRows * matrix.BlockBytes));
        byte* source = (byte*)read.Pointer, chunk = source + ((nint)rows * matrix.RowBytes);
        matrix.ReadBlocks(first, rows, new Span<byte>(source, rows * matrix.RowBytes));
        new Span<byte>(chunk, SlabRows * matrix.BlockBytes).Clear();
        for (int b = 0; b < Blocks; b++)
        {
            SuperBlockLayout.Arrange(matrix, source + (b * matrix.BlockBytes), rows, chunk);
            PackScales((uint*)chunk, Map.Scales(slab, b));
            for (int row = 0; row < SlabRows; row += 2 * Lanes)
            {
                PackCodes((uint*)chunk + row, slab, b, row);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackScales(uint* chunk, byte* to)
    {
        Vector512<float>* bytes = stackalloc Vector512<float>[8];
        Vector512<short>* pairs = stackalloc Vector512<short>[16];
        for (int row = 0; row < SlabRows; row += Lanes)
        {
            TFormat.Scales<SingleLanes512, IntegerLanes512, Vector512<float>>(chunk + row, bytes, bytes + 4);
            for (int w = 0; w < 8; w++)
            {
                // Scales, then minima.
                (pairs[2 * w], pairs[(2 * w) + 1]) = (IntegerLanes512.EvenBytes(bytes[w]).AsInt16(), IntegerLanes512.OddBytes(bytes[w]).AsInt16());
            }
            TPairs.Pack(pairs, pairs + 8, (uint*)to + row);
            TFormat.Halves<SingleLanes512, Vector512<float>>(chunk, row, out Vector512<float> scale, out Vector512<float> minimum);
            Half* halves = (Half*)WordBlockMap<TFormat, TPairs>.Halves(to) + row;
            for (int i = 0; i < Lanes; i++)
            {
                halves[i] = (Half)scale.GetElement(i);
                if (HasMinima)
                {
                    halves[SlabRows + i] = (Half)minimum.GetElement(i);
                }
            }
        }
    }

    // What rearranges is compiled for speed at once: it runs for a second in all.
    /// <summary>The words of 32 rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void PackCodes(uint* chunk, int slab, int block, int row)
    {
        const int Quads = SuperBlockMatrix.BlockLength / 4;
        Vector512<uint>* codes = stackalloc Vector512<uint>[2 * Quads];
        for (int vector = 0; vector < 2; vector++)
        {
            Unpack<StripPair0>(chunk + (vector * Lanes), codes + (vector * Quads));
            Unpack<StripPair1>(chunk + (vector * Lanes), codes + (vector * Quads));
            Unpack<StripPair2>(chunk + (vector * Lanes), codes + (vector * Quads));
            Unpack<StripPair3>(chunk + (vector * Lanes), codes + (vector * Quads));
        }
        Vector512<uint> mask = Vector512.Create(0xFFFFu), bits0 = Vector512<uint>.Zero, bits1 = bits0;
        int held = 0, word = 0;
        for (int q = 0; q < Quads; q++)
        {
            bits0 |= Vector512.ShiftLeft(Join(codes[q]), held);
            bits1 |= Vector512.ShiftLeft(Join(codes[Quads + q]), held);
            for (held += 4 * Sizes.Bits; held >= WordBlocks.WordBits; held -= WordBlocks.WordBits)
            {
                byte* part = Map.Part(slab, block, word / Sizes.PartWords);
                Avx512BW.PackUnsignedSaturate((bits0 & mask).AsInt32(), (bits1 & mask).AsInt32())
                    .Store((ushort*)(part + (word % Sizes.PartWords * WordBytes)) + row);
                bits0 >>>= WordBlocks.WordBits;
                bits1 >>>= WordBlocks.WordBits;
                word++;
            }
        }

        static Vector512<uint> Join(Vector512<uint> bytes)
        {
            Vector512<uint> code = Vector512.Create(0xFFu);
            return (bytes & code) | Vector512.ShiftLeft((bytes >>> 8) & code, Sizes.Bits) | Vector512.ShiftLeft((bytes >>> 16) & code, 2 * Sizes.Bits)
                | Vector512.ShiftLeft(bytes >>> 24, 3 * Sizes.Bits);
        }
    }

    /// <summary>The codes of both strips of a pair, a quad's in the bytes of a lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Unpack<TPair>(uint* chunk, Vector512<uint>* codes)
        where TPair : IStripPair
    {
        const int Quads = 8;
        for (int q = 0; q < Quads; q++)
        {
            TFormat.Codes<TPair, SingleLanes512, IntegerLanes512, Vector512<float>>(chunk, q, out Vector512<float> even, out Vector512<float> odd);
            codes[(2 * TPair.Index * Quads) + q] = even.AsUInt32();
            codes[(((2 * TPair.Index) + 1) * Quads) + q] = Vector512.ShiftRightLogical(odd.AsUInt32(), TFormat.OddShift);
        }
    }
}
