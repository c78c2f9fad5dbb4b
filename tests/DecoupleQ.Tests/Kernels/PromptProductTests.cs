using CsCheck;
using DecoupleQ.Kernels.Linear;
using DecoupleQ.Kernels.Products;
using DecoupleQ.Kernels.Simd;
using DecoupleQ.Kernels.Threads;
using DecoupleQ.Tensors;

namespace DecoupleQ.Tests.Kernels;

/// <summary>The products that running models use for prompts, whose inputs may be rounded.</summary>
[Trait("Machine", "instructions")]
public sealed class PromptProductTests
{
    private const double MostError = 1e-4;

    private static readonly Gen<ElementType> Types = Gen.Enum<ElementType>();

    public enum Inputs
    {
        Uniform,

        /// <summary>A few inputs are up to 1000 times as large as the others, as some channels of real models are.</summary>
        Outliers,

        /// <summary>Magnitudes over many powers of two.</summary>
        HeavyTailed,

        /// <summary>All positive and close together.</summary>
        Offset,

        /// <summary>One large positive and one large negative input in each run, and next to nothing beside them: the worst case of rounding.</summary>
        Pairs,
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(8)]
    public void The_error_against_float64_is_at_most_1e_4_of_the_outputs_rms_in_every_instruction_set(int bits)
    {
        Gen.Select(Gen.Int[40, 100], Matrices.Groupings(bits), Gen.Int[1, 20], Types, Families.Sets, Gen.Select(Gen.Enum<Inputs>(), Gen.UInt)).Sample(
            (outputs, grouping, rows, type, set, kind) =>
            {
                AffineMatrix matrix = Matrices.Affine(outputs, grouping.Columns, bits, grouping.GroupSize, type, kind.Item2);
                float[] input = Make(kind.Item1, rows, grouping.Columns, kind.Item2 + 1);
                float[] expected = new float[rows * outputs], actual = Multiply(LinearKernel.For(matrix, set), input, rows, Team.Three);
                new ReferenceLinear(matrix).Multiply(input, rows, expected, Team.Two);
                double error = RelativeError(expected, actual);
                Assert.True(error <= MostError, $"{kind.Item1} inputs: the error is {error:G3} of the outputs.");
            },
            iter: 120);
    }

    [Fact]
    public void The_bits_of_an_output_do_not_depend_on_the_other_rows_or_the_threads()
    {
        Gen<int> widths = Gen.OneOf(Gen.Const(2), Gen.Const(3), Gen.Const(4), Gen.Const(8), Gen.Const(16));
        Gen.Select(Gen.Int[1, 150], widths, Gen.Int[1, 64], Families.Sets, Types, Gen.UInt).Sample(
            (outputs, bits, rows, set, type, seed) =>
            {
                SlabKernel kernel = bits == 16
                    ? LinearKernel.For(Matrices.Dense(outputs, 96, type, seed), set)
                    : LinearKernel.For(Matrices.Affine(outputs, 1344, bits, 96, type, seed), set);
                float[] input = Make(Inputs.HeavyTailed, rows, kernel.Inputs, seed);
                float[] prompt = Multiply(kernel, input, rows, Team.Three);
                Assert.Equal(prompt, Multiply(kernel, input, rows, Workers.Alone));
                for (int r = 0; r < rows; r++)
                {
                    float[] alone = Multiply(kernel, input[(r * kernel.Inputs)..((r + 1) * kernel.Inputs)], 1, Workers.Alone);
                    Assert.Equal(alone, prompt[(r * outputs)..((r + 1) * outputs)]);
                }
            },
            iter: 40);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void A_row_with_a_number_that_is_not_finite_gives_such_numbers_and_leaves_the_other_rows_alone(float value)
    {
        Gen.Select(Gen.OneOf(Gen.Const(2), Gen.Const(3), Gen.Const(4), Gen.Const(8)), Families.Sets, Gen.Int[0, 255], Gen.UInt).Sample(
            (bits, set, at, seed) =>
            {
                const int Outputs = 70, Columns = 256, Rows = 8, Spoilt = 3;
                SlabKernel kernel = LinearKernel.For(Matrices.Affine(Outputs, Columns, bits, 64, ElementType.F16, seed), set);
                float[] input = Numbers.Uniform<float>(Rows * Columns, seed);
                float[] clean = Multiply(kernel, input, Rows, Workers.Alone);
                input[(Spoilt * Columns) + at] = value;
                float[] actual = Multiply(kernel, input, Rows, Workers.Alone);
                for (int r = 0; r < Rows; r++)
                {
                    float[] row = actual[(r * Outputs)..((r + 1) * Outputs)];
                    if (r == Spoilt)
                    {
                        Assert.DoesNotContain(row, float.IsFinite);
                    }
                    else
                    {
                        Assert.Equal(clean[(r * Outputs)..((r + 1) * Outputs)], row);
                    }
                }
            },
            iter: 30);
    }

    [Fact]
    public void Rows_of_zeros_of_equal_numbers_and_of_the_smallest_and_largest_numbers_give_no_nonsense()
    {
        foreach (InstructionSet set in Families.Available)
        {
            AffineMatrix matrix = Matrices.Affine(64, 128, 2, 64, ElementType.F16, 1);
            SlabKernel kernel = LinearKernel.For(matrix, set);
            Assert.All(Multiply(kernel, new float[128], 1, Workers.Alone), y => Assert.Equal(0, y));
            foreach (float value in new[] { 1f, -3e7f, 1e-30f, -1e-36f, 1e-44f, 1e34f })
            {
                float[] input = new float[128], expected = new float[64];
                input.AsSpan().Fill(value);
                input[5] = -value;
                new ReferenceLinear(matrix).Multiply(input, 1, expected, Workers.Alone);
                float[] actual = Multiply(kernel, input, 1, Workers.Alone);

                // Below the smallest normal number there are fewer digits.
                double tolerance = (MostError * Math.Sqrt(expected.Sum(e => (double)e * e) / 64)) + (128 * 1.2e-38);
                Assert.All(actual.Zip(expected), pair => Assert.InRange(pair.First, pair.Second - (4 * tolerance), pair.Second + (4 * tolerance)));
            }
            float[] large = Numbers.Uniform<float>(128, 3);
            for (int i = 0; i < large.Length; i++)
            {
                large[i] *= float.MaxValue;
            }
            float[] exact = new float[64], product = Multiply(kernel, large, 1, Workers.Alone);
            new ReferenceLinear(matrix).Multiply(large, 1, exact, Workers.Alone);
            Assert.All(product.Zip(exact), pair => Assert.True(!float.IsFinite(pair.First) || Math.Abs(pair.First - pair.Second) <= 0.01 * float.MaxValue));
        }
    }

    [Fact]
    public void Both_ways_of_adding_integers_give_the_same_bits()
    {
        Gen.Select(Gen.Int[1, 64], Gen.UInt).Sample(
            (terms, seed) =>
            {
                var random = new Random((int)seed);
                float integers = 0, subnormals = 0;
                long expected = 0;
                for (int i = 0; i < terms; i++)
                {
                    int x0 = random.Next(32768), x1 = random.Next(32768), q0 = random.Next(4), q1 = random.Next(4);
                    float x = BitConverter.Int32BitsToSingle(x0 | (x1 << 16)), q = BitConverter.Int32BitsToSingle(q0 | (q1 << 16));
                    integers = IntegerSum.MultiplyAdd<SingleLanes1, float>(x, q, integers);
                    subnormals = SubnormalSum.MultiplyAdd<SingleLanes1, float>(x, q, subnormals);
                    expected += (x0 * q0) + (x1 * q1);
                }
                Assert.Equal(expected, BitConverter.SingleToInt32Bits(integers));
                Assert.Equal(expected, BitConverter.SingleToInt32Bits(subnormals));
            });
    }

    [Fact]
    public void Spans_that_are_too_short_are_refused()
    {
        SlabKernel kernel = LinearKernel.For(Matrices.Affine(8, 64, 2, 64, ElementType.F16, 1));
        Assert.Throws<ArgumentException>(() => kernel.MultiplyPrompt(new float[63], 1, new float[8], Workers.Alone));
        Assert.Throws<ArgumentException>(() => kernel.MultiplyPrompt(new float[128], 2, new float[15], Workers.Alone));
    }

    private static float[] Multiply(SlabKernel kernel, float[] input, int rows, Workers workers)
    {
        var output = new float[rows * kernel.Outputs];
        kernel.MultiplyPrompt(input, rows, output, workers);
        return output;
    }

    private static float[] Make(Inputs kind, int rows, int columns, uint seed)
    {
        float[] values = Numbers.Uniform<float>(rows * columns, seed);
        var random = new Random((int)seed);
        int[] channels = [.. Enumerable.Range(0, 1 + (columns / 100)).Select(_ => random.Next(columns))];
        for (int i = 0; i < values.Length; i++)
        {
            int column = i % columns;
            values[i] = kind switch
            {
                Inputs.Outliers when channels.Contains(column) => values[i] * 1000,
                Inputs.HeavyTailed => values[i] * MathF.Pow(2, random.Next(-12, 12)),
                Inputs.Offset => 5 + (values[i] / 10),
                Inputs.Pairs => column % 64 == 7 ? 1 : column % 64 == 8 ? -1 : values[i] * 1e-4f,
                _ => values[i],
            };
        }
        return values;
    }

    private static double RelativeError(float[] expected, float[] actual)
    {
        double error = 0, size = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            error += Math.Pow((double)expected[i] - actual[i], 2);
            size += Math.Pow(expected[i], 2);
        }
        return Math.Sqrt(error / size);
    }
}
