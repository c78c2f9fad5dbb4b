using System.Text.Json.Nodes;
using DecoupleQ.Storage;

namespace DecoupleQ.Checkpoints.Gguf;

/// <summary>The keys of a GGUF file that are neither its architecture's nor its tokenizer's: what it is, and how its authors sample from it.</summary>
/// <remarks>
/// llama.cpp passes over what it does not know here, and files are full of what tools say about themselves. So texts that are not known are taken for such;
/// a number, a truth value or a list might be a setting, and gives a warning.
/// </remarks>
internal static class GgufGeneralKeys
{
    private const string General = "general.", Sampling = "sampling.", Tokenizer = "tokenizer.";

    // How many of the last tokens the penalty of repetitions counts: 0 for none, -1 for all.
    private const string PenaltyLength = Sampling + "penalty_last_n", Penalty = Sampling + "penalty_repeat";

    // By the names of generation_config.json.
    private static readonly (string Key, string Field)[] SamplingFields =
        [("temp", "temperature"), ("top_k", "top_k"), ("top_p", "top_p"), ("min_p", "min_p"), ("penalty_repeat", "repetition_penalty")];

    // Descriptions that are numbers or lists; more stand under these.
    private static readonly string[] Descriptions = ["base_model.", "dataset.", "source.", "license."];

    /// <summary>The keys under <c>general.</c>.</summary>
    public static KeyTable Keys { get; } = new(
        "GGUF metadata general.*",
        [
            .. KnownKey.Honoured("architecture", "alignment"),
            .. KnownKey.Honoured(SamplingFields.Select(field => Sampling + field.Key)),
            .. KnownKey.Harmless(
                "name", "author", "organization", "version", "basename", "finetune", "description", "quantized_by", "size_label", "license", "url", "doi",
                "uuid", "repo_url", "tags", "languages", "datasets", "base_models", "file_type", "quantization_version", "source", "model_count"),
            .. KnownKey.Harmless(Descriptions.Select(prefix => prefix + "*")),
            KnownKey.Refused("type", "\"model\""),
            KnownKey.Refused(Sampling + "sequence"),
            KnownKey.Refused(Sampling + "mirostat", "0"),
            KnownKey.Refused(Sampling + "xtc_probability", "0"),
            .. KnownKey.Honoured(PenaltyLength),
            .. KnownKey.Harmless(Sampling + "mirostat_tau", Sampling + "mirostat_eta", Sampling + "xtc_threshold"),
        ]);

    /// <summary>The keys under <c>tokenizer.</c> beside <c>tokenizer.ggml.</c>.</summary>
    public static KeyTable TokenizerKeys { get; } = new(
        "GGUF metadata tokenizer.*",
        [
            .. KnownKey.Honoured("chat_template", "chat_template.tool_use"),
            // Further templates are for other uses than a conversation, with tools or without; the others repeat the tokenizer for other programs.
            .. KnownKey.Harmless("chat_templates", "chat_template.*", "huggingface.json", "rwkv.world"),
        ]);

    /// <summary>Refuses what asks for what is not supported; what may do so is returned as warnings, a sentence each.</summary>
    /// <param name="metadata">The metadata.</param>
    /// <param name="architecture">The architecture's prefix, whose keys are looked at elsewhere.</param>
    /// <exception cref="DecoupleQException">A key asks for what is not supported.</exception>
    public static IReadOnlyList<string> Check(GgufMetadata metadata, string architecture)
    {
        var warnings = new List<string>();
        foreach ((string key, GgufValue value) in metadata.Values)
        {
            if (key.StartsWith(architecture, StringComparison.Ordinal) || key.StartsWith("tokenizer.ggml.", StringComparison.Ordinal)
                || key.StartsWith("split.", StringComparison.Ordinal) || key.StartsWith("quantize.", StringComparison.Ordinal))
            {
                continue;
            }
            if (key.StartsWith(Tokenizer, StringComparison.Ordinal))
            {
                string name = key[Tokenizer.Length..];
                if (TokenizerKeys.Find(name) is null && !name.StartsWith("chat_template.", StringComparison.Ordinal))
                {
                    throw metadata.Unexpected(key, "no such key: what it asks for is not known here");
                }
                continue;
            }
            string general = key.StartsWith(General, StringComparison.Ordinal) ? key[General.Length..] : "";
            if (Keys.Find(general) is KnownKey known)
            {
                if (known.Use == KeyUse.Refused && !metadata.IsNeutral(known, key))
                {
                    throw metadata.Unexpected(key, $"{known.Allowed}; other values are not supported");
                }
            }
            else if (value.Content is not string && !Descriptions.Any(general.StartsWith))
            {
                warnings.Add($"The metadata have {key}, {value}, which is not known here and has no effect.");
            }
        }
        if (metadata.Number(General + Penalty) is double penalty && penalty != 1 && metadata.Integer(General + PenaltyLength) is int length and > 0)
        {
            warnings.Add(
                $"The metadata have {General}{PenaltyLength}, {length}: in llama.cpp the penalty of repetitions counts that many of the last tokens, here all "
                + "of them, as in transformers.");
        }
        return warnings;
    }

    /// <summary>Adds to a config how the model's authors sample from it, as one without a <c>generation_config.json</c> says it.</summary>
    /// <exception cref="DecoupleQException">A value is no number.</exception>
    public static void AddSampling(JsonObject config, GgufMetadata metadata)
    {
        foreach ((string key, string field) in SamplingFields)
        {
            string full = General + Sampling + key;
            if (!metadata.Has(full) || Sampling + key == Penalty && metadata.Integer(General + PenaltyLength) == 0)
            {
                continue;
            }
            if (key == "top_k")
            {
                config[field] = metadata.Integer(full, 0);
            }
            else
            {
                config[field] = GgufConfig.Float(metadata.Number(full)!.Value);
            }
            config["do_sample"] = true;
        }
        if (metadata.Has(General + Sampling + "temp") && metadata.Number(General + Sampling + "temp") <= 0)
        {
            config["do_sample"] = false;
        }
    }
}
