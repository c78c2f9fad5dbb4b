using DecoupleQ.Checkpoints;
using DecoupleQ.Quantization.Solver;
using DecoupleQ.Tensors;

namespace DecoupleQ.Quantization.Jobs;

/// <summary>The one place where the paper's (w, s, z) become stored codes, scales and biases, and these become (w, s, z) again.</summary>
internal static class PackedLayer
{
    /// <summary><c>code = w - alpha</c>, <c>scale = s</c>, <c>bias = z + alpha s</c>.</summary>
    /// <param name="solution">Its s and z are exact in its storage type.</param>
    /// <param name="outputs">Rows.</param>
    /// <param name="inputs">Columns.</param>
    public static AffineMatrix Pack(LayerSolution solution, int outputs, int inputs)
    {
        QuantizationFormat format = solution.Format;
        int words = (int)((long)inputs * format.Bits / 32);
        var codes = new uint[checked(outputs * words)];
        var row = new byte[inputs];
        for (int i = 0; i < outputs; i++)
        {
            ReadOnlySpan<sbyte> integers = solution.Integers.AsSpan(i * inputs, inputs);
            for (int j = 0; j < inputs; j++)
            {
                row[j] = (byte)(integers[j] - format.Alpha);
            }
            PackedCodes.Pack(row, format.Bits, codes.AsSpan(i * words, words));
        }
        var biases = new float[solution.Scales.Length];
        for (int g = 0; g < biases.Length; g++)
        {
            biases[g] = (float)(solution.Offsets[g] + (format.Alpha * (double)solution.Scales[g]));
        }
        return new AffineMatrix(outputs, inputs, format.Bits, format.ColumnsPerGroup(inputs), codes, solution.ScaleType, solution.Scales, biases);
    }

    /// <summary><c>w = code + alpha</c>, <c>s = scale</c>, <c>z = bias - alpha s</c>: what <see cref="Pack"/> packed.</summary>
    /// <param name="matrix">A stored layer.</param>
    /// <returns>Losses are not known: not a number.</returns>
    public static LayerSolution Unpack(AffineMatrix matrix)
    {
        var format = new QuantizationFormat(matrix.Bits, matrix.GroupSize == matrix.Columns ? QuantizationFormat.PerChannel : matrix.GroupSize);
        var integers = new sbyte[checked(matrix.Rows * matrix.Columns)];
        var row = new byte[matrix.Columns];
        for (int i = 0; i < matrix.Rows; i++)
        {
            PackedCodes.Unpack(matrix.Codes.Span.Slice(i * matrix.WordsPerRow, matrix.WordsPerRow), matrix.Bits, row);
            for (int j = 0; j < row.Length; j++)
            {
                integers[(i * row.Length) + j] = (sbyte)(row[j] + format.Alpha);
            }
        }
        float[] scales = matrix.Scales.ToArray(), offsets = matrix.Biases.ToArray();
        for (int g = 0; g < offsets.Length; g++)
        {
            offsets[g] = (float)(offsets[g] - (format.Alpha * (double)scales[g]));
        }
        return new LayerSolution(format, integers, scales, offsets, matrix.ScaleType, double.NaN, double.NaN);
    }

    /// <summary>The stored format of a solver's format.</summary>
    public static AffineFormat Format(QuantizationFormat format) => new(format.Bits, format.GroupSize);
}
