using DecoupleQ.Quantization.Solver;

namespace DecoupleQ.Quantization.Tests.Solver;

/// <summary>
/// GPTQ as in arXiv 2210.17323, algorithm 1, in float64 and without blocks: the upper Cholesky factor of the inverse Hessian, the error of
/// each column spread over the rest.
/// </summary>
internal sealed class TextbookGptq
{
    private readonly double[,] _h;
    private readonly int[] _order;
    private readonly double[,] _upper;

    /// <param name="h">The damped H.</param>
    /// <param name="damping">The second damping.</param>
    public TextbookGptq(double[,] h, double damping = 0.01)
    {
        _h = h;
        int n = h.GetLength(0);
        _order = [.. Enumerable.Range(0, n).OrderByDescending(i => h[i, i]).ThenBy(i => i)];
        double mean = Enumerable.Range(0, n).Average(i => h[i, i]);
        var ordered = new double[n, n];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
            {
                ordered[i, j] = h[_order[i], _order[j]] + (i == j ? damping * mean : 0);
            }
        }
        double[,] lower = Oracle.Cholesky(Oracle.Inverse(ordered));
        _upper = new double[n, n];
        for (int i = 0; i < n; i++)
        {
            for (int j = i; j < n; j++)
            {
                _upper[i, j] = lower[j, i];
            }
        }
    }

    /// <summary>One row's integers.</summary>
    public sbyte[] Round(ReadOnlySpan<float> b, ReadOnlySpan<float> s, ReadOnlySpan<float> z, QuantizationFormat format)
    {
        int n = b.Length, groupSize = n / s.Length;
        var x = new double[n];
        for (int k = 0; k < n; k++)
        {
            x[k] = b[_order[k]];
        }
        var integers = new sbyte[n];
        for (int k = 0; k < n; k++)
        {
            int j = _order[k];
            double scale = s[j / groupSize], offset = z[j / groupSize];
            double w = Math.Clamp(Math.Floor(((x[k] - offset) / scale) + 0.5), format.Alpha, format.Beta);
            integers[j] = (sbyte)w;
            double error = (x[k] - ((w * scale) + offset)) / _upper[k, k];
            for (int c = k; c < n; c++)
            {
                x[c] -= error * _upper[k, c];
            }
        }
        return integers;
    }

    /// <summary>f, without the second damping, of one row's rounding.</summary>
    public double Loss(ReadOnlySpan<float> b, ReadOnlySpan<float> s, ReadOnlySpan<float> z, QuantizationFormat format) =>
        Oracle.Loss(_h, b, Round(b, s, z, format), s, z);
}
