using CsCheck;
using DecoupleQ.Kernels.Products;
using DecoupleQ.Kernels.Simd;
using DecoupleQ.Kernels.Threads;

namespace DecoupleQ.Tests.Kernels;

[Trait("Machine", "instructions")]
public sealed class GemmTests
{
    private static readonly Gen<(int M, int N, int K)> Shapes = Gen.OneOf(
        Gen.Select(Gen.Int[1, 40], Gen.Int[1, 80], Gen.Int[0, 70]),
        Gen.Select(Gen.Int[1, 150], Gen.Int[1, 150], Gen.Int[1, 150]),
        Gen.Select(Gen.Int[1, 8], Gen.Int[1, 300], Gen.Int[500, 1200]));

    [Fact]
    public void A_float32_product_equals_the_oracle_in_every_instruction_set_orientation_and_destination() => Check<float>(2e-6);

    [Fact]
    public void A_float64_product_equals_the_oracle_in_every_instruction_set_orientation_and_destination() => Check<double>(2e-15);

    [Fact]
    public void A_symmetric_product_has_the_upper_triangle_of_the_oracle()
    {
        Gen.Select(Gen.Int[1, 600], Gen.Int[1, 150], Families.Sets, Gen.Enum<Destination>(), Gen.UInt).Sample(
            (rows, n, set, destination, seed) =>
            {
                float[] x = Numbers.Uniform<float>(rows * n, seed), expected = Numbers.Uniform<float>(n * n, seed + 1), actual = [.. expected];
                var view = new MatrixView<float>(x, rows, n);
                ReferenceGemm.Multiply(view.Transposed, view, expected, n, destination);
                Gemm.SymmetricProduct(x, rows, n, actual, destination, Team.Two, set);
                for (int i = 0; i < n; i++)
                {
                    Numbers.AssertClose(expected.AsSpan((i * n) + i, n - i), actual.AsSpan((i * n) + i, n - i), 2e-6 * Math.Max(1, rows / 8.0));
                }
            },
            iter: 60);
    }

    [Fact]
    public void The_bits_of_a_product_do_not_depend_on_the_number_of_threads()
    {
        Gen.Select(Gen.Int[1, 200], Gen.Int[1, 400], Gen.Int[1, 1500], Gen.UInt).Sample(
            (m, n, k, seed) =>
            {
                float[] a = Numbers.Uniform<float>(m * k, seed), b = Numbers.Uniform<float>(k * n, seed + 1);
                float[] one = Product(1), three = Product(3);
                Assert.Equal(one, three);

                float[] Product(int threads)
                {
                    Workers workers = threads == 1 ? Workers.Alone : Team.Three;
                    var c = new float[m * n];
                    Gemm.Multiply(new MatrixView<float>(a, m, k), new MatrixView<float>(b, k, n), c, n, Destination.Overwrite, workers);
                    return c;
                }
            },
            iter: 20);
    }

    [Fact]
    public void Shapes_that_do_not_fit_are_refused()
    {
        Workers workers = Workers.Alone;
        var data = new float[12];
        Assert.Throws<ArgumentException>(
            () => Gemm.Multiply(new MatrixView<float>(data, 3, 4), new MatrixView<float>(data, 3, 4), new float[12], 4, Destination.Overwrite, workers));
        Assert.Throws<ArgumentException>(
            () => Gemm.Multiply(new MatrixView<float>(data, 3, 4), new MatrixView<float>(data, 4, 3), new float[8], 3, Destination.Overwrite, workers));
        Assert.Throws<ArgumentOutOfRangeException>(
            () => Gemm.Multiply(new MatrixView<float>(data, 3, 4), new MatrixView<float>(data, 4, 3), new float[9], 2, Destination.Overwrite, workers));
    }

    private static void Check<T>(double tolerance)
        where T : unmanaged, System.Numerics.IFloatingPointIeee754<T>
    {
        Gen.Select(Shapes, Families.Sets, Gen.Enum<Destination>(), Gen.Bool, Gen.Bool, Gen.Int[0, 3], Gen.UInt).Sample(
            (shape, set, destination, transposeA, transposeB, padding, seed) =>
            {
                (int m, int n, int k) = shape;
                T[] a = Numbers.Uniform<T>((m + padding) * (k + padding), seed), b = Numbers.Uniform<T>((k + padding) * (n + padding), seed + 1);
                T[] expected = Numbers.Uniform<T>(m * (n + padding), seed + 2), actual = [.. expected];
                MatrixView<T> left = transposeA ? new MatrixView<T>(a, k, m, m + padding).Transposed : new MatrixView<T>(a, m, k, k + padding);
                MatrixView<T> right = transposeB ? new MatrixView<T>(b, n, k, k + padding).Transposed : new MatrixView<T>(b, k, n, n + padding);
                ReferenceGemm.Multiply(left, right, expected, n + padding, destination);
                Gemm.Multiply(left, right, actual, n + padding, destination, Team.Two, set);
                Numbers.AssertClose(expected, actual, tolerance * Math.Max(1, k / 8.0));
            },
            iter: 150);
    }
}
