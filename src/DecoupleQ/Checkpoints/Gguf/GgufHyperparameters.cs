using DecoupleQ.Storage;

namespace DecoupleQ.Checkpoints.Gguf;

/// <summary>The sizes of a decoder in a GGUF file's metadata, under the architecture's prefix.</summary>
internal sealed record GgufHyperparameters
{
    /// <summary>The keys under the architecture's prefix.</summary>
    public static KeyTable Keys { get; } = new(
        "GGUF metadata ARCHITECTURE.*",
        [
            .. KnownKey.Honoured(
                "context_length", "embedding_length", "block_count", "feed_forward_length", "attention.head_count", "attention.head_count_kv",
                "attention.key_length", "attention.value_length", "attention.layer_norm_rms_epsilon", "rope.dimension_count", "rope.freq_base",
                "rope.scaling.type", "rope.scaling.factor", "rope.scaling.original_context_length", "rope.scale_linear"),
            .. KnownKey.Harmless("vocab_size", "tensor_data_layout", "attention.layer_norm_epsilon", "rope.scaling.finetuned"),
            KnownKey.Refused("expert_count", "0"),
            KnownKey.Refused("expert_used_count", "0"),
            KnownKey.Refused("logit_scale", "1"),
            KnownKey.Refused("residual_scale", "1"),
            KnownKey.Refused("embedding_scale", "1"),
            KnownKey.Refused("attn_logit_softcapping", "0"),
            KnownKey.Refused("final_logit_softcapping", "0"),
            KnownKey.Refused("use_parallel_residual", "0"),
            KnownKey.Refused("pooling_type", "0"),
            KnownKey.Refused("attention.sliding_window", "0"),
            KnownKey.Refused("attention.causal", "1"),
            KnownKey.Refused("attention.max_alibi_bias", "0"),
            KnownKey.Refused("attention.clamp_kqv", "0"),
            KnownKey.Refused("rope.scaling.attn_factor", "1"),
            KnownKey.Refused("rope.scaling.yarn_ext_factor", "0"),
            KnownKey.Refused("rope.scaling.yarn_attn_factor", "1"),
        ]);

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
        metadata.Check(Keys, prefix);
        string headsKey = prefix + "attention.head_count", keyValueHeadsKey = headsKey + "_kv";
        string keyLength = prefix + "attention.key_length", valueLength = prefix + "attention.value_length", rotated = prefix + "rope.dimension_count";
        int width = metadata.RequiredInteger(prefix + "embedding_length", 1), blocks = metadata.RequiredInteger(prefix + "block_count", 1, 10_000);
        int heads = metadata.CommonInteger(headsKey, blocks) ?? throw metadata.Absent(headsKey, "an integer");
        int keyValueHeads = metadata.CommonInteger(keyValueHeadsKey, blocks) ?? heads;
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
        string widthKey = prefix + "feed_forward_length", epsilonKey = prefix + "attention.layer_norm_rms_epsilon";
        double epsilon = metadata.Number(epsilonKey, ConfigRanges.NormEpsilon) ?? throw metadata.Absent(epsilonKey, "a float");
        return new GgufHyperparameters
        {
            Width = width,
            FeedForwardWidth = metadata.CommonInteger(widthKey, blocks) ?? throw metadata.Absent(widthKey, "an integer"),
            Blocks = blocks,
            Heads = heads,
            KeyValueHeads = keyValueHeads,
            HeadSize = headSize,
            ContextLength = metadata.RequiredInteger(prefix + "context_length", 1),
            NormEpsilon = epsilon,
        };
    }
}
