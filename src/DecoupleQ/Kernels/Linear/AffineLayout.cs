using DecoupleQ.Kernels.Simd;
using DecoupleQ.Tensors;

namespace DecoupleQ.Kernels.Linear;

/// <summary>
/// An affine matrix in slabs of 32 rows, in which a vector's lanes are rows: word w of all 32 rows' bit streams, then word w + 1, and so on; likewise
/// the scales and biases of a group, for 32 rows each. Rows that the last slab has beyond the matrix are zero.
/// </summary>
/// <remarks>With rows in lanes an input value is the same for all lanes, a scale serves a whole vector, and nothing is ever added across lanes.</remarks>
internal sealed unsafe class AffineLayout
{
    /// <summary>Rows of a slab.</summary>
    public const int SlabRows = 32;

    private readonly AlignedArray<uint> codes;
    private readonly AlignedArray<ushort>? halfScales;
    private readonly AlignedArray<float>? singleScales;

    public AffineLayout(AffineMatrix matrix)
    {
        Rows = matrix.Rows;
        Columns = matrix.Columns;
        GroupSize = matrix.GroupSize;
        WordsPerRow = matrix.WordsPerRow;
        ScaleType = matrix.ScaleType;
        Slabs = (Rows + SlabRows - 1) / SlabRows;
        codes = new AlignedArray<uint>((long)Slabs * WordsPerRow * SlabRows);
        long scales = (long)Slabs * Groups * 2 * SlabRows;
        if (ScaleType == ElementType.F32)
        {
            singleScales = new AlignedArray<float>(scales);
        }
        else
        {
            halfScales = new AlignedArray<ushort>(scales);
        }
        FillCodes(matrix.Codes.Span);
        FillScales(matrix.Scales.Span, 0);
        FillScales(matrix.Biases.Span, SlabRows);
    }

    public int Rows { get; }

    public int Columns { get; }

    public int GroupSize { get; }

    public int Groups => Columns / GroupSize;

    public int WordsPerRow { get; }

    public int Slabs { get; }

    /// <summary>How scales and biases are kept: as they were stored.</summary>
    public ElementType ScaleType { get; }

    /// <summary>Slabs x WordsPerRow x 32.</summary>
    public uint* Codes => codes.Pointer;

    /// <summary>Slabs x Groups x (32 scales, 32 biases), elements of <see cref="ScaleType"/>.</summary>
    public void* Scales => halfScales is null ? singleScales!.Pointer : halfScales.Pointer;

    private void FillCodes(ReadOnlySpan<uint> source)
    {
        for (int row = 0; row < Rows; row++)
        {
            uint* slab = Codes + ((nint)(row / SlabRows) * WordsPerRow * SlabRows) + (row % SlabRows);
            ReadOnlySpan<uint> words = source.Slice(checked(row * WordsPerRow), WordsPerRow);
            for (int w = 0; w < words.Length; w++)
            {
                slab[(nint)w * SlabRows] = words[w];
            }
        }
    }

    private void FillScales(ReadOnlySpan<float> source, int offset)
    {
        Span<ushort> half = stackalloc ushort[1];
        for (int row = 0; row < Rows; row++)
        {
            nint slab = ((nint)(row / SlabRows) * Groups * 2 * SlabRows) + (row % SlabRows) + offset;
            for (int g = 0; g < Groups; g++)
            {
                ReadOnlySpan<float> value = source.Slice((row * Groups) + g, 1);
                nint index = slab + ((nint)g * 2 * SlabRows);
                if (ScaleType == ElementType.F32)
                {
                    singleScales!.Pointer[index] = value[0];
                }
                else
                {
                    FloatFormat.Encode(ScaleType, value, half);
                    halfScales!.Pointer[index] = half[0];
                }
            }
        }
    }
}
