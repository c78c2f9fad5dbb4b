using System.Numerics.Tensors;
using DecoupleQ.Kernels.Products;
using DecoupleQ.Kernels.Threads;
using DecoupleQ.Quantization.Solver;

namespace DecoupleQ.Quantization.Calibration;

/// <summary>
/// Accumulates <c>H = X^T X / N</c> in float64 from float32 products over slabs of rows; if asked for, <c>X^T (X' - X) / N</c> too, with the rows X' that the
/// full-precision model has there.
/// </summary>
/// <param name="size">n, the layers' inputs.</param>
/// <param name="workers">The team.</param>
/// <param name="withGap">Whether rows come with those of the full-precision model.</param>
internal sealed class HessianAccumulator(int size, Workers workers, bool withGap = false)
{
    /// <summary>Rows that are multiplied at once: sums of more float32 products lose digits that the solver's damping does not cover.</summary>
    public const int SlabRows = 2048;

    /// <summary>Bytes that the gap takes beside H.</summary>
    public static long GapBytes(int size) => ((long)SlabRows * size * sizeof(float)) + ((long)size * size * sizeof(double));

    private readonly float[] _slab = new float[checked(SlabRows * size)];
    private readonly float[] _product = new float[checked(size * size)];
    private readonly double[] _sum = new double[checked(size * size)];
    private readonly float[] _gapSlab = withGap ? new float[checked(SlabRows * size)] : [];
    private readonly double[] _gapSum = withGap ? new double[checked(size * size)] : [];
    private int _rows;
    private long _tokens;

    /// <summary>Adds rows of X, each of n numbers.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="dense">As many rows of X', if the gap is asked for; else none.</param>
    public void Add(ReadOnlySpan<float> rows, ReadOnlySpan<float> dense = default)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(dense.Length, withGap ? rows.Length : 0);
        while (!rows.IsEmpty)
        {
            int taken = Math.Min(rows.Length / size, SlabRows - _rows);
            rows[..(taken * size)].CopyTo(_slab.AsSpan(_rows * size));
            if (withGap)
            {
                // The difference, not X' itself: what the two have in common would take the digits of what they have not.
                TensorPrimitives.Subtract(dense[..(taken * size)], rows[..(taken * size)], _gapSlab.AsSpan(_rows * size));
                dense = dense[(taken * size)..];
            }
            rows = rows[(taken * size)..];
            _rows += taken;
            if (_rows == SlabRows)
            {
                AddSlab();
            }
        }
    }

    /// <summary>H of all rows so far.</summary>
    public LayerHessian Build()
    {
        AddSlab();
        double scale = _tokens == 0 ? 0 : 1.0 / _tokens;
        for (int i = 0; i < size; i++)
        {
            workers.Cancellation.ThrowIfCancellationRequested();
            for (int j = i; j < size; j++)
            {
                double value = _sum[(i * size) + j] * scale;
                _sum[(i * size) + j] = value;
                _sum[(j * size) + i] = value;
            }
        }
        return new LayerHessian(size, _sum, _tokens);
    }

    /// <summary>The gap over all rows so far.</summary>
    public StreamGap BuildGap()
    {
        AddSlab();
        TensorPrimitives.Multiply(_gapSum, _tokens == 0 ? 0 : 1.0 / _tokens, _gapSum);
        return new StreamGap(size, _gapSum);
    }

    private void AddSlab()
    {
        if (_rows == 0)
        {
            return;
        }
        Gemm.SymmetricProduct(_slab.AsSpan(0, _rows * size), _rows, size, _product, Destination.Overwrite, workers);
        AddProduct(_sum, upper: true);
        if (withGap)
        {
            var x = new MatrixView<float>(_slab.AsSpan(0, _rows * size), _rows, size);
            Gemm.Multiply(x.Transposed, new MatrixView<float>(_gapSlab, _rows, size), _product, size, Destination.Overwrite, workers);
            AddProduct(_gapSum, upper: false);
        }
        _tokens += _rows;
        _rows = 0;
    }

    private void AddProduct(double[] sums, bool upper) => workers.For(size, i =>
    {
        Span<double> sum = sums.AsSpan(i * size, size);
        ReadOnlySpan<float> product = _product.AsSpan(i * size, size);
        for (int j = upper ? i : 0; j < size; j++)
        {
            sum[j] += product[j];
        }
    });
}
