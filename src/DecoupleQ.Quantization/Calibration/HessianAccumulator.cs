using DecoupleQ.Kernels.Products;
using DecoupleQ.Kernels.Threads;
using DecoupleQ.Quantization.Solver;

namespace DecoupleQ.Quantization.Calibration;

/// <summary>Accumulates <c>H = X^T X / N</c> in float64 from float32 products over slabs of rows.</summary>
/// <param name="size">n, the layers' inputs.</param>
/// <param name="workers">The team.</param>
internal sealed class HessianAccumulator(int size, Workers workers)
{
    /// <summary>Rows that are multiplied at once: sums of more float32 products lose digits that the solver's damping does not cover.</summary>
    public const int SlabRows = 2048;

    private readonly float[] _slab = new float[checked(SlabRows * size)];
    private readonly float[] _product = new float[checked(size * size)];
    private readonly double[] _sum = new double[checked(size * size)];
    private int _rows;
    private long _tokens;

    /// <summary>Adds rows of X, each of n numbers.</summary>
    public void Add(ReadOnlySpan<float> rows)
    {
        while (!rows.IsEmpty)
        {
            int taken = Math.Min(rows.Length / size, SlabRows - _rows);
            rows[..(taken * size)].CopyTo(_slab.AsSpan(_rows * size));
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

    private void AddSlab()
    {
        if (_rows == 0)
        {
            return;
        }
        Gemm.SymmetricProduct(_slab.AsSpan(0, _rows * size), _rows, size, _product, Destination.Overwrite, workers);
        workers.For(size, i =>
        {
            Span<double> sum = _sum.AsSpan(i * size, size);
            ReadOnlySpan<float> product = _product.AsSpan(i * size, size);
            for (int j = i; j < size; j++)
            {
                sum[j] += product[j];
            }
        });
        _tokens += _rows;
        _rows = 0;
    }
}
