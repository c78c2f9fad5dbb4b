using System.Text.Json.Nodes;
using DecoupleQ.Checkpoints;

namespace DecoupleQ.Models.Architectures;

/// <summary>The fields of a <c>config.json</c> that decoders of the Llama family share.</summary>
/// <param name="Source">The config, for fields of one family and for errors.</param>
internal sealed record DecoderConfig(JsonSection Source)
{
    public required int Width { get; init; }

    public required int FeedForwardWidth { get; init; }

    public required int Blocks { get; init; }

    public required int Heads { get; init; }

    public required int KeyValueHeads { get; init; }

    public required int HeadSize { get; init; }

    public required int VocabularySize { get; init; }

    public required int ContextLength { get; init; }

    public required float NormEpsilon { get; init; }

    public required bool TiedEmbedding { get; init; }

    public required RotaryEmbedding Rotary { get; init; }

    /// <summary>Reads the shared fields; what would change the result and is not supported is refused.</summary>
    /// <exception cref="DecoupleQException">A field is missing, has a wrong type or value, or asks for what is not supported.</exception>
    public static DecoderConfig Parse(JsonSection config)
    {
        string activation = config.Text("hidden_act") ?? "silu";
        if (activation is not ("silu" or "swish"))
        {
            throw config.Unexpected("hidden_act", "\"silu\"; other activations are not supported");
        }
        int width = config.RequiredInteger("hidden_size", 1);
        int heads = config.RequiredInteger("num_attention_heads", 1);
        int keyValueHeads = config.Integer("num_key_value_heads", 1) ?? heads;
        if (heads % keyValueHeads != 0)
        {
            throw config.Unexpected("num_key_value_heads", $"a divisor of num_attention_heads, {heads}");
        }
        if (!config.Has("head_dim") && width % heads != 0)
        {
            throw config.Unexpected("num_attention_heads", $"a divisor of hidden_size, {width}, as head_dim is not given");
        }
        int headSize = config.Integer("head_dim", 2) ?? width / heads;
        if (headSize % 2 != 0)
        {
            throw config.Unexpected("head_dim", "an even number");
        }
        double epsilon = config.Number("rms_norm_eps") ?? 1e-6;
        if (epsilon < 0)
        {
            throw config.Unexpected("rms_norm_eps", "a number of at least 0");
        }
        return new DecoderConfig(config)
        {
            Width = width,
            FeedForwardWidth = config.RequiredInteger("intermediate_size", 1),
            Blocks = config.RequiredInteger("num_hidden_layers", 1, 10_000),
            Heads = heads,
            KeyValueHeads = keyValueHeads,
            HeadSize = headSize,
            VocabularySize = config.RequiredInteger("vocab_size", 1),
            ContextLength = config.Integer("max_position_embeddings", 1) ?? 2048,
            NormEpsilon = (float)epsilon,
            TiedEmbedding = config.Flag("tie_word_embeddings") ?? false,
            Rotary = RotaryConfig.Parse(config, headSize),
        };
    }

    /// <summary>
    /// The attention window of each block: <c>sliding_window</c> where the family uses it, and where <c>layer_types</c>, if given, says so.
    /// </summary>
    /// <param name="usedByDefault">Whether a window that is given counts without <c>use_sliding_window</c>.</param>
    /// <exception cref="DecoupleQException">A field has a wrong value, or a layer is of a kind that is not supported.</exception>
    public int?[] Windows(bool usedByDefault)
    {
        bool used = Source.Flag("use_sliding_window") ?? usedByDefault;
        int? window = used ? Source.Integer("sliding_window", 1) : null;
        var windows = new int?[Blocks];
        Array.Fill(windows, window);
        if (Source.Json["layer_types"] is JsonNode types)
        {
            if (types is not JsonArray { Count: var count } array || count != Blocks)
            {
                throw Source.Unexpected("layer_types", $"a list of {Blocks} texts, one a layer");
            }
            for (int i = 0; i < Blocks; i++)
            {
                windows[i] = array[i]?.ToString() switch
                {
                    "full_attention" => null,
                    "sliding_attention" => Source.Integer("sliding_window", 1)
                        ?? throw Source.Absent("sliding_window", "the window of the sliding_attention layers"),
                    _ => throw Source.Unexpected("layer_types", "\"full_attention\" or \"sliding_attention\"; other kinds are not supported"),
                };
            }
        }
        else if (window is not null && (Source.Integer("max_window_layers", 0) ?? Blocks) is int unwindowed && Source.Has("use_sliding_window"))
        {
            // Qwen: layers before this number attend to everything.
            Array.Fill(windows, null, 0, Math.Min(unwindowed, Blocks));
        }
        return windows;
    }

    /// <summary>The plan of a model with these sizes and the given blocks.</summary>
    /// <param name="architecture">The family.</param>
    /// <param name="block">Makes the plan of a block, by its number.</param>
    /// <param name="normOffset">What is added to the stored weight of the norm after the last block.</param>
    public ModelPlan Model(string architecture, Func<int, BlockPlan> block, float normOffset = 0)
    {
        var final = new BlockPlanBuilder(Width);
        return new()
        {
            Architecture = architecture,
            Width = Width,
            VocabularySize = VocabularySize,
            ContextLength = ContextLength,
            Blocks = [.. Enumerable.Range(0, Blocks).Select(block)],
            Final = final.Build(final.RmsNorm("model.norm", final.Input, NormEpsilon, normOffset)),
            HeadIsEmbedding = TiedEmbedding,
        };
    }
}
