using DecoupleQ.Storage;

namespace DecoupleQ.Models;

/// <summary>
/// How a model of embeddings makes one vector of a text, as sentence-transformers has it (<c>1_Pooling/config.json</c>, <c>modules.json</c>,
/// <c>sentence_bert_config.json</c>, <c>config_sentence_transformers.json</c>).
/// </summary>
/// <param name="Pooling">Which positions count.</param>
/// <param name="Normalizes">Whether the vector is then brought to length 1.</param>
public sealed record PoolingConfig(Pooling Pooling, bool Normalizes)
{
    private const string ModulesFile = "modules.json", NormalizeModule = "sentence_transformers.models.Normalize";

    private const string Mean = "pooling_mode_mean_tokens", Last = "pooling_mode_lasttoken";

    private const string MaxLength = "max_seq_length";

    private static readonly string[] Others =
    [
        "pooling_mode_cls_token", "pooling_mode_max_tokens", "pooling_mode_mean_sqrt_len_tokens", "pooling_mode_weightedmean_tokens",
    ];

    private static readonly string[] KnownModules =
    [
        "sentence_transformers.models.Transformer", "sentence_transformers.models.Pooling", NormalizeModule,
    ];

    /// <summary>The most tokens of a text, beyond which sentence-transformers would cut it; null for the model's context.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>Keys of the files.</summary>
    internal static IReadOnlyList<(string File, KeyTable Keys)> Files { get; } =
    [
        (Path.Combine("1_Pooling", "config.json"), new KeyTable(
            "1_Pooling/config.json",
            [.. KnownKey.Honoured(Mean, Last), .. KnownKey.Harmless("word_embedding_dimension", "embedding_dimension", "include_prompt"),
                .. Others.Select(mode => KnownKey.Refused(mode, "false")), KnownKey.Refused("pooling_mode")])),
        ("sentence_bert_config.json", new KeyTable(
            "sentence_bert_config.json",
            [.. KnownKey.Honoured(MaxLength), KnownKey.Refused("do_lower_case", "false"),
                .. KnownKey.Harmless("transformer_task"), KnownKey.Refused("model_args", "{}"), KnownKey.Refused("tokenizer_args", "{}"),
                KnownKey.Refused("module_output_name", "\"token_embeddings\"")])),
        ("config_sentence_transformers.json", new KeyTable(
            "config_sentence_transformers.json",
            [.. KnownKey.Harmless("__version__", "prompts", "similarity_fn_name", "model_type"), KnownKey.Refused("default_prompt_name")])),
    ];

    /// <summary>Reads it from a model's folder; null if the model is none of embeddings, or a GGUF file.</summary>
    /// <param name="model">The model.</param>
    /// <exception cref="DecoupleQException">The files ask for what is not supported, or are damaged.</exception>
    public static PoolingConfig? ReadIfThere(string model)
    {
        string file = Path.Combine(model, "1_Pooling", "config.json");
        if (JsonFile.ReadFieldsIfThere(file) is not JsonSection config)
        {
            return null;
        }
        if (Others.FirstOrDefault(mode => config.Optional(mode)?.Flag() == true) is string other)
        {
            throw new DecoupleQException("This way of making one vector is not supported.", file, other, $"{Mean} or {Last}");
        }
        bool mean = config.Optional(Mean)?.Flag() ?? false, last = config.Optional(Last)?.Flag() ?? false;
        if (mean == last)
        {
            throw new DecoupleQException(mean ? "Two ways of making one vector at once are not supported." : "There is no way of making one vector.",
                file, Mean, $"either {Mean} or {Last}");
        }
        foreach ((string name, KeyTable keys) in Files)
        {
            if (JsonFile.ReadFieldsIfThere(Path.Combine(model, name)) is JsonSection fields)
            {
                keys.Check(fields);
            }
        }
        return new PoolingConfig(mean ? Pooling.Mean : Pooling.Last, Normalize(model))
        {
            MaxTokens = JsonFile.ReadFieldsIfThere(Path.Combine(model, "sentence_bert_config.json"))?.Integer(MaxLength, least: 1),
        };
    }

    /// <summary>Brings a vector to length 1, if that is to be done; one of zeros stays as it is.</summary>
    /// <param name="vector">The vector; it is changed.</param>
    public void Finish(Span<float> vector)
    {
        if (!Normalizes)
        {
            return;
        }
        double length = Math.Sqrt(vector.ToArray().Sum(number => (double)number * number));
        for (int i = 0; length > 0 && i < vector.Length; i++)
        {
            vector[i] = (float)(vector[i] / length);
        }
    }

    private static bool Normalize(string model)
    {
        string file = Path.Combine(model, ModulesFile);
        if (!File.Exists(file))
        {
            return false;
        }
        var modules = new JsonSection(file, JsonFile.ParseAny(StoredFile.ReadAll(file, FileKind.Json), file));
        bool normalizes = false;
        foreach (JsonSection module in modules.Items())
        {
            string type = module.RequiredText("type");
            if (!KnownModules.Contains(type))
            {
                throw new DecoupleQException($"The module '{type}' is not supported.", file, module.Path, string.Join(", ", KnownModules));
            }
            normalizes |= type == NormalizeModule;
        }
        return normalizes;
    }
}
