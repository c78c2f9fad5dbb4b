using DecoupleQ.Quantization.Solver;

namespace DecoupleQ.Quantization.Tests.Solver;

/// <summary>The mathematics in float64, written as it stands in the papers and without regard to speed.</summary>
internal static class Oracle
{
    /// <summary>H + lambda mean(diag(H)) I.</summary>
    public static double[,] Damped(LayerHessian hessian, double lambda = 0.01)
    {
        int n = hessian.Size;
        var h = new double[n, n];
        double mean = 0;
        for (int i = 0; i < n; i++)
        {
            mean += hessian.Values[(i * n) + i] / n;
            for (int j = 0; j < n; j++)
            {
                h[i, j] = hessian.Values[(i * n) + j];
            }
        }
        for (int i = 0; i < n; i++)
        {
            h[i, i] += lambda * mean;
        }
        return h;
    }

    /// <summary>r^T H r.</summary>
    public static double Quadratic(double[,] h, ReadOnlySpan<double> r)
    {
        double sum = 0;
        for (int i = 0; i < r.Length; i++)
        {
            for (int j = 0; j < r.Length; j++)
            {
                sum += r[i] * h[i, j] * r[j];
            }
        }
        return sum;
    }

    /// <summary>f of one row.</summary>
    public static double Loss(
        double[,] h, ReadOnlySpan<float> b, ReadOnlySpan<sbyte> w, ReadOnlySpan<float> s, ReadOnlySpan<float> z)
    {
        var r = new double[b.Length];
        int groupSize = b.Length / s.Length;
        for (int j = 0; j < r.Length; j++)
        {
            r[j] = ((double)s[j / groupSize] * w[j]) + z[j / groupSize] - b[j];
        }
        return Quadratic(h, r);
    }

    /// <summary>The minimum of f over s and z for given integers, by a dense pseudo-inverse solve of the normal equations in the 2G unknowns.</summary>
    public static double FloatMinimum(double[,] h, ReadOnlySpan<float> b, ReadOnlySpan<sbyte> w, int groupSize) => FloatMinimum(h, b, w, groupSize, out _);

    /// <summary>As the other, with the minimiser: the scales of all groups, then their offsets.</summary>
    public static double FloatMinimum(double[,] h, ReadOnlySpan<float> b, ReadOnlySpan<sbyte> w, int groupSize, out double[] u)
    {
        int n = b.Length, groups = n / groupSize, unknowns = 2 * groups;
        var a = new double[n, unknowns];
        for (int j = 0; j < n; j++)
        {
            a[j, j / groupSize] = w[j];
            a[j, groups + (j / groupSize)] = 1;
        }
        var normal = new double[unknowns, unknowns];
        var side = new double[unknowns];
        for (int p = 0; p < unknowns; p++)
        {
            for (int i = 0; i < n; i++)
            {
                double ha = 0;
                for (int j = 0; j < n; j++)
                {
                    ha += h[i, j] * a[j, p];
                }
                side[p] += ha * b[i];
                for (int q = 0; q < unknowns; q++)
                {
                    normal[p, q] += ha * a[i, q];
                }
            }
        }
        u = LeastNormSolve(normal, side);
        var r = new double[n];
        for (int j = 0; j < n; j++)
        {
            r[j] = -b[j];
            for (int p = 0; p < unknowns; p++)
            {
                r[j] += a[j, p] * u[p];
            }
        }
        return Quadratic(h, r);
    }

    /// <summary>The minimum of f over all integer vectors, by trying each.</summary>
    public static double IntegerMinimum(double[,] h, float[] b, float[] s, float[] z, QuantizationFormat format)
    {
        double best = double.PositiveInfinity;
        ForAllIntegers(b.Length, format, w => best = Math.Min(best, Loss(h, b, w, s, z)));
        return best;
    }

    /// <summary>The minimum of f over all integer vectors and, for each, all s and z.</summary>
    public static double JointMinimum(double[,] h, float[] b, QuantizationFormat format)
    {
        double best = double.PositiveInfinity;
        ForAllIntegers(b.Length, format, w => best = Math.Min(best, FloatMinimum(h, b, w, format.ColumnsPerGroup(b.Length))));
        return best;
    }

    /// <summary>L, lower triangular, of L L^T.</summary>
    public static double[,] Cholesky(double[,] a)
    {
        int n = a.GetLength(0);
        var l = new double[n, n];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                double sum = a[i, j];
                for (int k = 0; k < j; k++)
                {
                    sum -= l[i, k] * l[j, k];
                }
                l[i, j] = i == j ? Math.Sqrt(sum) : sum / l[j, j];
            }
        }
        return l;
    }

    /// <summary>The inverse, by Gauss-Jordan elimination without row exchanges: for positive definite matrices.</summary>
    public static double[,] Inverse(double[,] a)
    {
        int n = a.GetLength(0);
        var m = (double[,])a.Clone();
        var inverse = new double[n, n];
        for (int i = 0; i < n; i++)
        {
            inverse[i, i] = 1;
        }
        for (int k = 0; k < n; k++)
        {
            double pivot = m[k, k];
            for (int c = 0; c < n; c++)
            {
                m[k, c] /= pivot;
                inverse[k, c] /= pivot;
            }
            for (int r = 0; r < n; r++)
            {
                double times = m[r, k];
                for (int c = 0; c < n && r != k; c++)
                {
                    m[r, c] -= times * m[k, c];
                    inverse[r, c] -= times * inverse[k, c];
                }
            }
        }
        return inverse;
    }

    /// <summary>The least-norm solution of a consistent symmetric semi-definite system: eigenvectors by Jacobi rotations, zero eigenvalues left out.</summary>
    private static double[] LeastNormSolve(double[,] a, double[] y)
    {
        int n = y.Length;
        var d = (double[,])a.Clone();
        var v = new double[n, n];
        for (int i = 0; i < n; i++)
        {
            v[i, i] = 1;
        }
        for (int sweep = 0; sweep < 60; sweep++)
        {
            for (int p = 0; p < n; p++)
            {
                for (int q = p + 1; q < n; q++)
                {
                    Rotate(d, v, p, q);
                }
            }
        }
        double largest = Enumerable.Range(0, n).Max(i => d[i, i]);
        var x = new double[n];
        for (int k = 0; k < n; k++)
        {
            if (d[k, k] <= 1e-12 * largest)
            {
                continue;
            }
            double along = 0;
            for (int i = 0; i < n; i++)
            {
                along += v[i, k] * y[i];
            }
            for (int i = 0; i < n; i++)
            {
                x[i] += v[i, k] * along / d[k, k];
            }
        }
        return x;
    }

    private static void Rotate(double[,] d, double[,] v, int p, int q)
    {
        if (Math.Abs(d[p, q]) < 1e-300)
        {
            return;
        }
        int n = d.GetLength(0);
        double theta = (d[q, q] - d[p, p]) / (2 * d[p, q]);
        double t = (theta >= 0 ? 1 : -1) / (Math.Abs(theta) + Math.Sqrt((theta * theta) + 1));
        double c = 1 / Math.Sqrt((t * t) + 1), s = t * c;
        for (int k = 0; k < n; k++)
        {
            (d[k, p], d[k, q]) = ((c * d[k, p]) - (s * d[k, q]), (s * d[k, p]) + (c * d[k, q]));
        }
        for (int k = 0; k < n; k++)
        {
            (d[p, k], d[q, k]) = ((c * d[p, k]) - (s * d[q, k]), (s * d[p, k]) + (c * d[q, k]));
            (v[k, p], v[k, q]) = ((c * v[k, p]) - (s * v[k, q]), (s * v[k, p]) + (c * v[k, q]));
        }
    }

    private static void ForAllIntegers(int n, QuantizationFormat format, Action<sbyte[]> visit)
    {
        var w = new sbyte[n];
        Array.Fill(w, (sbyte)format.Alpha);
        while (true)
        {
            visit(w);
            int j = 0;
            while (j < n && w[j] == format.Beta)
            {
                w[j++] = (sbyte)format.Alpha;
            }
            if (j == n)
            {
                return;
            }
            w[j]++;
        }
    }
}
