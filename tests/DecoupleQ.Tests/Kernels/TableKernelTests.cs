using CsCheck;
using DecoupleQ.Kernels.Linear;
using DecoupleQ.Kernels.Simd;
using DecoupleQ.Tensors;

namespace DecoupleQ.Tests.Kernels;

/// <summary>Decoding, which rounds inputs, or sums of them that it looks up, in a way of its own in each instruction set.</summary>
[Trait("Machine", "instructions")]
public sealed class TableKernelTests
{
    private const int Inputs = 1024;
    private const int Outputs = 200;

    [Fact]
    public void It_is_about_as_exact_as_sums_in_float32_or_if_not_asked_to_exact_to_1e_4_whatever_the_inputs_magnitudes()
    {
        Gen<int> widths = Gen.OneOf(Gen.Const(2), Gen.Const(2), Gen.Const(3), Gen.Const(4), Gen.Const(8));
        Gen.Select(Families.Sets, widths, Gen.OneOf(Gen.Const(16), Gen.Const(64), Gen.Const(Inputs)), Gen.Int[-20, 20], Gen.Int[0, 8], Gen.UInt).Sample(
            (set, bits, groupSize, exponent, outliers, seed) =>
            {
                AffineMatrix matrix = Matrices.Affine(Outputs, Inputs, bits, groupSize, ElementType.F16, seed);
                float[] input = Scaled(Numbers.Uniform<float>(Inputs, seed + 1), MathF.Pow(10, exponent));
                for (int i = 0; i < outliers; i++)
                {
                    input[new Random((int)seed + i).Next(Inputs)] *= 100;
                }
                float[] expected = new float[Outputs];
                new ReferenceLinear(matrix).Multiply(input, 1, expected, Team.Two);
                SlabKernel kernel = LinearKernel.For(matrix, set);
                float[] actual = Decoding.Multiply(kernel, input, 1, Team.Two, exact: true), rounded = Decoding.Multiply(kernel, input, 1, Team.Two);

                // Beside an input a hundred times as large, bytes of 24-bit sums are some times less exact than float32; so is one sum after the other without
                // vectors.
                double size = RootMeanSquare(expected.Select(e => (double)e));
                double error = RootMeanSquare(actual.Zip(expected, (a, e) => (double)a - e));
                Assert.InRange(error / size, 0, outliers > 0 || set == InstructionSet.Scalar ? 8e-6 : 3e-6);
                Assert.InRange(RootMeanSquare(rounded.Zip(expected, (a, e) => (double)a - e)) / size, 0, 1e-4);
            },
            iter: 150);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void An_input_that_is_not_finite_makes_outputs_that_are_not(float value)
    {
        Gen.Select(Families.Sets, Gen.OneOf(Gen.Const(2), Gen.Const(4), Gen.Const(8)), Gen.Int[0, Inputs - 1], Gen.UInt).Sample(
            (set, bits, at, seed) =>
            {
                float[] input = Numbers.Uniform<float>(Inputs, seed);
                input[at] = value;
                SlabKernel kernel = LinearKernel.For(Matrices.Affine(Outputs, Inputs, bits, 64, ElementType.F16, seed), set);
                Assert.DoesNotContain(Decoding.Multiply(kernel, input, 1, Team.Two), float.IsFinite);
            },
            iter: 60);
    }

    [Fact]
    public void Inputs_next_to_nothing_give_next_to_nothing()
    {
        foreach ((InstructionSet set, int bits) in Families.Available.SelectMany(set => new[] { 2, 4, 8 }, (set, bits) => (set, bits)))
        {
            SlabKernel kernel = LinearKernel.For(Matrices.Affine(Outputs, Inputs, bits, 64, ElementType.F16, 1), set);
            foreach (float scale in new[] { 0, 1e-44f, 1e-36f, 1e-30f })
            {
                float[] outputs = Decoding.Multiply(kernel, Scaled(Numbers.Uniform<float>(Inputs, 1), scale), 1, Team.Two);
                Assert.All(outputs, y => Assert.InRange(MathF.Abs(y), 0, 1e-26f));
            }
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(8)]
    public void Weights_that_read_the_same_inputs_share_what_is_made_of_them(int bits)
    {
        foreach (InstructionSet set in Families.Available)
        {
            InputForm form = LinearKernel.For(Matrices.Affine(Outputs, Inputs, bits, 64, ElementType.F16, 1), set).Form;
            Assert.Equal(form, LinearKernel.For(Matrices.Affine(64, Inputs, bits, 64, ElementType.BF16, 2), set).Form);
            Assert.NotEqual(form, LinearKernel.For(Matrices.Affine(64, Inputs, bits, 128, ElementType.BF16, 2), set).Form);
        }
    }

    [Fact]
    public void So_do_super_blocks()
    {
        foreach (InstructionSet set in Families.Available)
        {
            InputForm Form(SuperBlockType type, uint seed) => LinearKernel.For(SuperBlocks.Random(type, 64, 512, seed), set).Form;

            Assert.All(Enum.GetValues<SuperBlockType>(), type => Assert.Equal(Form(type, 1), Form(type, 2)));
        }
    }

    private static float[] Scaled(float[] values, float scale) => [.. values.Select(v => v * scale)];

    private static double RootMeanSquare(IEnumerable<double> values) => Math.Sqrt(values.Average(v => v * v));
}
