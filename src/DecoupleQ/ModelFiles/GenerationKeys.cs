using DecoupleQ.Storage;

namespace DecoupleQ.ModelFiles;

/// <summary>The keys of <c>generation_config.json</c>, which models from before that file have in <c>config.json</c>.</summary>
internal static class GenerationKeys
{
    /// <summary>The file's name.</summary>
    public const string FileName = "generation_config.json";

    /// <summary>The keys.</summary>
    public static KeyTable Table { get; } = new(
        FileName,
        [
            .. KnownKey.Honoured("do_sample", "temperature", "top_k", "top_p", "min_p", "typical_p", "repetition_penalty", "eos_token_id", "pad_token_id"),
            // How long a text becomes is the caller's.
            .. KnownKey.Harmless("max_length", "max_new_tokens", "max_time", "num_return_sequences", "bos_token_id", "decoder_start_token_id"),
            .. KnownKey.Harmless(
                "_from_model_config", "transformers_version", "_commit_hash", "trust_remote_code", "use_cache", "cache_implementation", "cache_config",
                "return_legacy_cache", "prefill_chunk_size", "low_memory", "compile_config", "disable_compile", "remove_invalid_values",
                "renormalize_logits", "output_attentions", "output_hidden_states", "output_scores", "output_logits", "return_dict_in_generate"),
            // Of beams, of which there is one.
            .. KnownKey.Harmless("early_stopping", "length_penalty", "diversity_penalty"),
            // How a draft is made does not change what is drawn.
            .. KnownKey.Harmless(
                "assistant_confidence_threshold", "assistant_early_exit", "assistant_lookbehind", "is_assistant", "num_assistant_tokens",
                "num_assistant_tokens_schedule", "prompt_lookup_num_tokens", "max_matching_ngram_size", "target_lookbehind"),
            KnownKey.Refused("num_beams", "1"),
            KnownKey.Refused("num_beam_groups", "1"),
            KnownKey.Refused("penalty_alpha", "0"),
            KnownKey.Refused("dola_layers"),
            KnownKey.Refused("guidance_scale", "1"),
            KnownKey.Refused("min_length", "0"),
            KnownKey.Refused("min_new_tokens", "0"),
            KnownKey.Refused("no_repeat_ngram_size", "0"),
            KnownKey.Refused("encoder_no_repeat_ngram_size", "0"),
            KnownKey.Refused("encoder_repetition_penalty", "1"),
            KnownKey.Refused("epsilon_cutoff", "0"),
            KnownKey.Refused("eta_cutoff", "0"),
            KnownKey.Refused("top_h"),
            KnownKey.Refused("exponential_decay_length_penalty"),
            KnownKey.Refused("bad_words_ids", "[]"),
            KnownKey.Refused("force_words_ids", "[]"),
            KnownKey.Refused("constraints", "[]"),
            KnownKey.Refused("sequence_bias"),
            KnownKey.Refused("suppress_tokens", "[]"),
            KnownKey.Refused("begin_suppress_tokens", "[]"),
            KnownKey.Refused("forced_bos_token_id"),
            KnownKey.Refused("forced_eos_token_id"),
            KnownKey.Refused("forced_decoder_ids", "[]"),
            KnownKey.Refused("stop_strings", "[]"),
            KnownKey.Refused("token_healing", "false"),
            KnownKey.Refused("watermarking_config"),
        ]);

    private static readonly Lazy<KeyTable> Refusals = new(() => new(FileName, Table.Keys.Where(key => key.Use == KeyUse.Refused)));

    /// <summary>
    /// What says how a model's authors generate: <c>generation_config.json</c> of its folder, else its config, as in transformers. Refused is what neither a
    /// loop of this runtime nor its caller does.
    /// </summary>
    /// <param name="folder">The model's folder.</param>
    /// <param name="config">Its config.</param>
    /// <exception cref="DecoupleQException">The file is damaged, or asks for what is not supported.</exception>
    public static JsonSection Find(string folder, JsonSection config)
    {
        if (JsonFile.ReadFieldsIfThere(Path.Combine(folder, FileName)) is JsonSection file)
        {
            Table.Check(file);
            return file;
        }
        foreach (KnownKey key in Refusals.Value.Keys)
        {
            if (config.Optional(key.Name) is JsonSection value && !key.Neutral.Any(value.Is))
            {
                throw config.Unexpected(key.Name, $"{key.Allowed}; other values are not supported");
            }
        }
        return config;
    }
}
