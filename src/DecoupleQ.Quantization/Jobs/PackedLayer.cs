using DecoupleQ.Checkpoints;
using DecoupleQ.Quantization.Solver;
using DecoupleQ.Tensors;

namespace DecoupleQ.Quantization.Jobs;

/// <summary>The one place where the paper's (w, s, z) become stored codes, scales and biases.</summary>
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

    /// <summary>The stored format of a solver's format.</summary>
    public static AffineFormat Format(QuantizationFormat format) => new(format.Bits, format.GroupSize);
}
