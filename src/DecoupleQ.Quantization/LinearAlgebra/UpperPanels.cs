using DecoupleQ.Kernels.Products;
using DecoupleQ.Kernels.Threads;

namespace DecoupleQ.Quantization.LinearAlgebra;

/// <summary>
/// An upper triangular n x n matrix in float32, stored as panels of columns without the part of each panel that lies wholly below the diagonal.
/// </summary>
/// <remarks>A product with it costs half of one with a full matrix: panel [c, c + w) has only rows 0 .. c + w - 1.</remarks>
internal sealed class UpperPanels
{
    private readonly float[][] _panels;

    /// <summary>Rounds the upper triangle of a row-major float64 matrix to float32.</summary>
    public UpperPanels(double[] upper, int n)
    {
        Size = n;
        // Wide panels make the product efficient, narrow ones skip more of the zero triangle.
        PanelWidth = n < 2048 ? 128 : 256;
        _panels = new float[(n + PanelWidth - 1) / PanelWidth][];
        for (int p = 0; p < _panels.Length; p++)
        {
            int first = FirstColumn(p), width = Width(p), rows = Rows(p);
            float[] panel = _panels[p] = new float[checked(rows * width)];
            for (int i = 0; i < rows; i++)
            {
                for (int j = Math.Max(i - first, 0); j < width; j++)
                {
                    panel[(i * width) + j] = (float)upper[((long)i * n) + first + j];
                }
            }
        }
    }

    /// <summary>n.</summary>
    public int Size { get; }

    /// <summary>Columns of every panel but the last, which may have fewer.</summary>
    public int PanelWidth { get; }

    /// <summary>Number of panels.</summary>
    public int Count => _panels.Length;

    /// <summary>First column of a panel.</summary>
    public int FirstColumn(int panel) => panel * PanelWidth;

    /// <summary>Columns of a panel.</summary>
    public int Width(int panel) => Math.Min(PanelWidth, Size - FirstColumn(panel));

    /// <summary>Rows of a panel: those that reach above or onto the diagonal.</summary>
    public int Rows(int panel) => FirstColumn(panel) + Width(panel);

    /// <summary>A panel's elements, Rows x Width, row-major, zero below the diagonal.</summary>
    public ReadOnlySpan<float> Panel(int panel) => _panels[panel];

    /// <summary>The columns of <c>X R</c> that belong to one panel.</summary>
    /// <param name="x">rows x n, row-major.</param>
    /// <param name="rows">Rows of X.</param>
    /// <param name="panel">Which columns.</param>
    /// <param name="product">rows x Width(panel), row-major; overwritten.</param>
    /// <param name="workers">Threads.</param>
    public void Multiply(ReadOnlySpan<float> x, int rows, int panel, Span<float> product, Workers workers)
    {
        int width = Width(panel);
        var left = new MatrixView<float>(x, rows, Rows(panel), Size);
        var right = new MatrixView<float>(_panels[panel], Rows(panel), width);
        Gemm.Multiply(left, right, product, width, Destination.Overwrite, workers);
    }
}
