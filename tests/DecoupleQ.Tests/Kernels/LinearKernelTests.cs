using CsCheck;
using DecoupleQ.Kernels.Linear;
using DecoupleQ.Kernels.Simd;
using DecoupleQ.Kernels.Threads;
using DecoupleQ.Tensors;

namespace DecoupleQ.Tests.Kernels;

[Trait("Machine", "instructions")]
public sealed class LinearKernelTests
{
    private static readonly Gen<ElementType> Types = Gen.Enum<ElementType>();

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
            (rows, grouping, tokens, type, set, seed) =>
                Check(Matrices.Affine(rows, grouping.Columns, bits, grouping.GroupSize, type, seed), tokens, set, seed),
            iter: 150);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(8)]
    public void A_quantized_matrix_gives_its_rows_back_in_every_instruction_set(int bits)
    {
        Gen.Select(Gen.Int[1, 700], Matrices.Groupings(bits), Types, Families.Sets, Gen.UInt).Sample(
            (rows, grouping, type, set, seed) =>
            {
                AffineMatrix matrix = Matrices.Affine(rows, grouping.Columns, bits, grouping.GroupSize, type, seed);
                SlabKernel kernel = LinearKernel.For(matrix, set);
                float[] expected = new float[matrix.Columns], actual = new float[matrix.Columns];
                for (int row = 0; row < rows; row += 13)
                {
                    matrix.DequantizeRows(row, 1, expected);
                    kernel.DequantizeRow(row, actual);
                    Assert.Equal(expected, actual);
                }
            },
            iter: 30);
    }

    [Fact]
    public void The_bits_of_an_output_do_not_depend_on_the_number_of_threads()
    {
        Gen.Select(Gen.Int[1, 300], Gen.OneOf(Gen.Const(1), Gen.Const(33)), Gen.UInt).Sample(
            (rows, tokens, seed) =>
            {
                SlabKernel[] kernels =
                [
                    LinearKernel.For(Matrices.Affine(rows, 1024, 2, 64, ElementType.F16, seed)),
                    LinearKernel.For(Matrices.Affine(rows, 1024, 3, 1024, ElementType.F32, seed)),
                    LinearKernel.For(Matrices.Dense(rows, 1024, ElementType.BF16, seed)),
                ];
                float[] input = Numbers.Uniform<float>(tokens * 1024, seed);
                foreach (SlabKernel kernel in kernels)
                {
                    Assert.Equal(Multiply(kernel, input, tokens, 1), Multiply(kernel, input, tokens, 3));
                    Assert.Equal(Decoding.Multiply(kernel, input, tokens, Workers.Alone), Decoding.Multiply(kernel, input, tokens, Team.Three));
                }
            },
            iter: 10);
    }

    [Fact]
    public void The_bits_of_an_output_do_not_depend_on_the_other_rows()
    {
        Gen.Select(
            Gen.Int[1, 150], Gen.OneOf(Gen.Const(2), Gen.Const(3), Gen.Const(4), Gen.Const(8), Gen.Const(16)),
            Gen.Int[1, 64], Families.Sets, Types, Gen.UInt).Sample(
            (outputs, bits, rows, set, type, seed) =>
            {
                SlabKernel kernel = bits == 16
                    ? LinearKernel.For(Matrices.Dense(outputs, 96, type, seed), set)
                    : LinearKernel.For(Matrices.Affine(outputs, 192, bits, 32, type, seed), set);
                float[] input = Numbers.Uniform<float>(rows * kernel.Inputs, seed);
                float[] prompt = Multiply(kernel, input, rows, 3), decoded = Decoding.Multiply(kernel, input, rows, Team.Three);
                for (int r = 0; r < rows; r++)
                {
                    float[] row = input[(r * kernel.Inputs)..((r + 1) * kernel.Inputs)];
                    Assert.Equal(Multiply(kernel, row, 1, 1), prompt[(r * outputs)..((r + 1) * outputs)]);
                    Assert.Equal(Decoding.Multiply(kernel, row, 1, Workers.Alone), decoded[(r * outputs)..((r + 1) * outputs)]);
                }
            },
            iter: 60);
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
        SlabKernel kernel = LinearKernel.For(matrix, set);
        kernel.Multiply(input, tokens, actual, Team.Two);

        // The rounding of a sum of n terms below 1 in magnitude grows like sqrt(n) here; the weights of Matrices are below 1 too.
        double tolerance = 4e-6 * Math.Sqrt(matrix.Columns + 16);
        Numbers.AssertClose(expected, actual, tolerance);
        if (tokens > 0)
        {
            float[] decoded = Decoding.Multiply(kernel, input, tokens, Team.Two);
            if (kernel.Form is WordTableInput or PairInput)
            {
                CheckRounded(matrix, input, tokens, expected, decoded);
            }
            else
            {
                Numbers.AssertClose(expected, decoded, tolerance);
            }
        }
    }

    /// <summary>Look-ups of 16 bits and products of pairs round: no output by more than five times what is expected of a row at most.</summary>
    private static void CheckRounded(WeightMatrix matrix, float[] input, int tokens, float[] expected, float[] actual)
    {
        float[] weights = new float[(long)matrix.Rows * matrix.Columns];
        matrix.DequantizeRows(0, matrix.Rows, weights);
        double weight = Math.Sqrt(weights.Average(w => (double)w * w));
        for (int t = 0; t < tokens; t++)
        {
            double norm = Math.Sqrt(input.AsSpan(t * matrix.Columns, matrix.Columns).ToArray().Sum(x => (double)x * x));
            for (int i = t * matrix.Rows; i < (t + 1) * matrix.Rows; i++)
            {
                Assert.InRange(Math.Abs(expected[i] - actual[i]), 0, 5 * WordTableInput.MostError * norm * weight);
            }
        }
    }

    private static float[] Multiply(LinearKernel kernel, float[] input, int tokens, int threads)
    {
        Workers workers = threads == 1 ? Workers.Alone : Team.Three;
        var output = new float[tokens * kernel.Outputs];
        kernel.Multiply(input, tokens, output, workers);
        return output;
    }
}
