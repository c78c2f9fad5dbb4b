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
            for (int row = slab * SlabRows; row < Math.Min(Rows, (slab + 1) * SlabRows); row++)
            {
                FillCodes(row, matrix.Codes.Span);
                FillScales(row, matrix.Scales.Span, matrix.Biases.Span);
            }
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
        byte* at = HalfBytes(row, half, out int upper);
        return (ushort)(at[0] | (at[upper] << 8));
    }

    private void SetHalf(int row, int half, ushort bits)
    {
        byte* at = HalfBytes(row, half, out int upper);
        (at[0], at[upper]) = ((byte)bits, (byte)(bits >> 8));
    }

    /// <summary>The lower byte of 16 bits of a row, and how far from it the upper one is.</summary>
    private byte* HalfBytes(int row, int half, out int upper)
    {
        const int HalfSlab = SlabRows / 2;
        int lane = row % HalfSlab;
        byte* at = (byte*)Codes + (((Order.Index(row / SlabRows, half) * SlabRows) + (row % SlabRows / HalfSlab * HalfSlab)) * sizeof(ushort));
        if (CodeOrder == CodeOrder.Halves)
        {
            upper = 1;
            return at + (((2 * (lane % 16)) + (lane / 16)) * sizeof(ushort));
        }

        // Of 16 rows, i and i + 8 are neighbours; eight of these bytes are in each half of a vector.
        int place = (2 * (lane % 8)) + (lane / 8 % 2);
        upper = HalfSlab;
        return at + (place / 8 * 16) + (lane / 16 * 8) + (place % 8);
    }

    private nint GroupIndex(int slab, int group) => Halved ? Order.GroupIndex(slab, group, Groups) : ((nint)slab * Groups) + group;

    private uint* ScalesOf(int row, int group) => Scales + (GroupIndex(row / SlabRows, group) * GroupScales) + (row % SlabRows);

    private void FillCodes(int row, ReadOnlySpan<uint> source)
    {
        ReadOnlySpan<uint> words = source.Slice(checked(row * WordsPerRow), WordsPerRow);
        if (Halved)
        {
            for (int w = 0; w < words.Length; w++)
            {
                SetHalf(row, 2 * w, (ushort)words[w]);
                SetHalf(row, (2 * w) + 1, (ushort)(words[w] >> 16));
            }
            return;
        }
        uint* slab = CodesOf(row);
        for (int w = 0; w < words.Length; w++)
        {
            slab[(nint)w * SlabRows] = words[w];
        }
    }

    private void FillScales(int row, ReadOnlySpan<float> sourceScales, ReadOnlySpan<float> sourceBiases)
    {
        Span<ushort> pair = stackalloc ushort[2];
        for (int g = 0; g < Groups; g++)
        {
            float scale = sourceScales[checked((row * Groups) + g)], bias = sourceBiases[(row * Groups) + g];
            uint* words = ScalesOf(row, g);
            if (ScaleType == ElementType.F32)
            {
                words[0] = BitConverter.SingleToUInt32Bits(scale);
                words[SlabRows] = BitConverter.SingleToUInt32Bits(bias);
            }
            else
            {
                FloatFormat.Encode(ScaleType, [bias, scale], pair);
                words[0] = ((uint)pair[1] << 16) | pair[0];
            }
        }
    }
}
