using DecoupleQ.Kernels.Threads;
using DecoupleQ.Quantization.LinearAlgebra;

namespace DecoupleQ.Quantization.Solver;

/// <summary>What the solver derives from a Hessian, made once for all layers that have the same inputs.</summary>
/// <remarks>Everything is in units of <see cref="Unit"/>, a power of two, so that float32 holds it whatever the activations' scale.</remarks>
internal sealed class PreparedHessian
{
    private static readonly double[] GptqEscalation = [1, 10, 100, 1000, 10000];
    private static readonly double[] ObjectiveEscalation = [0, 1e-9, 1e-8, 1e-7, 1e-6, 1e-5];

    private readonly Lazy<float[]> _ordered;

    private PreparedHessian(
        int size,
        double unit,
        double dampingTerm,
        float[] damped,
        UpperPanels factor,
        int[] order,
        float[] feedback,
        float[] innovations,
        CancellationToken cancellationToken)
    {
        OneThread = new Workers(1) { Cancellation = cancellationToken };
        Size = size;
        Unit = unit;
        DampingTerm = dampingTerm;
        Damped = damped;
        Factor = factor;
        Order = order;
        Natural = InNaturalOrder(size);
        Feedback = feedback;
        Innovations = innovations;
        _ordered = new Lazy<float[]>(InOrder);
    }

    /// <summary>For products inside a slab of rows, on the slab's own thread; it ends them when the team that H was prepared with is to end its work.</summary>
    public Workers OneThread { get; }

    /// <summary>n.</summary>
    public int Size { get; }

    /// <summary>The power of two that the stored values are to be multiplied by.</summary>
    public double Unit { get; }

    /// <summary><c>lambda * mean(diag(H))</c>, in units.</summary>
    public double DampingTerm { get; }

    /// <summary>The damped H, n x n, in units.</summary>
    public float[] Damped { get; }

    /// <summary>R, upper triangular, of <c>H = R R^T</c> for the damped H, in units.</summary>
    public UpperPanels Factor { get; }

    /// <summary>The columns in the order of rounding: decreasing diag(H), then increasing index.</summary>
    public int[] Order { get; }

    /// <summary>The columns as they stand: 0 to n - 1.</summary>
    public int[] Natural { get; }

    /// <summary>
    /// U, n x n, strictly upper triangular (what is below means nothing), of <c>(U + I) D (U + I)^T</c>, the LDLQ factorisation of the damped H with GPTQ's
    /// second damping and its rows and columns in <see cref="Order"/>.
    /// </summary>
    public float[] Feedback { get; }

    /// <summary>
    /// D of the factorisation behind <see cref="Feedback"/>, by column of B: of each input, what those rounded after it do not explain. n elements, in units.
    /// </summary>
    public float[] Innovations { get; }

    /// <summary>
    /// <c>(H + damping)^-1</c> times the gap that H was prepared with, n x n float64, row-major (<see cref="AsymmetricTarget"/>); null without one.
    /// </summary>
    public double[]? Correction { get; private init; }

    /// <summary>The damped H with its rows and columns in <see cref="Order"/>, n x n, in units; made when first asked for.</summary>
    public float[] Ordered => _ordered.Value;

    /// <summary>Damps and factors H.</summary>
    /// <param name="hessian">Undamped. If it is zero (no input was ever different from 0) the identity takes its place.</param>
    /// <param name="options">The dampings.</param>
    /// <param name="workers">Threads.</param>
    /// <param name="name">Module path, for errors.</param>
    /// <param name="gap">What parts the inputs from the full-precision model's; null where it does not count. Its memory goes over to the correction.</param>
    /// <exception cref="DecoupleQException">H or the gap is not finite, or H is not positive semi-definite.</exception>
    /// <exception cref="OperationCanceledException">The team's work is to end.</exception>
    public static PreparedHessian Create(
        LayerHessian hessian, SolverOptions options, Workers workers, string? name = null, StreamGap? gap = null)
    {
        options.Validate();
        int n = hessian.Size;
        double mean = MeanDiagonal(hessian, name);
        var source = mean == 0
            ? new DampedMatrix(hessian.Values, n, Unit: 1, Damping: 1, Mean: 1)
            : DampedMatrix.Create(hessian.Values, n, mean, options.Damping);
        var single = new float[checked(n * n)];
        for (int i = 0; i < n; i++)
        {
            workers.Cancellation.ThrowIfCancellationRequested();
            for (int j = 0; j < n; j++)
            {
                single[(i * n) + j] = (float)source[i, j];
            }
        }
        int[] order = DecreasingDiagonal(hessian.Values, n);

        var work = new double[single.Length];
        FactorDamped(source, InNaturalOrder(n), work, ObjectiveEscalation, 1, workers, name);
        var factor = new UpperPanels(work, n);
        double[]? correction = gap is null ? null : AsymmetricTarget.Correction(work, source.Unit, gap, workers, name);

        // With a second damping of 0 the escalation starts from the smallest that counts in float32.
        FactorDamped(source, order, work, GptqEscalation, Math.Max(options.GptqDamping, 1e-8), workers, name);
        float[] feedback = UnitUpper(work, n, workers.Cancellation), innovations = SquaredDiagonal(work, order);
        return new PreparedHessian(
            n, source.Unit, mean == 0 ? 0 : source.Damping, single, factor, order, feedback, innovations, workers.Cancellation)
        {
            Correction = correction,
        };
    }

    private float[] InOrder()
    {
        var result = new float[Damped.Length];
        for (int i = 0; i < Size; i++)
        {
            OneThread.Cancellation.ThrowIfCancellationRequested();
            ReadOnlySpan<float> row = Damped.AsSpan(Order[i] * Size, Size);
            for (int j = 0; j < Size; j++)
            {
                result[(i * Size) + j] = row[Order[j]];
            }
        }
        return result;
    }

    private static double MeanDiagonal(LayerHessian hessian, string? name)
    {
        int n = hessian.Size;
        if (hessian.Values.Length != (long)n * n)
        {
            throw new ArgumentException($"A Hessian of {n} inputs has {(long)n * n} elements, not {hessian.Values.Length}.", nameof(hessian));
        }
        double sum = 0;
        for (int i = 0; i < n; i++)
        {
            double diagonal = hessian.Values[((long)i * n) + i];
            if (diagonal < 0)
            {
                throw NotSemidefinite(name);
            }
            sum += diagonal / n;
        }
        foreach (double value in hessian.Values)
        {
            if (!double.IsFinite(value))
            {
                throw new DecoupleQException(
                    "the Hessian of its inputs is not finite",
                    field: name,
                    expected: "finite activations; check the calibration data and the layers before it");
            }
        }
        return sum;
    }

    /// <summary>
    /// Factors the matrix with rows and columns in <paramref name="order"/>, raising a further damping, relative to the mean diagonal, until it can be.
    /// </summary>
    private static void FactorDamped(
        DampedMatrix source, int[] order, double[] work, double[] escalation, double damping, Workers workers, string? name)
    {
        int n = source.Size;
        foreach (double times in escalation)
        {
            double further = times * damping * source.Mean;
            for (int i = 0; i < n; i++)
            {
                workers.Cancellation.ThrowIfCancellationRequested();
                Span<double> target = work.AsSpan(i * n, n);
                for (int j = i; j < n; j++)
                {
                    target[j] = source[order[i], order[j]];
                }
                target[i] += further;
            }
            if (ReverseCholesky.TryFactor(work, n, workers))
            {
                return;
            }
        }
        throw NotSemidefinite(name);
    }

    private static DecoupleQException NotSemidefinite(string? name) =>
        new("the Hessian of its inputs is not positive semi-definite", field: name, expected: "X^T X / N of real activations");

    private static float[] UnitUpper(double[] r, int n, CancellationToken cancellationToken)
    {
        var unitUpper = new float[r.Length];
        for (int i = 0; i < n; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            for (int j = i + 1; j < n; j++)
            {
                unitUpper[(i * n) + j] = (float)(r[(i * n) + j] / r[(j * n) + j]);
            }
        }
        return unitUpper;
    }

    private static float[] SquaredDiagonal(double[] r, int[] order)
    {
        var squares = new float[order.Length];
        for (int k = 0; k < order.Length; k++)
        {
            double element = r[(k * order.Length) + k];
            squares[order[k]] = (float)(element * element);
        }
        return squares;
    }

    private static int[] DecreasingDiagonal(double[] matrix, int n)
    {
        int[] order = InNaturalOrder(n);
        Array.Sort(order, (x, y) => matrix[((long)y * n) + y].CompareTo(matrix[((long)x * n) + x]) is var c && c != 0 ? c : x.CompareTo(y));
        return order;
    }

    private static int[] InNaturalOrder(int n)
    {
        var order = new int[n];
        for (int i = 0; i < n; i++)
        {
            order[i] = i;
        }
        return order;
    }

    /// <summary>H in units, damped, computed from the undamped values where it is read.</summary>
    private readonly record struct DampedMatrix(double[] Values, int Size, double Unit, double Damping, double Mean)
    {
        public double this[int row, int column] => (Values[((long)row * Size) + column] / Unit) + (row == column ? Damping : 0);

        public static DampedMatrix Create(double[] values, int size, double mean, double lambda)
        {
            double unit = Math.ScaleB(1, Math.ILogB(mean));
            double damping = lambda * mean / unit;
            return new DampedMatrix(values, size, unit, damping, (mean / unit) + damping);
        }
    }
}
