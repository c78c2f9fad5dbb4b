using System.Runtime.CompilerServices;
using DecoupleQ.Kernels.Simd;
using DecoupleQ.Kernels.Threads;
using DecoupleQ.Tensors;

namespace DecoupleQ.Kernels.Linear;

/// <summary>
/// An affine matrix in slabs of 64 rows, in which a vector's lanes are rows: word w of all 64 rows' bit streams, then word w + 1, and so on; likewise
/// the scales and biases of a group. Rows that the last slab has beyond the matrix are zero.
/// </summary>
/// <remarks>With rows in lanes an input value is the same for all lanes, a scale serves a whole vector, and nothing is ever added across lanes.</remarks>
internal sealed unsafe class AffineLayout
{
    /// <summary>Rows of a slab.</summary>
    public const int SlabRows = 64;

    private const int HalfSlab = SlabRows / 2;

    private readonly AlignedArray<uint> _codes;
    private readonly AlignedArray<uint> _scales;

    /// <param name="matrix">The matrix; not needed any more afterwards.</param>
    /// <param name="workers">Threads that rearrange.</param>
    /// <param name="order">The order of the codes' bits.</param>
    public AffineLayout(AffineMatrix matrix, Workers workers, CodeOrder order = CodeOrder.Words)
    {
        CodeOrder = order;
        Rows = matrix.Rows;
        Columns = matrix.Columns;
        GroupSize = matrix.GroupSize;
        Bits = matrix.Bits;
        WordsPerRow = matrix.WordsPerRow;
        ScaleType = matrix.ScaleType;
        Slabs = (Rows + SlabRows - 1) / SlabRows;
        Order = new WordOrder(Slabs, 2 * WordsPerRow, Halved ? WordTables.BlockSize(GroupSize, Bits) * Bits / 16 : 1);
        _codes = new AlignedArray<uint>((long)Slabs * WordsPerRow * SlabRows);
        _scales = new AlignedArray<uint>((long)Slabs * Groups * GroupScales);
        workers.For(Slabs, slab =>
        {
            FillCodes(slab, matrix.Codes.Span);
            FillScales(slab, matrix.Scales.Span, matrix.Biases.Span);
        });
        // The codes may lie in a file that is mapped as long as the matrix lives.
        GC.KeepAlive(matrix);
    }

    public int Rows { get; }

    public int Columns { get; }

    public int Bits { get; }

    public int GroupSize { get; }

    public int Groups => Columns / GroupSize;

    public int WordsPerRow { get; }

    public int Slabs { get; }

    /// <summary>The order of the codes' bits.</summary>
    public CodeOrder CodeOrder { get; }

    /// <summary>Whether the layout is of 16 bits of all 64 rows at a time, in the order of <see cref="Order"/>, rather than of 32, slab by slab.</summary>
    public bool Halved => CodeOrder != CodeOrder.Words;

    /// <summary>The order of a halved layout.</summary>
    public WordOrder Order { get; }

    /// <summary>How scales and biases are kept: as they were stored.</summary>
    public ElementType ScaleType { get; }

    /// <summary>Bytes of codes, scales and biases.</summary>
    public long Bytes => ((long)Slabs * SlabRows * WordsPerRow * sizeof(uint)) + ((long)Slabs * Groups * GroupScales * sizeof(uint));

    /// <summary>Slabs x WordsPerRow x 64, or <see cref="Halved"/> slabs x WordsPerRow x 2 x 32.</summary>
    public uint* Codes => _codes.Pointer;

    /// <summary>
    /// Slabs x Groups x <see cref="GroupScales"/>: of 16-bit types 64 words, the scale in the upper and the bias in the lower half;
    /// of F32 64 scales, then 64 biases.
    /// </summary>
    public uint* Scales => _scales.Pointer;

    /// <summary>Words of one group's scales and biases in a slab.</summary>
    public int GroupScales => ScaleType == ElementType.F32 ? 2 * SlabRows : SlabRows;

    /// <summary>The weights of a row, to the bit those of <see cref="AffineMatrix.DequantizeRows"/>.</summary>
    public void DequantizeRow(int row, Span<float> values)
    {
        uint[] words = new uint[WordsPerRow];
        byte[] codes = new byte[Columns];
        float[] scales = new float[Groups], biases = new float[Groups];
        for (int w = 0; w < words.Length; w++)
        {
            words[w] = Halved ? Half(row, 2 * w) | ((uint)Half(row, (2 * w) + 1) << 16) : CodesOf(row)[(nint)w * SlabRows];
        }
        PackedCodes.Unpack(words, Bits, codes);
        for (int g = 0; g < Groups; g++)
        {
            uint* at = ScalesOf(row, g);
            (scales[g], biases[g]) = ScaleType switch
            {
                ElementType.F32 => (BitConverter.UInt32BitsToSingle(at[0]), BitConverter.UInt32BitsToSingle(at[SlabRows])),
                ElementType.F16 => ((float)BitConverter.UInt16BitsToHalf((ushort)(at[0] >> 16)), (float)BitConverter.UInt16BitsToHalf((ushort)at[0])),
                _ => (BitConverter.UInt32BitsToSingle(at[0] & 0xFFFF0000), BitConverter.UInt32BitsToSingle(at[0] << 16)),
            };
        }
        AffineMatrix.Dequantize(codes, scales, biases, values[..Columns]);
        GC.KeepAlive(this);
    }

    private uint* CodesOf(int row) => Codes + ((nint)(row / SlabRows) * WordsPerRow * SlabRows) + (row % SlabRows);

    private ushort Half(int row, int half)
    {
        byte* at = HalfWord(row / SlabRows, half) + Place(row % SlabRows);
        return (ushort)(at[0] | (at[ToUpper] << 8));
    }

    /// <summary>How far from the lower byte of 16 bits of a row the upper one is.</summary>
    private int ToUpper => CodeOrder == CodeOrder.Halves ? 1 : HalfSlab;

    /// <summary>The bytes of 16 bits of all rows of a slab.</summary>
    private byte* HalfWord(int slab, int half) => (byte*)Codes + (Order.Index(slab, half) * SlabRows * sizeof(ushort));

    /// <summary>Which of the bytes of 16 bits of all rows of a slab is a row's lower one.</summary>
    private int Place(int row)
    {
        int lane = row % HalfSlab, first = row / HalfSlab * HalfSlab * sizeof(ushort);
        if (CodeOrder == CodeOrder.Halves)
        {
            return first + (((2 * (lane % 16)) + (lane / 16)) * sizeof(ushort));
        }

        // Of 16 rows, i and i + 8 are neighbours; eight of these bytes are in each half of a vector.
        int place = (2 * (lane % 8)) + (lane / 8 % 2);
        return first + (place / 8 * 16) + (lane / 16 * 8) + (place % 8);
    }

    private nint GroupIndex(int slab, int group) => Halved ? Order.GroupIndex(slab, group, Groups) : ((nint)slab * Groups) + group;

    private uint* ScalesOf(int row, int group) => Scales + (GroupIndex(row / SlabRows, group) * GroupScales) + (row % SlabRows);

    // Compiled for speed at once: it runs once for each matrix, over all of it.
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void FillCodes(int slab, ReadOnlySpan<uint> source)
    {
        const int WordsAtOnce = 16;
        int first = slab * SlabRows, rows = Math.Min(SlabRows, Rows - first), upper = ToUpper;
        byte** halves = stackalloc byte*[2 * WordsAtOnce];
        int* places = stackalloc int[SlabRows];
        for (int row = 0; row < rows; row++)
        {
            places[row] = Halved ? Place(row) : row;
        }
        for (int word = 0; word < WordsPerRow; word += WordsAtOnce)
        {
            int count = Math.Min(WordsAtOnce, WordsPerRow - word);
            for (int half = 0; half < (Halved ? 2 * count : 0); half++)
            {
                halves[half] = HalfWord(slab, (2 * word) + half);
            }
            for (int row = 0; row < rows; row++)
            {
                ReadOnlySpan<uint> words = source.Slice(checked(((first + row) * WordsPerRow) + word), count);
                if (!Halved)
                {
                    uint* to = Codes + ((((nint)slab * WordsPerRow) + word) * SlabRows) + row;
                    for (int w = 0; w < words.Length; w++)
                    {
                        to[(nint)w * SlabRows] = words[w];
                    }
                    continue;
                }
                if (CodeOrder == CodeOrder.Halves)
                {
                    for (int w = 0; w < words.Length; w++)
                    {
                        *(ushort*)(halves[2 * w] + places[row]) = (ushort)words[w];
                        *(ushort*)(halves[(2 * w) + 1] + places[row]) = (ushort)(words[w] >> 16);
                    }
                    continue;
                }
                for (int w = 0; w < words.Length; w++)
                {
                    byte* lower = halves[2 * w] + places[row], higher = halves[(2 * w) + 1] + places[row];
                    uint bits = words[w];
                    (lower[0], lower[upper], higher[0], higher[upper]) = ((byte)bits, (byte)(bits >> 8), (byte)(bits >> 16), (byte)(bits >> 24));
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void FillScales(int slab, ReadOnlySpan<float> sourceScales, ReadOnlySpan<float> sourceBiases)
    {
        int first = slab * SlabRows, rows = Math.Min(SlabRows, Rows - first), groups = Groups;
        nint next = (GroupIndex(slab, 1) - GroupIndex(slab, 0)) * GroupScales;
        using Scratch memory = Scratch.Rent<ushort>(2L * groups);
        ushort* scales = (ushort*)memory.Pointer, biases = scales + groups;
        for (int row = 0; row < rows; row++)
        {
            int begin = checked((first + row) * groups);
            ReadOnlySpan<float> rowScales = sourceScales.Slice(begin, groups), rowBiases = sourceBiases.Slice(begin, groups);
            uint* at = ScalesOf(first + row, 0);
            if (ScaleType == ElementType.F32)
            {
                for (int g = 0; g < groups; g++, at += next)
                {
                    (at[0], at[SlabRows]) = (BitConverter.SingleToUInt32Bits(rowScales[g]), BitConverter.SingleToUInt32Bits(rowBiases[g]));
                }
                continue;
            }
            FloatFormat.Encode(ScaleType, rowScales, new Span<ushort>(scales, groups));
            FloatFormat.Encode(ScaleType, rowBiases, new Span<ushort>(biases, groups));
            for (int g = 0; g < groups; g++, at += next)
            {
                *at = ((uint)scales[g] << 16) | biases[g];
            }
        }
    }
}
