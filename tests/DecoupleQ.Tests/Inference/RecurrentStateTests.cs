using System.Numerics.Tensors;
using DecoupleQ.Inference.Engines;
using DecoupleQ.Inference.Programs;
using DecoupleQ.Inference.States;
using DecoupleQ.Kernels.Linear;
using DecoupleQ.Models.Plans;
using DecoupleQ.Tensors;
using DecoupleQ.Tests.Kernels;

namespace DecoupleQ.Tests.Inference;

/// <summary>A made-up recurrence: what the engine must do for a state that cannot be undone.</summary>
public sealed class RecurrentStateTests
{
    private const int Width = 16, Vocabulary = 32;

    [Fact]
    public void Pieces_forks_cuts_and_company_change_nothing()
    {
        (StepRunner runner, StateFactory factory) = Model();
        int[] ids = [.. Enumerable.Range(0, 300).Select(i => (i * 13) % Vocabulary)];
        using SequenceState whole = Begin(factory), pieces = Begin(factory);
        float[] expected = Append(runner, whole, ids);
        Append(runner, pieces, ids[..100]);
        using SequenceState fork = pieces.Fork();
        Assert.Equal(expected, Append(runner, pieces, ids[100..]));

        // Cut where no state is kept: it goes back to the end of a prompt, or to the start, and computes the rest again with the next ids.
        pieces.Truncate(150);
        Assert.Equal(100, pieces.Length);
        Assert.Equal(expected, Append(runner, pieces, ids[150..]));
        pieces.Truncate(50);
        Assert.Equal(0, pieces.Length);
        Assert.Equal(expected, Append(runner, pieces, ids[50..]));
        Assert.Equal(expected, Append(runner, fork, ids[100..]));
    }

    private static SequenceState Begin(StateFactory factory) => new(factory, KeyValueFormat.F32, 1000);

    private static float[] Append(StepRunner runner, SequenceState state, int[] ids)
    {
        var request = new StepRequest(state) { Output = StepOutput.LastLogits, Logits = new float[Vocabulary] };
        request.Prepare(state.Ids.Count);
        state.Ids.AddRange(ids);
        while (!request.Finished)
        {
            runner.Run([request], () => false);
        }
        Assert.Null(request.Failure);
        return [.. request.Logits];
    }

    private static (StepRunner Runner, StateFactory Factory) Model()
    {
        var block = new BlockPlanBuilder(Width);
        var sum = new RunningSum(block.Input, new PlanValue(1, Width));
        var plan = new ModelPlan
        {
            Architecture = "test",
            Width = Width,
            VocabularySize = Vocabulary,
            ContextLength = 1000,
            Blocks = [new BlockPlan(block.Input, sum.Output, [sum])],
            Final = new BlockPlan(block.Input, block.Input, []),
            HeadIsEmbedding = true,
        };
        DenseMatrix table = Matrices.Dense(Vocabulary, Width, ElementType.F32, 1);
        var weights = new ModelWeights(
            new TokenEmbedding(table, 1), [new BlockWeights(plan.Blocks[0])], new BlockWeights(plan.Final), LinearKernel.For(table));
        var factory = new StateFactory(plan, new KeyValueStore(null));
        return (new StepRunner(new ModelProgram(plan, weights), plan, Team.Two, StepLimits.Default), factory);
    }

    /// <summary><c>y[t] = x[t] + 0.9 y[t - 1]</c>.</summary>
    private sealed record RunningSum(PlanValue Input, PlanValue Output) : RecurrentOperation([Input], Output)
    {
        public override RecurrentMemory Begin() => new Memory(new float[Input.Width]);

        public override void Run(BlockWeights weights, RecurrentMemory memory, IRowValues values, int first, int count)
        {
            float[] sum = ((Memory)memory).Sum;
            for (int row = first; row < first + count; row++)
            {
                TensorPrimitives.Multiply(sum, 0.9f, sum);
                TensorPrimitives.Add(values.Rows(Input, row, 1), sum, sum);
                sum.CopyTo(values.Rows(Output, row, 1));
            }
        }

        private sealed class Memory(float[] sum) : RecurrentMemory
        {
            public float[] Sum => sum;

            public override long Bytes => sum.Length * sizeof(float);

            public override RecurrentMemory Copy() => new Memory([.. sum]);
        }
    }
}
