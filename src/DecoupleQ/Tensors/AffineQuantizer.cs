using System.Numerics.Tensors;

namespace DecoupleQ.Tensors;

/// <summary>
/// Affine quantization of a matrix by itself, without calibration: for each group the scale and bias that give the least squared error
/// <c>sum (scale * code + bias - weight)^2</c> among a set of ranges, each refined by least squares. For embeddings and output heads.
/// </summary>
internal static class AffineQuantizer
{
    private const int RowsPerTask = 64;

    // The full range, divided into somewhat fewer or more steps than there are codes: more steps clip the ends and make the rest finer.
    private static readonly float[] ExtraSteps = [0, -1, -0.75f, -0.5f, -0.25f, 0.25f, 0.5f, 0.75f, 1, 1.25f, 1.5f, 2];

    // At 8 bits a step more or less is next to nothing.
    private static readonly float[] ExtraStepsOfBytes = [0, -0.5f, 0.5f];

    // The smallest normal number of half precision. Below it scales lose digits, and kernels may take them as zero.
    private const float SmallestScale = 6.103515625e-5f;

    /// <summary>Quantizes <paramref name="weight"/>. The result does not depend on the number of threads.</summary>
    /// <param name="weight">The matrix.</param>
    /// <param name="module">Its module, named by errors.</param>
    /// <param name="bits">2, 3, 4 or 8.</param>
    /// <param name="groupSize">Columns that share a scale.</param>
    /// <param name="threads">Threads, at least 1.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <returns>Scales and biases in F16, or in F32 if one overflows F16 or a scale is below its normal numbers.</returns>
    /// <exception cref="DecoupleQException">The group size does not divide the columns, or the matrix holds NaN or infinity.</exception>
    public static AffineMatrix Quantize(WeightMatrix weight, string module, int bits, int groupSize, int threads, CancellationToken cancellationToken)
    {
        if (weight.Columns % groupSize != 0)
        {
            throw new DecoupleQException($"Groups of {groupSize} do not divide its {weight.Columns} inputs.", field: module, expected: "no quantization of it");
        }
        AffineMatrix matrix = Quantize(weight, module, bits, groupSize, ElementType.F16, threads, cancellationToken);
        return IsFinite(matrix.Scales.Span) && IsFinite(matrix.Biases.Span)
            ? matrix
            : Quantize(weight, module, bits, groupSize, ElementType.F32, threads, cancellationToken);
    }

    private static AffineMatrix Quantize(
        WeightMatrix weight, string module, int bits, int groupSize, ElementType scaleType, int threads, CancellationToken cancellationToken)
    {
        (int rows, int columns) = (weight.Rows, weight.Columns);
        int groups = columns / groupSize, wordsPerRow = (int)((long)columns * bits / 32);
        var words = new uint[checked(rows * wordsPerRow)];
        var scales = new float[checked(rows * groups)];
        var biases = new float[scales.Length];
        var options = new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellationToken };
        Action<int> quantizeRows = task =>
        {
            var row = new float[columns];
            var codes = new byte[columns];
            var trial = new byte[groupSize];
            for (int i = task * RowsPerTask; i < Math.Min(rows, (task + 1) * RowsPerTask); i++)
            {
                weight.DequantizeRows(i, 1, row);
                for (int g = 0; g < groups; g++)
                {
                    (scales[(i * groups) + g], biases[(i * groups) + g]) =
                        Fit(row.AsSpan(g * groupSize, groupSize), bits, scaleType, codes.AsSpan(g * groupSize, groupSize), trial)
                        ?? throw new DecoupleQException($"Row {i} of its weight holds NaN or infinity.", field: module, expected: "finite weights");
                }
                PackedCodes.Pack(codes, bits, words.AsSpan(i * wordsPerRow, wordsPerRow));
            }
        };
        try
        {
            Parallel.For(0, (rows + RowsPerTask - 1) / RowsPerTask, options, quantizeRows);
        }
        catch (AggregateException errors) when (errors.InnerExceptions.OfType<DecoupleQException>().FirstOrDefault() is { } error)
        {
            throw error;
        }
        return new AffineMatrix(rows, columns, bits, groupSize, words, scaleType, scales, biases);
    }

    /// <summary>
    /// Scale, bias (both exact in <paramref name="type"/>) and codes of a group; null if it holds NaN or infinity. A scale that half precision cannot hold
    /// comes back infinite.
    /// </summary>
    private static (float Scale, float Bias)? Fit(ReadOnlySpan<float> group, int bits, ElementType type, Span<byte> codes, Span<byte> trial)
    {
        float low = TensorPrimitives.Min(group), high = TensorPrimitives.Max(group);
        if (!float.IsFinite(low) || !float.IsFinite(high))
        {
            return null;
        }
        codes.Clear();
        if (low == high)
        {
            return (0, FloatFormat.Round(type, low));
        }
        (float Scale, float Bias) best = type == ElementType.F32 ? (0, low) : (float.PositiveInfinity, 0);
        int levels = (1 << bits) - 1;
        double leastError = double.PositiveInfinity;
        foreach (float extra in bits == 8 ? ExtraStepsOfBytes : ExtraSteps)
        {
            // Divided first: the difference of two large numbers may overflow.
            float scale = (high / (levels + extra)) - (low / (levels + extra));
            float bias = low + (scale * extra / 2);
            Assign(group, levels, scale, bias, trial);
            (scale, bias) = LeastSquares(group, trial) ?? (scale, bias);
            (scale, bias) = (FloatFormat.Round(type, scale), FloatFormat.Round(type, bias));
            if (!IsRepresentable(type, scale, bias))
            {
                continue;
            }
            double error = Assign(group, levels, scale, bias, trial);
            if (error < leastError)
            {
                (leastError, best) = (error, (scale, bias));
                trial.CopyTo(codes);
            }
        }
        return best;
    }

    /// <summary>The nearest code of each weight; returns the squared error.</summary>
    private static double Assign(ReadOnlySpan<float> group, int levels, float scale, float bias, Span<byte> codes)
    {
        float inverse = scale == 0 ? 0 : 1 / scale;
        double error = 0;
        for (int j = 0; j < group.Length; j++)
        {
            float code = MathF.Round(Math.Clamp((group[j] - bias) * inverse, 0, levels));
            codes[j] = (byte)code;
            double difference = (double)(scale * code) + bias - group[j];
            error += difference * difference;
        }
        return error;
    }

    /// <summary>Scale and bias of least squared error for given codes; null if all codes are equal.</summary>
    private static (float Scale, float Bias)? LeastSquares(ReadOnlySpan<float> group, ReadOnlySpan<byte> codes)
    {
        int n = group.Length;
        long sumCode = 0, sumSquare = 0;
        double sumWeight = 0, sumProduct = 0;
        for (int j = 0; j < n; j++)
        {
            sumCode += codes[j];
            sumSquare += codes[j] * codes[j];
            sumWeight += group[j];
            sumProduct += (double)group[j] * codes[j];
        }
        long determinant = (n * sumSquare) - (sumCode * sumCode);
        if (determinant == 0)
        {
            return null;
        }
        double scale = ((n * sumProduct) - (sumCode * sumWeight)) / determinant;
        return ((float)scale, (float)((sumWeight - (scale * sumCode)) / n));
    }

    /// <summary>Whether a rounded pair is as good as the one before rounding: no overflow, and in half precision no lost digits of the scale.</summary>
    private static bool IsRepresentable(ElementType type, float scale, float bias) =>
        float.IsFinite(scale) && float.IsFinite(bias) && (type == ElementType.F32 || Math.Abs(scale) >= SmallestScale);

    private static bool IsFinite(ReadOnlySpan<float> values)
    {
        foreach (float value in values)
        {
            if (!float.IsFinite(value))
            {
                return false;
            }
        }
        return true;
    }
}
