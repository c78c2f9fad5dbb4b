using CsCheck;
using DecoupleQ.Kernels.Elementwise;
using DecoupleQ.Kernels.Threads;
using DecoupleQ.Models.Plans;
using DecoupleQ.Tests.Kernels;

namespace DecoupleQ.Tests.Models;

/// <summary>Operations on rows: how rows are cut, and what else is run with them, changes no bit.</summary>
public sealed class RowOperationsTests
{
    private const int Width = 24, HeadSize = 8;

    private static readonly RotaryEmbedding Short = new(RotaryEmbedding.Frequencies(HeadSize, 100));
    private static readonly RotaryEmbedding Long = new(RotaryEmbedding.Frequencies(HeadSize, 7));

    [Fact]
    public void Rows_that_are_run_in_pieces_are_those_that_are_run_together()
    {
        (BlockPlan plan, BlockWeights weights) = EveryOperation();
        Assert.All(plan.Operations, operation => Assert.True(RowOperations.IsRowLocal(operation)));
        Gen.Select(Gen.Int[1, 40], Gen.UInt, Gen.Int[1, 7]).Sample(
            (rows, seed, step) =>
            {
                var together = new Values(plan, rows, seed);
                var pieces = new Values(plan, rows, seed);
                foreach (Operation operation in plan.Operations)
                {
                    RowOperations.Run(operation, weights, together, 0, rows);
                    for (int first = 0; first < rows; first += step)
                    {
                        RowOperations.Run(operation, weights, pieces, first, Math.Min(step, rows - first));
                    }
                    Assert.Equal(together.All(operation.Output), pieces.All(operation.Output));
                    Assert.Contains(together.All(operation.Output), y => y != 0);
                }
            },
            iter: 40);
    }

    [Fact]
    public void A_block_gives_the_same_on_any_number_of_threads()
    {
        (BlockPlan plan, BlockWeights weights) = EveryOperation();
        // So many that they are shared out.
        const int Tokens = 1000;
        float[] input = Numbers.Uniform<float>(Tokens * Width, 3);
        float[] expected = Run(threads: 1);
        Assert.Equal(expected, Run(threads: 2));
        Assert.Equal(expected, Run(threads: 3));

        float[] Run(int threads)
        {
            using var workers = new Workers(threads);
            var values = new BlockBuffers();
            input.CopyTo(values.Rows(plan.Input, Tokens), 0);
            new BlockRunner(plan, workers).Run(weights, values, Tokens);
            return values.Rows(plan.Output, Tokens)[..(Tokens * Width)];
        }
    }

    [Fact]
    public void Rotary_factors_are_chosen_by_the_length_that_a_sequence_was_given()
    {
        const int Rows = 10;
        Assert.Equal(Rotate(Long, length: Rows), Rotate(new ByLength(), length: Rows));
        Assert.Equal(Rotate(Short, length: 8), Rotate(new ByLength(), length: 8));
        Assert.NotEqual(Rotate(Short, length: Rows), Rotate(new ByLength(), length: Rows));

        static float[] Rotate(RotaryEmbedding rotary, int length)
        {
            var block = new BlockPlanBuilder(Width);
            BlockPlan plan = block.Build(block.Rotary(block.Input, HeadSize, rotary));
            var values = new Values(plan, Rows, seed: 5) { Length = length };
            RowOperations.Run(plan.Operations[0], new BlockWeights(plan), values, 0, Rows);
            return values.All(plan.Output);
        }
    }

    private static (BlockPlan Plan, BlockWeights Weights) EveryOperation()
    {
        var block = new BlockPlanBuilder(Width);
        PlanValue x = block.RmsNorm("whole", block.Input, 1e-5f, offset: 1);
        x = block.HeadRmsNorm("heads", x, HeadSize, 1e-5f);
        x = block.Rotary(x, HeadSize, new ByLength());
        PlanValue y = block.LayerNorm("layer", block.LayerNorm("plain", x, 1e-5f, bias: false), 1e-5f);
        PlanValue product = block.Multiply(block.Silu(x), block.GeluTanh(y));
        BlockPlan plan = block.Build(block.Add(product, block.Input));
        var weights = new BlockWeights(plan);
        foreach ((int i, Operation operation) in plan.Operations.Index())
        {
            weights.Set(operation, [.. operation.Vectors.Select((vector, slot) => Numbers.Uniform<float>(vector.Columns, (uint)((2 * i) + slot)))]);
        }
        return (plan, weights);
    }

    private sealed class ByLength() : RotaryEmbedding(Frequencies(HeadSize, 100))
    {
        public override RotaryEmbedding For(int length) => length > 8 ? Long : Short;
    }

    /// <summary>Rows of several sequences, each a few rows long; of other lengths unless one is given.</summary>
    private sealed class Values : IRowValues
    {
        private readonly float[][] _values;

        public int? Length { get; init; }

        public Values(BlockPlan plan, int rows, uint seed)
        {
            _values = [.. plan.Values.Select(value => new float[rows * value.Width])];
            _values[plan.Input.Index] = Numbers.Uniform<float>(rows * plan.Input.Width, seed);
        }

        public float[] All(PlanValue value) => _values[value.Index];

        public Span<float> Rows(PlanValue value, int first, int count) => _values[value.Index].AsSpan(first * value.Width, count * value.Width);

        public RowPlace Place(int row) => new(row % 5, Length ?? (row % 5 * 3));
    }
}
