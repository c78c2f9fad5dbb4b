using DecoupleQ.Checkpoints;
using DecoupleQ.Models.Plans;
using DecoupleQ.Storage;
using DecoupleQ.Tensors;

namespace DecoupleQ.Models.Architectures;

/// <summary>
/// Gemma 3, text alone (arXiv 2503.19786): norms before and after the attention and the feed-forward, all stored as weight - 1; norms of each query and key
/// head; a scaled embedding; layers with a window and a rotary base of their own between those that see everything.
/// </summary>
internal static class Gemma3
{
    /// <summary><c>model_type</c> of its config.</summary>
    public const string Family = "gemma3_text";

    /// <summary>The released models have five layers with a window to one without.</summary>
    public const int DefaultPattern = 6;

    /// <summary>Bases of the rotary embeddings where the config gives none: of layers that see everything, and of those with a window.</summary>
    public const double DefaultTheta = 1_000_000, DefaultLocalTheta = 10_000;

    /// <summary>The base of the layers with a window in the spelling before transformers 5.</summary>
    public const string LocalTheta = "rope_local_base_freq";

    /// <summary>Every how many layers one sees everything, as config.json says it where it does not list the kinds of layers.</summary>
    public const string LayerPattern = "sliding_window_pattern";

    /// <summary>The same as transformers stores it beside the list.</summary>
    public const string StoredPattern = "_" + LayerPattern;

    private const float NormOffset = 1;

    /// <summary>The keys of its config.</summary>
    public static KeyTable Keys { get; } = DecoderKeys.Common.With(
        "gemma3_text",
        [
            .. KnownKey.Honoured(
                "hidden_activation", "query_pre_attn_scalar", "sliding_window", LayerPattern, StoredPattern, "layer_types",
                "rope_local_base_freq", "attention_bias", "dtype", "torch_dtype"),
            // hidden_activation is the one that counts.
            .. KnownKey.Harmless("hidden_act"),
        ]);

    public static ModelPlan Plan(JsonSection source)
    {
        DecoderConfig config = DecoderConfig.Parse(source, new()
        {
            ActivationField = "hidden_activation",
            Activation = ["gelu_pytorch_tanh"],
            ContextLength = 131072,
            TiedEmbedding = true,
            RotaryTheta = DefaultTheta,
        });
        CheckSupported(source);
        RotaryEmbedding everywhere = RotaryConfig.OfLayerKind(
            source, "full_attention", config.HeadSize, DefaultTheta, RotaryConfig.Theta, isScaled: true, config.Warnings) ?? config.Rotary();
        RotaryEmbedding nearby = RotaryConfig.OfLayerKind(
            source, "sliding_attention", config.HeadSize, DefaultLocalTheta, LocalTheta, isScaled: false, config.Warnings)
            ?? LocalRotary(source, config.HeadSize);
        bool bias = source.Flag("attention_bias") ?? false;
        double scale = 1 / Math.Sqrt(Scalar(source));
        bool[] sliding = Layers(config, source);
        int? window = Array.IndexOf(sliding, true) < 0 ? null : source.RequiredInteger("sliding_window", 1);
        BlockPlan withWindow = Block(config, nearby, window, scale, bias), without = Block(config, everywhere, null, scale, bias);
        WarnOfType(source, config.Warnings);
        return config.Model(Family, i => sliding[i] ? withWindow : without, NormOffset) with { EmbeddingScale = EmbeddingScale(source, config.Width) };
    }

    private static BlockPlan Block(DecoderConfig config, RotaryEmbedding rotary, int? window, double scale, bool bias)
    {
        int queryWidth = config.Heads * config.HeadSize, keyWidth = config.KeyValueHeads * config.HeadSize;
        var block = new BlockPlanBuilder(config.Width);

        PlanValue x = Norm("input_layernorm", block.Input);
        PlanValue k = block.Linear("self_attn.k_proj", x, keyWidth, bias);
        PlanValue v = block.Linear("self_attn.v_proj", x, keyWidth, bias);
        PlanValue q = block.Linear("self_attn.q_proj", x, queryWidth, bias);
        k = block.Rotary(HeadNorm("self_attn.k_norm", k), config.HeadSize, rotary);
        q = block.Rotary(HeadNorm("self_attn.q_norm", q), config.HeadSize, rotary);
        PlanValue attended = block.Linear("self_attn.o_proj", block.Attention(q, k, v, config.HeadSize, window, scale), config.Width, bias);
        PlanValue middle = block.Add(block.Input, Norm("post_attention_layernorm", attended));

        PlanValue y = Norm("pre_feedforward_layernorm", middle);
        PlanValue up = block.Linear("mlp.up_proj", y, config.FeedForwardWidth);
        PlanValue gate = block.Linear("mlp.gate_proj", y, config.FeedForwardWidth);
        PlanValue down = block.Linear("mlp.down_proj", block.Multiply(block.GeluTanh(gate), up), config.Width);
        return block.Build(block.Add(middle, Norm("post_feedforward_layernorm", down)));

        PlanValue Norm(string module, PlanValue input) => block.RmsNorm(module, input, config.NormEpsilon, NormOffset);

        PlanValue HeadNorm(string module, PlanValue input) => block.HeadRmsNorm(module, input, config.HeadSize, config.NormEpsilon, NormOffset);
    }

    private static void CheckSupported(JsonSection source)
    {
        // Where these are left out the family has sizes of its own, not those that follow from others.
        foreach (string field in (string[])["head_dim", "num_key_value_heads"])
        {
            source.RequiredInteger(field, 1);
        }
    }

    private static double Scalar(JsonSection source)
    {
        const string Field = "query_pre_attn_scalar";
        return source.RequiredNumber(Field, ConfigRanges.AttentionScalar);
    }

    private static bool[] Layers(DecoderConfig config, JsonSection source)
    {
        bool[] byPattern = Pattern(source, config.Blocks), sliding = config.SlidingLayers() ?? byPattern;
        string used = source.Has("layer_types") ? "layer_types" : LayerPattern;
        foreach (string field in (string[])[LayerPattern, StoredPattern])
        {
            if (source.Integer(field, 1) is int pattern && !sliding.SequenceEqual(Slides(pattern, config.Blocks)))
            {
                config.Warnings.Add($"{used} and {field} disagree: {used} is used, as transformers does.");
            }
        }
        return sliding;
    }

    private static bool[] Pattern(JsonSection source, int blocks) =>
        Slides(source.Integer(LayerPattern, 1) ?? source.Integer(StoredPattern, 1) ?? DefaultPattern, blocks);

    private static bool[] Slides(int pattern, int blocks) => [.. Enumerable.Range(1, blocks).Select(layer => layer % pattern != 0)];

    private static RotaryEmbedding LocalRotary(JsonSection source, int headSize)
    {
        double theta = source.Number(LocalTheta, ConfigRanges.RotaryBase) ?? DefaultLocalTheta;
        return new(RotaryEmbedding.Frequencies(headSize, theta));
    }

    private static void WarnOfType(JsonSection source, List<string> warnings)
    {
        if (source.Text("dtype") is string type && source.Text("torch_dtype") is string older && type != older)
        {
            warnings.Add($"dtype is {type}, but torch_dtype is {older}: the first is used, as transformers 5 does; the embedding's scale is rounded to it.");
        }
    }

    // The factor that the model was trained with is rounded to the type of its weights, as in transformers.
    private static float EmbeddingScale(JsonSection source, int width) =>
        FloatFormat.Round(
            (source.Text("dtype") ?? source.Text("torch_dtype")) switch
            {
                "bfloat16" => ElementType.BF16,
                "float16" => ElementType.F16,
                _ => ElementType.F32,
            },
            (float)Math.Sqrt(width));
}
