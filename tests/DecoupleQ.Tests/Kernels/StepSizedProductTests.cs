using CsCheck;
using DecoupleQ.Kernels.Linear;
using DecoupleQ.Kernels.Simd;
using DecoupleQ.Kernels.Threads;
using DecoupleQ.Tensors;

namespace DecoupleQ.Tests.Kernels;

/// <summary>Products as large and as mixed as steps have them: a row's bits are those that it has alone.</summary>
[Trait("Machine", "instructions")]
public sealed class StepSizedProductTests
{
    private static readonly Gen<Func<InstructionSet, int, uint, SlabKernel>> Kernels = Gen.OneOf(
        Gen.OneOf(Gen.Const(2), Gen.Const(3), Gen.Const(4), Gen.Const(8)).SelectMany(bits => Matrices.Groupings(bits).Select(grouping =>
            Of((outputs, seed) => Matrices.Affine(outputs, grouping.Columns, bits, grouping.GroupSize, ElementType.F16, seed)))),
        SuperBlocks.Types.Select(type => Of((outputs, seed) => SuperBlocks.Random(type, outputs, 512, seed))),
        Gen.Enum<ElementType>().Select(type => Of((outputs, seed) => Matrices.Dense(outputs, 130, type, seed))));

    [Fact]
    public void A_row_of_a_prompt_does_not_depend_on_up_to_512_others()
    {
        Gen.Select(Kernels, Families.Sets, Gen.Int[1, 130], Gen.OneOf(Gen.Int[65, 512], Gen.Const(512)), Gen.UInt).Sample(
            (make, set, outputs, rows, seed) =>
            {
                SlabKernel kernel = make(set, outputs, seed);
                float[] input = Numbers.Uniform<float>(rows * kernel.Inputs, seed);
                float[] exact = new float[rows * outputs], rounded = new float[rows * outputs], alone = new float[outputs];
                kernel.Multiply(input, rows, exact, Team.Three);
                kernel.MultiplyPrompt(input, rows, rounded, Team.Three);
                foreach (int r in (int[])[0, 1, (int)(seed % (uint)rows), rows / 2, rows - 2, rows - 1])
                {
                    ReadOnlySpan<float> row = input.AsSpan(r * kernel.Inputs, kernel.Inputs);
                    kernel.Multiply(row, 1, alone, Workers.Alone);
                    Assert.Equal(alone, exact.AsSpan(r * outputs, outputs).ToArray());
                    kernel.MultiplyPrompt(row, 1, alone, Workers.Alone);
                    Assert.Equal(alone, rounded.AsSpan(r * outputs, outputs).ToArray());
                }
            },
            iter: 50);
    }

    [Fact]
    public void Exact_and_rounded_rows_of_one_product_are_as_each_is_alone()
    {
        Gen.Select(Kernels, Families.Sets, Gen.Int[1, 150], Gen.Bool.Array[2, 64], Gen.UInt).Sample(
            (make, set, outputs, exact, seed) =>
            {
                SlabKernel kernel = make(set, outputs, seed);
                float[] input = Numbers.Uniform<float>(exact.Length * kernel.Inputs, seed);
                float[] together = Decoding.Multiply(kernel, input, exact, Team.Three);
                for (int r = 0; r < exact.Length; r++)
                {
                    float[] row = input[(r * kernel.Inputs)..((r + 1) * kernel.Inputs)];
                    Assert.Equal(Decoding.Multiply(kernel, row, 1, Workers.Alone, exact[r]), together[(r * outputs)..((r + 1) * outputs)]);
                }
            },
            iter: 60);
    }

    private static Func<InstructionSet, int, uint, SlabKernel> Of(Func<int, uint, WeightMatrix> matrix) =>
        (set, outputs, seed) => LinearKernel.For(matrix(outputs, seed), set);
}
