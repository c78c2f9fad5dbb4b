using System.Text.Json.Nodes;
using DecoupleQ.Checkpoints;
using DecoupleQ.Models.Architectures;
using DecoupleQ.Models.Plans;
using DecoupleQ.Storage;

namespace DecoupleQ.Tests.Models;

public sealed class BlockStageTests
{
    [Theory]
    [InlineData("llama")]
    [InlineData("qwen3")]
    public void Layers_with_the_same_input_are_solved_together_in_the_order_of_the_published_code(string family)
    {
        string[][] layers = [.. BlockStage.Of(Plan(family)).Select(stage => stage.Layers.Select(l => l.Module).ToArray())];
        Assert.Equal(4, layers.Length);
        Assert.Equal(["self_attn.k_proj", "self_attn.v_proj", "self_attn.q_proj"], layers[0]);
        Assert.Equal(["self_attn.o_proj"], layers[1]);
        Assert.Equal(["mlp.up_proj", "mlp.gate_proj"], layers[2]);
        Assert.Equal(["mlp.down_proj"], layers[3]);
    }

    [Fact]
    public void A_stage_runs_all_that_its_input_depends_on_and_only_layers_of_earlier_stages()
    {
        BlockPlan plan = Plan("llama");
        var solved = new HashSet<LinearOperation>();
        foreach (BlockStage stage in BlockStage.Of(plan))
        {
            var made = new HashSet<PlanValue> { plan.Input };
            foreach (Operation operation in plan.Operations.AsSpan()[stage.Operations])
            {
                Assert.All(operation.Inputs, value => Assert.Contains(value, made));
                Assert.True(operation is not LinearOperation linear || solved.Contains(linear));
                made.Add(operation.Output);
            }
            Assert.Contains(stage.LayerInput, made);
            Assert.All(stage.Layers, layer => Assert.Equal(stage.LayerInput, layer.Input));
            solved.UnionWith(stage.Layers);
        }
        Assert.Equal(plan.Linears.ToHashSet(), solved);
    }

    private static BlockPlan Plan(string family) => Architecture.Plan(new JsonSection("config.json", new JsonObject
    {
        ["model_type"] = family,
        ["hidden_size"] = 64,
        ["intermediate_size"] = 96,
        ["num_hidden_layers"] = 1,
        ["num_attention_heads"] = 4,
        ["num_key_value_heads"] = 2,
        ["vocab_size"] = 100,
    })).Blocks[0];
}
