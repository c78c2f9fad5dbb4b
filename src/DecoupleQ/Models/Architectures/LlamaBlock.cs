namespace DecoupleQ.Models.Architectures;

/// <summary>Which parts a block of the Llama family has beside the common ones.</summary>
internal readonly record struct LlamaBlockParts
{
    /// <summary>Biases on the query, key and value projections.</summary>
    public bool QueryKeyValueBias { get; init; }

    /// <summary>A bias on the output projection.</summary>
    public bool OutputBias { get; init; }

    /// <summary>Biases on the feed-forward layers.</summary>
    public bool FeedForwardBias { get; init; }

    /// <summary>Norms of each query and key head before the rotary embedding.</summary>
    public bool QueryKeyNorms { get; init; }

    /// <summary>Positions that a query sees; null for all earlier ones.</summary>
    public int? Window { get; init; }
}

/// <summary>The pre-norm block with grouped-query attention and a gated feed-forward (SwiGLU) that Llama, Mistral and Qwen share.</summary>
internal static class LlamaBlock
{
    /// <summary>The block in order of evaluation; key, value, query and up, gate in the order of the published quantization code.</summary>
    public static BlockPlan Plan(DecoderConfig config, LlamaBlockParts parts)
    {
        int queryWidth = config.Heads * config.HeadSize, keyWidth = config.KeyValueHeads * config.HeadSize;
        var block = new BlockPlanBuilder(config.Width);

        PlanValue x = block.RmsNorm("input_layernorm", block.Input, config.NormEpsilon);
        PlanValue k = block.Linear("self_attn.k_proj", x, keyWidth, parts.QueryKeyValueBias);
        PlanValue v = block.Linear("self_attn.v_proj", x, keyWidth, parts.QueryKeyValueBias);
        PlanValue q = block.Linear("self_attn.q_proj", x, queryWidth, parts.QueryKeyValueBias);
        if (parts.QueryKeyNorms)
        {
            k = block.HeadRmsNorm("self_attn.k_norm", k, config.HeadSize, config.NormEpsilon);
            q = block.HeadRmsNorm("self_attn.q_norm", q, config.HeadSize, config.NormEpsilon);
        }
        k = block.Rotary(k, config.HeadSize, config.Rotary);
        q = block.Rotary(q, config.HeadSize, config.Rotary);
        PlanValue attended = block.Attention(q, k, v, config.HeadSize, parts.Window);
        PlanValue middle = block.Add(block.Input, block.Linear("self_attn.o_proj", attended, config.Width, parts.OutputBias));

        PlanValue y = block.RmsNorm("post_attention_layernorm", middle, config.NormEpsilon);
        PlanValue up = block.Linear("mlp.up_proj", y, config.FeedForwardWidth, parts.FeedForwardBias);
        PlanValue gate = block.Linear("mlp.gate_proj", y, config.FeedForwardWidth, parts.FeedForwardBias);
        PlanValue gated = block.Multiply(block.Silu(gate), up);
        return block.Build(block.Add(middle, block.Linear("mlp.down_proj", gated, config.Width, parts.FeedForwardBias)));
    }
}
