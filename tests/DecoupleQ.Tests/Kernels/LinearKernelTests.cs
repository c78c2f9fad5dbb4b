using CsCheck;
using DecoupleQ.Kernels;
using DecoupleQ.Kernels.Simd;
using DecoupleQ.Tensors;

namespace DecoupleQ.Tests.Kernels;

public sealed class LinearKernelTests
{
    private static readonly Gen<ElementType> Types = Gen.Enum<ElementType>();

    /// <summary>Both sides of the border between streaming and matrix products.</summary>
    private static readonly Gen<int> Tokens = Gen.OneOf(Gen.Int[0, 9], Gen.Int[10, 70]);

    [Fact]
    public void A_dense_matrix_in_every_format_equals_the_oracle_in_every_instruction_set()
    {
        Gen.Select(Gen.Int[1, 70], Gen.OneOf(Gen.Int[1, 100], Gen.Int[500, 700]), Tokens, Types, Families.Sets, Gen.UInt).Sample(
            (rows, columns, tokens, type, set, seed) => Check(Matrices.Dense(rows, columns, type, seed), tokens, set, seed),
            iter: 200);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(8)]
    public void A_quantized_matrix_equals_the_oracle_in_every_instruction_set_group_size_and_scale_format(int bits)
    {
        Gen.Select(Gen.Int[1, 100], Matrices.Groupings(bits), Tokens, Types, Families.Sets, Gen.UInt).Sample(
            (rows, grouping, tokens, type, set, seed) => Check(Matrices.Affine(rows, grouping.Columns, bits, grouping.GroupSize, type, seed), tokens, set, seed),
            iter: 150);
    }

    [Fact]
    public void The_bits_of_an_output_do_not_depend_on_the_number_of_threads()
    {
        Gen.Select(Gen.Int[1, 300], Gen.OneOf(Gen.Const(1), Gen.Const(33)), Gen.UInt).Sample(
            (rows, tokens, seed) =>
            {
                LinearKernel[] kernels =
                [
                    LinearKernel.For(Matrices.Affine(rows, 1024, 2, 64, ElementType.F16, seed)),
                    LinearKernel.For(Matrices.Affine(rows, 1024, 3, 1024, ElementType.F32, seed)),
                    LinearKernel.For(Matrices.Dense(rows, 1024, ElementType.BF16, seed)),
                ];
                float[] input = Numbers.Uniform<float>(tokens * 1024, seed);
                foreach (LinearKernel kernel in kernels)
                {
                    Assert.Equal(Multiply(kernel, input, tokens, 1), Multiply(kernel, input, tokens, 3));
                }
            },
            iter: 10);
    }

    [Fact]
    public void Requests_at_the_same_time_share_a_kernel()
    {
        LinearKernel kernel = LinearKernel.For(Matrices.Affine(96, 256, 2, 64, ElementType.F16, 1));
        float[][] inputs = [.. Enumerable.Range(0, 8).Select(i => Numbers.Uniform<float>(256, (uint)i))];
        float[][] expected = [.. inputs.Select(input => Multiply(kernel, input, 1, 1))];
        using var workers = new Workers(2);
        Parallel.For(0, 400, i =>
        {
            var output = new float[96];
            kernel.Multiply(inputs[i % 8], 1, output, workers);
            Assert.Equal(expected[i % 8], output);
        });
    }

    [Fact]
    public void Spans_that_are_too_short_are_refused()
    {
        LinearKernel kernel = LinearKernel.For(Matrices.Affine(8, 64, 2, 64, ElementType.F16, 1));
        Workers workers = Workers.Alone;
        Assert.Throws<ArgumentException>(() => kernel.Multiply(new float[63], 1, new float[8], workers));
        Assert.Throws<ArgumentException>(() => kernel.Multiply(new float[128], 2, new float[15], workers));
    }

    private static void Check(WeightMatrix matrix, int tokens, InstructionSet set, uint seed)
    {
        float[] input = Numbers.Uniform<float>(tokens * matrix.Columns, seed + 7);
        float[] expected = new float[tokens * matrix.Rows], actual = new float[tokens * matrix.Rows];
        new ReferenceLinear(matrix).Multiply(input, tokens, expected, Team.Two);
        LinearKernel.For(matrix, set).Multiply(input, tokens, actual, Team.Two);

        // The rounding of a sum of n terms below 1 in magnitude grows like sqrt(n) here; the weights of Matrices are below 1 too.
        Numbers.AssertClose(expected, actual, 2e-6 * Math.Sqrt(matrix.Columns + 16));
    }

    private static float[] Multiply(LinearKernel kernel, float[] input, int tokens, int threads)
    {
        Workers workers = threads == 1 ? Workers.Alone : Team.Three;
        var output = new float[tokens * kernel.Outputs];
        kernel.Multiply(input, tokens, output, workers);
        return output;
    }
}
