using System.Numerics.Tensors;
using DecoupleQ.Kernels.Products;
using DecoupleQ.Kernels.Threads;
using DecoupleQ.Quantization.LinearAlgebra;
using DecoupleQ.Tensors;

namespace DecoupleQ.Pilot.Layers;

/// <summary>The relative error of a layer's outputs, <c>||X (W - W')^T|| / ||X W^T||</c> (Frobenius), added up over rows of X.</summary>
/// <remarks>
/// The difference of the weights is multiplied, not the outputs subtracted: what is equal gives exactly 0, and small errors keep their digits. Some rows of
/// both weights at a time are held in float32.
/// </remarks>
internal sealed class OutputError
{
    // Numbers of a weight that are held at a time.
    private const int SlabNumbers = 1 << 20;

    private double _error, _energy;

    /// <summary>The relative error so far; 1 where outputs that should be 0 are not.</summary>
    public double Relative => _energy > 0 ? Math.Sqrt(_error / _energy) : _error > 0 ? 1 : 0;

    /// <summary>Adds rows of inputs.</summary>
    /// <param name="inputs">X, tokens x columns.</param>
    /// <param name="tokens">Rows of X.</param>
    /// <param name="dense">W.</param>
    /// <param name="packed">W', of the same shape.</param>
    /// <param name="workers">The team.</param>
    public void Add(ReadOnlySpan<float> inputs, int tokens, WeightMatrix dense, WeightMatrix packed, Workers workers)
    {
        int columns = dense.Columns, most = Math.Clamp(SlabNumbers / Math.Max(columns, tokens), 1, dense.Rows);
        using Scratch<float> own = Scratch<float>.Rent(most * columns), difference = Scratch<float>.Rent(most * columns);
        using Scratch<float> outputs = Scratch<float>.Rent(most * tokens);
        var x = new MatrixView<float>(inputs, tokens, columns);
        for (int first = 0; first < dense.Rows; first += most)
        {
            workers.Cancellation.ThrowIfCancellationRequested();
            int rows = Math.Min(most, dense.Rows - first);
            Span<float> slab = own.Span[..(rows * columns)], other = difference.Span[..(rows * columns)], products = outputs.Span[..(rows * tokens)];
            dense.DequantizeRows(first, rows, slab);
            packed.DequantizeRows(first, rows, other);
            TensorPrimitives.Subtract(slab, other, other);
            _energy += Squares(x, slab, rows, products, workers);
            if (other.ContainsAnyExcept(0f))
            {
                _error += Squares(x, other, rows, products, workers);
            }
        }
    }

    private static double Squares(MatrixView<float> x, ReadOnlySpan<float> weights, int rows, Span<float> products, Workers workers)
    {
        Gemm.Multiply(x, new MatrixView<float>(weights, rows, x.Columns).Transposed, products, rows, Destination.Overwrite, workers);
        double sum = 0;
        foreach (float product in products)
        {
            sum += (double)product * product;
        }
        return sum;
    }
}
