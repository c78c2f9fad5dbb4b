using DecoupleQ.Kernels.Products;

namespace DecoupleQ.Tests.Kernels;

/// <summary>The scalar oracle of <see cref="Gemm"/>: sums in float64.</summary>
internal static class ReferenceGemm
{
    /// <summary>As the product of <see cref="Gemm"/>.</summary>
    public static void Multiply<T>(MatrixView<T> a, MatrixView<T> b, Span<T> c, int stride, Destination destination)
        where T : unmanaged, System.Numerics.IFloatingPointIeee754<T>
    {
        for (int i = 0; i < a.Rows; i++)
        {
            for (int j = 0; j < b.Columns; j++)
            {
                double sum = 0;
                for (int k = 0; k < a.Columns; k++)
                {
                    sum += double.CreateChecked(a[i, k]) * double.CreateChecked(b[k, j]);
                }
                ref T cell = ref c[(i * stride) + j];
                double before = destination == Destination.Overwrite ? 0 : double.CreateChecked(cell);
                cell = T.CreateChecked(destination == Destination.Subtract ? before - sum : before + sum);
            }
        }
    }
}
