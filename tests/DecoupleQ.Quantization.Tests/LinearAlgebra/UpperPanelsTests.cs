using DecoupleQ.Kernels.Threads;
using DecoupleQ.Quantization.LinearAlgebra;

namespace DecoupleQ.Quantization.Tests.LinearAlgebra;

public sealed class UpperPanelsTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 6)]
    [InlineData(5, 128)]
    [InlineData(20, 300)]
    public void The_panels_of_a_product_together_are_the_product_with_the_upper_triangle(int rows, int n)
    {
        var random = new Random(n);
        var matrix = new double[n * n];
        var x = new float[rows * n];
        for (int i = 0; i < matrix.Length; i++)
        {
            matrix[i] = random.NextDouble() - 0.5;
        }
        for (int i = 0; i < x.Length; i++)
        {
            x[i] = random.NextSingle() - 0.5f;
        }
        var panels = new UpperPanels(matrix, n);
        var product = new float[rows * panels.PanelWidth];
        int columns = 0;
        for (int p = 0; p < panels.Count; p++)
        {
            panels.Multiply(x, rows, p, product, new Workers(1));
            for (int i = 0; i < rows; i++)
            {
                for (int j = 0; j < panels.Width(p); j++)
                {
                    double sum = 0;
                    for (int k = 0; k <= columns + j; k++)
                    {
                        sum += x[(i * n) + k] * matrix[(k * n) + columns + j];
                    }
                    Assert.Equal(sum, product[(i * panels.Width(p)) + j], 1e-5);
                }
            }
            columns += panels.Width(p);
        }
        Assert.Equal(n, columns);
    }
}
