using DecoupleQ.Kernels;
using DecoupleQ.Models;
using DecoupleQ.Quantization.Gradients;

namespace DecoupleQ.Quantization.Tests.Gradients;

/// <summary>Gradients of weights and inputs against finite differences of the float64 oracle, operation by operation and for whole blocks.</summary>
public sealed class BlockBackwardTests
{
    public static TheoryData<string> OneOperation =>
    [
        "linear", "linear with bias", "linear in groups", "frozen linear", "norm", "norm of each head", "layer norm", "layer norm without bias", "rotary",
        "silu", "gelu", "multiply", "multiply by itself", "add", "add to itself", "attention",
    ];

    public static TheoryData<string> WholeBlocks =>
        ["llama", "groups", "biases", "head norms", "window", "partly dense", "layer norms and plain feed-forward", "four norms"];

    [Theory]
    [MemberData(nameof(OneOperation))]
    public void The_gradient_of_an_operation_equals_finite_differences(string name)
    {
        var block = new BlockPlanBuilder(16);
        PlanValue x = block.Input;
        PlanValue output = name switch
        {
            "linear" or "linear in groups" => block.Linear("l", x, 5),
            "linear with bias" => block.Linear("l", x, 5, bias: true),
            "frozen linear" => block.Linear("frozen", x, 5),
            "norm" => block.RmsNorm("n", x, 1e-5f),
            "norm of each head" => block.HeadRmsNorm("n", x, 4, 1e-5f),
            "layer norm" => block.LayerNorm("n", x, 1e-5f),
            "layer norm without bias" => block.LayerNorm("n", x, 1e-5f, bias: false),
            "rotary" => block.Rotary(x, Blocks.HeadSize, Blocks.Rotary),
            "silu" => block.Silu(x),
            "gelu" => block.GeluTanh(x),
            "multiply" => block.Multiply(x, block.Silu(x)),
            "multiply by itself" => block.Multiply(x, x),
            "add" => block.Add(block.Silu(x), x),
            "add to itself" => block.Add(x, x),
            "attention" => block.Attention(x, x, x, Blocks.HeadSize),
            _ => throw new ArgumentException(name),
        };
        Check(block.Build(output), groupSize: name == "linear in groups" ? 4 : 16, frozen: "frozen");
    }

    [Theory]
    [MemberData(nameof(WholeBlocks))]
    public void The_gradient_of_a_block_equals_finite_differences(string name) => Check(
        name switch
        {
            "layer norms and plain feed-forward" => Blocks.Plain(),
            "four norms" => Blocks.FourNorms(),
            _ => Blocks.Llama(headNorms: name == "head norms", biases: name == "biases", window: name == "window" ? 3 : null),
        },
        groupSize: name == "groups" ? 8 : -1,
        frozen: name == "partly dense" ? "up" : "");

    [Fact]
    public void A_value_that_nothing_reads_has_no_gradient()
    {
        var builder = new BlockPlanBuilder(8);
        PlanValue unread = builder.Linear("unread", builder.Input, 8);
        _ = builder.Silu(unread);
        BlockPlan plan = builder.Build(builder.Linear("read", builder.Input, 8));
        TrainableBlock block = Blocks.Random(plan, new Random(1));
        RunBoth(block, new Random(2), tokens: 3, out _, out _);
        LinearOperation[] linears = [.. plan.Linears];
        Assert.All(((TrainedLinear)block.Linear(linears[0])).Scales.Gradient, g => Assert.Equal(0, g));
        Assert.Contains(((TrainedLinear)block.Linear(linears[1])).Scales.Gradient, g => g != 0);
    }

    private static void Check(BlockPlan plan, int groupSize, string frozen)
    {
        var random = new Random(7);
        TrainableBlock block = Blocks.Random(plan, random, groupSize, frozen);
        const int Tokens = 7;
        float[] input = RunBoth(block, random, Tokens, out float[] direction, out float[] inputGradient);

        var oracle = new DoubleBlock(block, Blocks.Frequencies);
        double[] x = [.. input.Select(v => (double)v)];
        double Loss() => oracle.Forward(x).Zip(direction, (y, d) => y * d).Sum();
        FiniteDifferences.AssertGradient("input", inputGradient, x, Loss);
        int number = 0;
        foreach ((TrainedTensor tensor, double[] copy) in oracle.Copies)
        {
            FiniteDifferences.AssertGradient($"tensor {number++} of {oracle.Copies.Count}", tensor.Gradient, copy, Loss);
        }
    }

    /// <summary>Forward, and backward from a random gradient of the output. Returns the input.</summary>
    private static float[] RunBoth(TrainableBlock block, Random random, int tokens, out float[] direction, out float[] inputGradient)
    {
        using var workers = new Workers(2);
        BlockPlan plan = block.Plan;
        var values = new BlockBuffers();
        var gradients = new ValueGradients();
        float[] input = Blocks.Uniform(random, tokens * plan.Input.Width);
        input.CopyTo(values.Rows(plan.Input, tokens), 0);
        new BlockRunner(plan, workers).Run(block.Weights, values, tokens);
        direction = Blocks.Uniform(random, tokens * plan.Output.Width);
        gradients.Give(plan.Output, [.. direction], tokens);
        new BlockBackward(block, workers).Run(values, gradients, tokens);
        inputGradient = gradients.Take(plan.Input) ?? [];
        return input;
    }
}
