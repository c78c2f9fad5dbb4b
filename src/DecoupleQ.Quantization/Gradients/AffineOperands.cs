using System.Runtime.CompilerServices;
using DecoupleQ.Kernels.Products;

namespace DecoupleQ.Quantization.Gradients;

/// <summary>
/// B_hat^T as the right factor of <c>Y = X B_hat^T</c>: lanes are outputs, the depth runs along the inputs. Decoded where the product packs it.
/// </summary>
internal readonly unsafe struct AffineByOutput(AffineRows rows) : IOperand<float>
{
    // So many rows are decoded before they are transposed: they stay in the first-level cache.
    private const int RowsAtOnce = 4;

    [SkipLocalsInit]
    public void Pack(nint lane, int lanes, nint start, int depth, int width, float* panel)
    {
        if (lanes < width)
        {
            new Span<float>(panel, depth * width).Clear();
        }
        float* decoded = stackalloc float[RowsAtOnce * depth];
        for (int l = 0; l < lanes; l += RowsAtOnce)
        {
            int count = Math.Min(RowsAtOnce, lanes - l);
            for (int r = 0; r < count; r++)
            {
                rows.Decode(lane + l + r, start, depth, decoded + (r * depth));
            }
            PanelTranspose.Pack(decoded, depth, count, depth, width, panel + l);
        }
    }
}

/// <summary>B_hat as the right factor of <c>dX = dY B_hat</c>: lanes are inputs, the depth runs along the outputs.</summary>
internal readonly unsafe struct AffineByInput(AffineRows rows) : IOperand<float>
{
    public void Pack(nint lane, int lanes, nint start, int depth, int width, float* panel)
    {
        if (lanes < width)
        {
            new Span<float>(panel, depth * width).Clear();
        }
        for (int d = 0; d < depth; d++)
        {
            rows.Decode(start + d, lane, lanes, panel + (d * width));
        }
    }
}
