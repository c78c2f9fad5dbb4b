using DecoupleQ.Models.Plans;
using DecoupleQ.Storage;

namespace DecoupleQ.Models.Architectures;

/// <summary>
/// OLMo 2 (arXiv 2501.00656): norms after the attention and the feed-forward rather than before, and over the whole of the queries and the keys.
/// </summary>
internal static class Olmo2
{
    /// <summary>The keys of its config.</summary>
    public static KeyTable Keys { get; } = DecoderKeys.Common.With("olmo2", KnownKey.Honoured("attention_bias", "layer_types"));

    public static ModelPlan Plan(JsonSection source)
    {
        DecoderConfig config = DecoderConfig.Parse(source, new() { NormEpsilon = 1e-5 });
        config.CheckLayersAre(sliding: false);
        BlockPlan block = Block(config, config.Rotary(), source.Flag("attention_bias") ?? false);
        return config.Model("olmo2", _ => block);
    }

    private static BlockPlan Block(DecoderConfig config, RotaryEmbedding rotary, bool bias)
    {
        int queryWidth = config.Heads * config.HeadSize, keyWidth = config.KeyValueHeads * config.HeadSize;
        var block = new BlockPlanBuilder(config.Width);

        PlanValue k = block.Linear("self_attn.k_proj", block.Input, keyWidth, bias);
        PlanValue v = block.Linear("self_attn.v_proj", block.Input, keyWidth, bias);
        PlanValue q = block.Linear("self_attn.q_proj", block.Input, queryWidth, bias);
        k = block.Rotary(block.RmsNorm("self_attn.k_norm", k, config.NormEpsilon), config.HeadSize, rotary);
        q = block.Rotary(block.RmsNorm("self_attn.q_norm", q, config.NormEpsilon), config.HeadSize, rotary);
        PlanValue attended = block.Linear("self_attn.o_proj", block.Attention(q, k, v, config.HeadSize), config.Width, bias);
        PlanValue middle = block.Add(block.Input, block.RmsNorm("post_attention_layernorm", attended, config.NormEpsilon));

        PlanValue up = block.Linear("mlp.up_proj", middle, config.FeedForwardWidth);
        PlanValue gate = block.Linear("mlp.gate_proj", middle, config.FeedForwardWidth);
        PlanValue down = block.Linear("mlp.down_proj", block.Multiply(block.Silu(gate), up), config.Width);
        return block.Build(block.Add(middle, block.RmsNorm("post_feedforward_layernorm", down, config.NormEpsilon)));
    }
}
