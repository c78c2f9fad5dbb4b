using DecoupleQ.Kernels.Threads;
using DecoupleQ.Models.Plans;
using DecoupleQ.Quantization.Gradients;

namespace DecoupleQ.Quantization.Tests.Gradients;

/// <summary>Sequences that go through a block together do not see each other.</summary>
public sealed class SequencesTests
{
    private const int Tokens = 7, Sequences = 3;

    [Theory]
    [InlineData("llama")]
    [InlineData("window")]
    [InlineData("plain")]
    [InlineData("four norms")]
    public void Several_sequences_together_are_what_each_is_alone(string name)
    {
        BlockPlan plan = name switch
        {
            "plain" => Blocks.Plain(),
            "four norms" => Blocks.FourNorms(),
            _ => Blocks.Llama(window: name == "window" ? 3 : null),
        };
        var random = new Random(4);
        float[] inputs = Blocks.Uniform(random, Sequences * Tokens * 16), direction = Blocks.Uniform(random, inputs.Length);
        TrainableBlock together = Blocks.Random(plan, new Random(9)), alone = Blocks.Random(plan, new Random(9));
        (float[] outputs, float[] gradients) = Run(together, inputs, direction, Sequences);
        for (int sequence = 0; sequence < Sequences; sequence++)
        {
            Range rows = (sequence * Tokens * 16)..((sequence + 1) * Tokens * 16);
            (float[] own, float[] ownGradients) = Run(alone, inputs[rows], direction[rows], 1);
            Assert.Equal(own, outputs[rows]);
            Assert.Equal(ownGradients, gradients[rows]);
        }
        foreach ((LinearOperation linear, LinearOperation other) in plan.Linears.Zip(plan.Linears))
        {
            float[] expected = ((TrainedLinear)alone.Linear(other)).Scales.Gradient, actual = ((TrainedLinear)together.Linear(linear)).Scales.Gradient;
            float largest = expected.Max(Math.Abs);
            Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 1e-5f * largest));
        }
    }

    private static (float[] Outputs, float[] Gradients) Run(TrainableBlock block, float[] inputs, float[] direction, int sequences)
    {
        using var workers = new Workers(2);
        var values = new BlockBuffers();
        var gradients = new ValueGradients();
        inputs.CopyTo(values.Rows(block.Plan.Input, Tokens * sequences), 0);
        new BlockRunner(block.Plan, workers).Run(block.Weights, values, Tokens, sequences);
        float[] outputs = values.Rows(block.Plan.Output, Tokens * sequences)[..inputs.Length];
        gradients.Give(block.Plan.Output, [.. direction], Tokens * sequences);
        new BlockBackward(block, workers).Run(values, gradients, Tokens, sequences);
        return (outputs, gradients.Take(block.Plan.Input)![..inputs.Length]);
    }
}
