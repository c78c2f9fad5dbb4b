namespace DecoupleQ.Checkpoints.Gguf;

/// <summary>How a family's tensors are named in GGUF files and at Hugging Face.</summary>
internal sealed record GgufArchitecture
{
    /// <summary><c>general.architecture</c>, which is also <c>model_type</c> at Hugging Face.</summary>
    public required string Name { get; init; }

    /// <summary>The class of transformers (<c>architectures</c> of the config).</summary>
    public required string TransformersClass { get; init; }

    /// <summary>Modules of a block: the part of the name after <c>blk.N.</c>, and the path after <c>model.layers.N.</c>.</summary>
    public required IReadOnlyDictionary<string, string> BlockModules { get; init; }

    /// <summary>Whether the rows of the query and key projections are stored as <see cref="InterleavedRows"/>.</summary>
    public required bool InterleavesQueriesAndKeys { get; init; }

    /// <summary>Whether <c>attention_bias</c> of the config says that the attention's projections have biases (Qwen2's always have three).</summary>
    public required bool DeclaresAttentionBias { get; init; }

    /// <summary>Whether <c>mlp_bias</c> of the config says that the feed-forward layers have biases.</summary>
    public required bool DeclaresFeedForwardBias { get; init; }

    /// <summary>The architectures that can be read.</summary>
    public static IReadOnlyList<GgufArchitecture> All { get; } = [Llama(), Qwen2(), Qwen3()];

    /// <summary>The architecture of a model.</summary>
    /// <exception cref="DecoupleQException">It is missing or not supported.</exception>
    public static GgufArchitecture Of(GgufMetadata metadata)
    {
        const string Key = "general.architecture";
        string name = metadata.RequiredText(Key);
        return All.FirstOrDefault(a => a.Name == name) ?? throw metadata.Unexpected(Key, string.Join(", ", All.Select(a => $"\"{a.Name}\"")));
    }

    // Llama 1, 2 and 3, TinyLlama, SmolLM; Mistral models are converted to it too.
    private static GgufArchitecture Llama() => new()
    {
        Name = "llama",
        TransformersClass = "LlamaForCausalLM",
        BlockModules = CommonModules(),
        InterleavesQueriesAndKeys = true,
        DeclaresAttentionBias = true,
        DeclaresFeedForwardBias = true,
    };

    private static GgufArchitecture Qwen2() => new()
    {
        Name = "qwen2",
        TransformersClass = "Qwen2ForCausalLM",
        BlockModules = CommonModules(),
        InterleavesQueriesAndKeys = false,
        DeclaresAttentionBias = false,
        DeclaresFeedForwardBias = false,
    };

    private static GgufArchitecture Qwen3() => new()
    {
        Name = "qwen3",
        TransformersClass = "Qwen3ForCausalLM",
        BlockModules = new Dictionary<string, string>(CommonModules())
        {
            ["attn_q_norm"] = "self_attn.q_norm",
            ["attn_k_norm"] = "self_attn.k_norm",
        },
        InterleavesQueriesAndKeys = false,
        DeclaresAttentionBias = true,
        DeclaresFeedForwardBias = false,
    };

    private static Dictionary<string, string> CommonModules() => new()
    {
        ["attn_norm"] = "input_layernorm",
        ["attn_q"] = "self_attn.q_proj",
        ["attn_k"] = "self_attn.k_proj",
        ["attn_v"] = "self_attn.v_proj",
        ["attn_output"] = "self_attn.o_proj",
        ["ffn_norm"] = "post_attention_layernorm",
        ["ffn_gate"] = "mlp.gate_proj",
        ["ffn_up"] = "mlp.up_proj",
        ["ffn_down"] = "mlp.down_proj",
    };
}
