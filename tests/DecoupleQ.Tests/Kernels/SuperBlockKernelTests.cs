using CsCheck;
using DecoupleQ.Kernels.Linear;
using DecoupleQ.Kernels.Simd;
using DecoupleQ.Kernels.Threads;
using DecoupleQ.Tensors;

namespace DecoupleQ.Tests.Kernels;

/// <summary>K-quants in the kernels' layout, against dequantized rows summed in float64.</summary>
[Trait("Machine", "instructions")]
public sealed class SuperBlockKernelTests
{
    private static readonly Gen<int> Columns = Gen.Int[1, 5].Select(blocks => blocks * SuperBlockMatrix.BlockLength);

    [Fact]
    public void Every_type_equals_the_oracle_in_every_instruction_set()
    {
        Gen.Select(SuperBlocks.Types, Gen.Int[1, 150], Columns, Gen.OneOf(Gen.Int[1, 9], Gen.Int[10, 40]), Families.Sets, Gen.UInt).Sample(
            (type, rows, columns, tokens, set, seed) =>
            {
                SuperBlockMatrix matrix = SuperBlocks.Random(type, rows, columns, seed);
                Check(matrix, LinearKernel.For(matrix, set), Numbers.Uniform<float>(tokens * columns, seed + 7), tokens);
            },
            iter: 150);
    }

    [Fact]
    public void The_largest_codes_scales_and_inputs_do_not_overflow()
    {
        foreach (SuperBlockType type in Enum.GetValues<SuperBlockType>())
        {
            foreach (InstructionSet set in Families.Available)
            {
                foreach (bool bit in (bool[])[false, true])
                {
                    SuperBlockMatrix matrix = SuperBlocks.Filled(type, 64, 512, bit);
                    float[] inputs = [.. Enumerable.Repeat(1f, 512), .. Enumerable.Repeat(-1f, 512), .. Enumerable.Repeat(-0.9961f, 511), 1];
                    Check(matrix, LinearKernel.For(matrix, set), inputs, 3);
                }
            }
        }
    }

    [Fact]
    public void The_layout_has_the_bytes_of_the_file_and_gives_its_rows_back()
    {
        Gen.Select(SuperBlocks.Types, Gen.Int[1, 3], Columns, Families.Sets, Gen.UInt).Sample(
            (type, slabs, columns, set, seed) =>
            {
                SuperBlockMatrix matrix = SuperBlocks.Random(type, slabs * SlabKernel.SlabRows, columns, seed);
                SlabKernel kernel = LinearKernel.For(matrix, set);
                Assert.Equal(matrix.StoredBits / 8, kernel.Bytes);
                float[] expected = new float[columns], actual = new float[columns];
                for (int row = 0; row < matrix.Rows; row += 7)
                {
                    matrix.DequantizeRows(row, 1, expected);
                    kernel.DequantizeRow(row, actual);
                    Assert.Equal(expected, actual);
                }
            },
            iter: 20);
    }

    [Fact]
    public void The_bits_of_an_output_depend_neither_on_the_other_rows_nor_on_the_threads()
    {
        Gen.Select(SuperBlocks.Types, Gen.Int[1, 150], Gen.Int[1, 20], Families.Sets, Gen.UInt).Sample(
            (type, outputs, rows, set, seed) =>
            {
                SlabKernel kernel = LinearKernel.For(SuperBlocks.Random(type, outputs, 512, seed), set);
                float[] input = Numbers.Uniform<float>(rows * 512, seed);
                float[] prompt = new float[rows * outputs], rounded = new float[rows * outputs];
                float[] decoded = Decoding.Multiply(kernel, input, rows, Team.Three), alone = new float[outputs];
                kernel.Multiply(input, rows, prompt, Team.Three);
                kernel.MultiplyPrompt(input, rows, rounded, Team.Three);
                for (int r = 0; r < rows; r++)
                {
                    float[] row = input[(r * 512)..((r + 1) * 512)];
                    Assert.Equal(Decoding.Multiply(kernel, row, 1, Workers.Alone), decoded[(r * outputs)..((r + 1) * outputs)]);
                    kernel.Multiply(row, 1, alone, Workers.Alone);
                    Assert.Equal(alone, prompt[(r * outputs)..((r + 1) * outputs)]);
                    kernel.MultiplyPrompt(row, 1, alone, Workers.Alone);
                    Assert.Equal(alone, rounded[(r * outputs)..((r + 1) * outputs)]);
                }
            },
            iter: 40);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void An_input_that_is_not_finite_does_not_become_another_number(float input)
    {
        float[] x = Numbers.Uniform<float>(512, 1);
        x[300] = input;
        foreach (InstructionSet set in Families.Available)
        {
            foreach (SuperBlockType type in Enum.GetValues<SuperBlockType>())
            {
                float[] y = Decoding.Multiply(LinearKernel.For(SuperBlocks.Random(type, 64, 512, 1), set), x, 1, Workers.Alone);
                Assert.All(y, output => Assert.False(float.IsFinite(output)));
            }
        }
    }

    [Fact]
    public void Rounding_of_inputs_errs_by_less_than_a_ten_thousandth()
    {
        Gen.Select(SuperBlocks.Types, Families.Sets, Gen.UInt).Sample(
            (type, set, seed) =>
            {
                const int Columns = 2048, Rows = 64, Tokens = 3;
                SuperBlockMatrix matrix = SuperBlocks.Random(type, Rows, Columns, seed);
                SlabKernel kernel = LinearKernel.For(matrix, set);
                float[] x = Numbers.Uniform<float>(Tokens * Columns, seed), expected = new float[Tokens * Rows], prompt = new float[Tokens * Rows];
                new ReferenceLinear(matrix).Multiply(x, Tokens, expected, Team.Two);
                kernel.MultiplyPrompt(x, Tokens, prompt, Team.Two);
                Assert.InRange(RelativeError(expected, prompt), 0, 1e-4);
                Assert.InRange(RelativeError(expected, Decoding.Multiply(kernel, x, Tokens, Team.Two)), 0, 1e-4);
            },
            iter: 20);
    }

    [Fact]
    public void Look_ups_are_about_as_exact_as_sums_in_float32_where_that_is_asked_and_to_1e_4_elsewhere_whatever_the_inputs_magnitudes()
    {
        if (!Families.Available.Contains(InstructionSet.Avx512))
        {
            return;
        }
        Gen.Select(SuperBlocks.Types, Gen.Int[-15, 15], Gen.Int[0, 8], Gen.UInt).Sample(
            (type, exponent, outliers, seed) =>
            {
                const int Columns = 1024, Rows = 200;
                SuperBlockMatrix matrix = SuperBlocks.Random(type, Rows, Columns, seed);
                SlabKernel kernel = LinearKernel.For(matrix, InstructionSet.Avx512);
                float[] x = [.. Numbers.Uniform<float>(Columns, seed).Select(v => v * MathF.Pow(10, exponent))];
                for (int i = 0; i < outliers; i++)
                {
                    x[new Random((int)seed + i).Next(Columns)] *= 100;
                }
                float[] expected = new float[Rows];
                new ReferenceLinear(matrix).Multiply(x, 1, expected, Team.Two);
                Assert.InRange(RelativeError(expected, Decoding.Multiply(kernel, x, 1, Team.Two)), 0, 1e-4);
                Assert.InRange(RelativeError(expected, Decoding.Multiply(kernel, x, 1, Team.Two, exact: true)), 0, 3e-6);
            },
            iter: 100);
    }

    [Fact]
    public void Inputs_of_zero_give_zero()
    {
        foreach (InstructionSet set in Families.Available)
        {
            float[] y = Decoding.Multiply(LinearKernel.For(SuperBlocks.Random(SuperBlockType.Q6_K, 64, 256, 1), set), new float[256], 1, Workers.Alone);
            Assert.All(y, output => Assert.Equal(0, output));
        }
    }

    private static double RelativeError(float[] expected, float[] actual) =>
        Math.Sqrt(expected.Zip(actual, (e, a) => Math.Pow((double)e - a, 2)).Sum() / expected.Sum(e => (double)e * e));

    private static void Check(SuperBlockMatrix matrix, SlabKernel kernel, float[] input, int tokens)
    {
        float[] expected = new float[tokens * matrix.Rows], actual = new float[tokens * matrix.Rows];
        new ReferenceLinear(matrix).Multiply(input, tokens, expected, Team.Two);
        kernel.Multiply(input, tokens, actual, Team.Two);

        // Rounding inputs to 16 bits errs by at most 2^-16 each; weights are about 1, and errors add up like a random walk.
        double tolerance = 4 * Math.Pow(2, -16) * Math.Sqrt(matrix.Columns);
        Numbers.AssertClose(expected, actual, tolerance);
        Numbers.AssertClose(expected, Decoding.Multiply(kernel, input, tokens, Team.Two), tolerance);
        kernel.MultiplyPrompt(input, tokens, actual, Team.Two);
        Numbers.AssertClose(expected, actual, tolerance);
    }
}
