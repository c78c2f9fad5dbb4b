namespace DecoupleQ.Checkpoints.Gguf;

/// <summary>The sizes of a decoder in a GGUF file's metadata, under the architecture's prefix.</summary>
internal sealed record GgufHyperparameters
{
    // What each key must be so that it changes nothing; other values ask for what is not supported.
    private static readonly Dictionary<string, double> Neutral = new()
    {
        ["expert_count"] = 0,
        ["expert_used_count"] = 0,
        ["logit_scale"] = 1,
        ["residual_scale"] = 1,
        ["embedding_scale"] = 1,
        ["attn_logit_softcapping"] = 0,
        ["final_logit_softcapping"] = 0,
        ["use_parallel_residual"] = 0,
        ["pooling_type"] = 0,
        ["attention.sliding_window"] = 0,
        ["attention.causal"] = 1,
        ["attention.max_alibi_bias"] = 0,
        ["attention.clamp_kqv"] = 0,
        ["rope.scaling.attn_factor"] = 1,
        ["rope.scaling.yarn_ext_factor"] = 0,
        ["rope.scaling.yarn_attn_factor"] = 1,
    };

    // What has no influence on the result, or is read elsewhere.
    private static readonly HashSet<string> Known =
    [
        "vocab_size", "tensor_data_layout", "attention.layer_norm_epsilon", "rope.scaling.original_context_length", "rope.scaling.finetuned",
        "context_length", "embedding_length", "block_count", "feed_forward_length", "attention.head_count", "attention.head_count_kv",
        "attention.key_length", "attention.value_length", "attention.layer_norm_rms_epsilon", "rope.dimension_count",
        "rope.freq_base", "rope.scaling.type", "rope.scaling.factor", "rope.scale_linear",
    ];

    public required int Width { get; init; }

    public required int FeedForwardWidth { get; init; }

    public required int Blocks { get; init; }

    public required int Heads { get; init; }

    public required int KeyValueHeads { get; init; }

    public required int HeadSize { get; init; }

    public required int ContextLength { get; init; }

    public required double NormEpsilon { get; init; }

    /// <summary>Reads the sizes; a key that would change the result and is not supported is refused.</summary>
    /// <param name="metadata">The metadata.</param>
    /// <param name="prefix">The architecture's name with a dot.</param>
    /// <exception cref="DecoupleQException">A key is missing, of a wrong type or value, or not known.</exception>
    public static GgufHyperparameters Read(GgufMetadata metadata, string prefix)
    {
        foreach (string key in metadata.Values.Keys.Where(key => key.StartsWith(prefix, StringComparison.Ordinal)))
        {
            CheckUnderstood(metadata, key, key[prefix.Length..]);
        }
        string headsKey = prefix + "attention.head_count", keyValueHeadsKey = headsKey + "_kv";
        string keyLength = prefix + "attention.key_length", valueLength = prefix + "attention.value_length", rotated = prefix + "rope.dimension_count";
        int width = metadata.RequiredInteger(prefix + "embedding_length", 1), heads = metadata.RequiredInteger(headsKey, 1);
        int keyValueHeads = metadata.Integer(keyValueHeadsKey, 1) ?? heads;
        if (heads % keyValueHeads != 0)
        {
            throw metadata.Unexpected(keyValueHeadsKey, $"a divisor of the attention heads, {heads}");
        }
        if (!metadata.Has(keyLength) && width % heads != 0)
        {
            throw metadata.Unexpected(headsKey, $"a divisor of the embedding's length, {width}, as there is no {keyLength}");
        }
        int headSize = metadata.Integer(keyLength, 2) ?? width / heads;
        if (headSize % 2 != 0)
        {
            throw metadata.Has(keyLength) ? metadata.Unexpected(keyLength, "an even number") : metadata.Unexpected(headsKey, "heads of an even size");
        }
        foreach (string key in (string[])[valueLength, rotated])
        {
            if (metadata.Integer(key, 1) is int size && size != headSize)
            {
                throw metadata.Unexpected(key, $"{headSize}, the size of a head; others are not supported");
            }
        }
        string epsilonKey = prefix + "attention.layer_norm_rms_epsilon";
        double epsilon = metadata.Number(epsilonKey) ?? throw metadata.Absent(epsilonKey, "a float");
        return new GgufHyperparameters
        {
            Width = width,
            FeedForwardWidth = metadata.RequiredInteger(prefix + "feed_forward_length", 1),
            Blocks = metadata.RequiredInteger(prefix + "block_count", 1, 10_000),
            Heads = heads,
            KeyValueHeads = keyValueHeads,
            HeadSize = headSize,
            ContextLength = metadata.RequiredInteger(prefix + "context_length", 1),
            NormEpsilon = epsilon >= 0 ? epsilon : throw metadata.Unexpected(epsilonKey, "a float of at least 0"),
        };
    }

    private static void CheckUnderstood(GgufMetadata metadata, string key, string name)
    {
        if (Neutral.TryGetValue(name, out double neutral))
        {
            object content = metadata.Values[key].Content;
            double? value = content switch
            {
                bool flag => flag ? 1 : 0,
                string or GgufArray => null,
                _ => Convert.ToDouble(content, System.Globalization.CultureInfo.InvariantCulture),
            };
            if (value != neutral)
            {
                throw metadata.Unexpected(key, $"{neutral}; other values are not supported");
            }
        }
        else if (!Known.Contains(name))
        {
            throw metadata.Unexpected(key, "no such key: what it asks for is not known here");
        }
    }
}
