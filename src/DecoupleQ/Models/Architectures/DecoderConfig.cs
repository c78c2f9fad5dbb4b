using DecoupleQ.Checkpoints;
using DecoupleQ.Models.Plans;
using DecoupleQ.Storage;

namespace DecoupleQ.Models.Architectures;

/// <summary>The fields of a <c>config.json</c> that decoders of the Llama family share.</summary>
/// <param name="Source">The config, for fields of one family and for errors.</param>
internal sealed record DecoderConfig(JsonSection Source)
{
    // No model comes near: sizes beyond are mistakes, and products of sizes within fit 31 bits or are checked below.
    private const int MostWidth = 1 << 20, MostFeedForward = 1 << 24, MostHeads = 1 << 16, MostBlocks = 10_000, MostIds = 1 << 26;

    // What transformers takes where a Qwen does not say.
    private const int DefaultWindowlessLayers = 28;

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

    /// <summary>What the config contradicts itself in, and what was made of it, a sentence each.</summary>
    public List<string> Warnings { get; } = [];

    private DecoderDefaults Defaults { get; init; } = new();

    /// <summary>The rotary embedding that all layers share.</summary>
    /// <exception cref="DecoupleQException">A field has a wrong value, or asks for what is not supported.</exception>
    public RotaryEmbedding Rotary() => RotaryConfig.Parse(Source, HeadSize, Defaults.RotaryTheta, Warnings);

    /// <summary>Reads the shared fields; what would change the result and is not supported is refused.</summary>
    /// <exception cref="DecoupleQException">A field is missing, has a wrong type or value, or asks for what is not supported.</exception>
    public static DecoderConfig Parse(JsonSection config, DecoderDefaults? defaults = null)
    {
        defaults ??= new();
        if (config.Text(defaults.ActivationField) is string activation && !defaults.Activation.Contains(activation))
        {
            throw config.Unexpected(defaults.ActivationField, $"\"{defaults.Activation[0]}\"; other activations are not supported");
        }
        int width = config.RequiredInteger("hidden_size", 1, MostWidth);
        int heads = config.RequiredInteger("num_attention_heads", 1, MostHeads);
        int keyValueHeads = config.Integer("num_key_value_heads", 1) ?? heads;
        if (heads % keyValueHeads != 0)
        {
            throw config.Unexpected("num_key_value_heads", $"a divisor of num_attention_heads, {heads}");
        }
        if (!config.Has("head_dim") && width % heads != 0)
        {
            throw config.Unexpected("num_attention_heads", $"a divisor of hidden_size, {width}, as head_dim is not given");
        }
        int headSize = config.Integer("head_dim", 2, MostWidth) ?? width / heads;
        if ((long)headSize * heads > MostFeedForward)
        {
            throw config.Unexpected(config.Has("head_dim") ? "head_dim" : "num_attention_heads", $"heads of at most {MostFeedForward} numbers together");
        }
        if (headSize % 2 != 0)
        {
            throw config.Unexpected("head_dim", "an even number");
        }
        double epsilon = config.Number("rms_norm_eps", ConfigRanges.NormEpsilon) ?? defaults.NormEpsilon;
        return new DecoderConfig(config)
        {
            Width = width,
            FeedForwardWidth = config.RequiredInteger("intermediate_size", 1, MostFeedForward),
            Blocks = config.RequiredInteger("num_hidden_layers", 1, MostBlocks),
            Heads = heads,
            KeyValueHeads = keyValueHeads,
            HeadSize = headSize,
            VocabularySize = config.RequiredInteger("vocab_size", 1, MostIds),
            ContextLength = config.Integer("max_position_embeddings", 1) ?? defaults.ContextLength,
            NormEpsilon = (float)epsilon,
            TiedEmbedding = config.Flag("tie_word_embeddings") ?? defaults.TiedEmbedding,
            Defaults = defaults,
        };
    }

    /// <summary>The attention window of each block of a Qwen: that of the layers which slide, where <c>use_sliding_window</c> says so.</summary>
    /// <exception cref="DecoupleQException">A field has a wrong value, contradicts another, or a layer is of a kind that is not supported.</exception>
    public int?[] OptionalWindows()
    {
        const string Use = "use_sliding_window", Field = "sliding_window";
        int? window = Source.Flag(Use) ?? false ? Source.Integer(Field, 1) : null;
        // Without a list, layers before this number attend to everything.
        int first = Source.Integer("max_window_layers", 0) ?? DefaultWindowlessLayers;
        if (SlidingLayers() is not bool[] sliding)
        {
            return [.. Enumerable.Range(0, Blocks).Select(layer => layer >= first ? window : null)];
        }
        if (window is null && Array.IndexOf(sliding, true) >= 0)
        {
            throw Source.Flag(Use) ?? false
                ? Source.Absent(Field, "the window of the sliding_attention layers")
                : new DecoupleQException(
                    $"Layers are of the kind sliding_attention, but {Use} is not true.", Source.File, "layer_types",
                    $"full_attention throughout, or {Use}: true and a {Field}");
        }
        return [.. sliding.Select(slides => slides ? window : null)];
    }

    /// <summary>The attention window of all blocks of a family that knows one window; null for none.</summary>
    /// <exception cref="DecoupleQException">A field has a wrong value, or says that layers differ.</exception>
    public int? CommonWindow()
    {
        int? window = Source.Integer("sliding_window", 1);
        if (window is not null && Source.Flag("use_sliding_window") == false)
        {
            throw Source.Unexpected("use_sliding_window", "true, as there is a sliding_window and this family always uses it; or no sliding_window");
        }
        CheckLayersAre(sliding: window is not null);
        return window;
    }

    /// <summary>Refuses layers of another kind than all have in a family that knows no kinds of layers.</summary>
    /// <exception cref="DecoupleQException"><c>layer_types</c> says something else.</exception>
    public void CheckLayersAre(bool sliding)
    {
        if (SlidingLayers() is bool[] layers && Array.IndexOf(layers, !sliding) >= 0)
        {
            string kind = sliding ? "sliding_attention" : "full_attention";
            throw Source.Unexpected("layer_types", $"\"{kind}\" throughout: this family does not mix kinds of layers");
        }
    }

    /// <summary>Whether each layer has a window, as <c>layer_types</c> says; null if the config has no such list.</summary>
    /// <exception cref="DecoupleQException">The list has another length, or a layer is of a kind that is not supported.</exception>
    public bool[]? SlidingLayers()
    {
        if (Source.Optional("layer_types") is not JsonSection types)
        {
            return null;
        }
        JsonSection[] kinds = types.IsList ? [.. types.Items()] : [];
        if (kinds.Length != Blocks)
        {
            throw types.Unexpected($"a list of {Blocks} texts, one a layer");
        }
        return [.. kinds.Select(kind => (kind.IsText ? kind.Text() : null) switch
        {
            "full_attention" => false,
            "sliding_attention" => true,
            _ => throw Source.Unexpected("layer_types", "\"full_attention\" or \"sliding_attention\"; other kinds are not supported"),
        })];
    }

    /// <summary>The plan of a model whose blocks differ in their windows of attention alone.</summary>
    /// <param name="architecture">The family.</param>
    /// <param name="windows">The window of each block, one size for all that have one; null for none.</param>
    /// <param name="block">Makes the plan of the blocks with a window.</param>
    public ModelPlan Model(string architecture, int?[] windows, Func<int?, BlockPlan> block)
    {
        // Two plans do for any number of blocks.
        int? window = windows.FirstOrDefault(size => size is not null);
        BlockPlan without = block(null), with = window is null ? without : block(window);
        return Model(architecture, i => windows[i] is null ? without : with);
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
            Warnings = [.. Warnings],
        };
    }
}
