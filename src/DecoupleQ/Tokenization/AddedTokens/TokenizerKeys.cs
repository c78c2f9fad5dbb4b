using DecoupleQ.Storage;

namespace DecoupleQ.Tokenization.AddedTokens;

/// <summary>The keys of the files that stand beside a tokenizer in a model's folder.</summary>
internal static class TokenizerKeys
{
    /// <summary>Settings.</summary>
    public const string ConfigFile = "tokenizer_config.json";

    /// <summary>Named tokens, as older versions of transformers wrote them.</summary>
    public const string MapFile = "special_tokens_map.json";

    /// <summary>The tokens that a tokenizer of transformers names, and that templates know by these names.</summary>
    public static IReadOnlyList<string> Named { get; } = ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"];

    /// <summary>Fields with further special tokens, before and since transformers 5.</summary>
    public static IReadOnlyList<string> Further { get; } = ["additional_special_tokens", "extra_special_tokens"];

    /// <summary>The keys of <see cref="ConfigFile"/>.</summary>
    public static KeyTable Config { get; } = new(
        ConfigFile,
        [
            .. KnownKey.Honoured(Named),
            .. KnownKey.Honoured(Further),
            .. KnownKey.Honoured("add_bos_token", "add_eos_token", "add_prefix_space", "legacy", "added_tokens_decoder", "chat_template"),
            // Which class runs the files, and how it is found.
            .. KnownKey.Harmless(
                "tokenizer_class", "auto_map", "backend", "from_slow", "use_fast", "is_local", "local_files_only", "trust_remote_code", "processor_class",
                "name_or_path", "_name_or_path", "_commit_hash", "special_tokens_map_file", "tokenizer_file", "vocab_file", "merges_file", "vocab_size",
                "transformers_version", "device_map", "fast_tokenizer", "use_default_system_prompt", "response_schema", "tool_parser_type"),
            // How batches are shaped.
            .. KnownKey.Harmless(
                "model_max_length", "max_length", "max_len", "padding", "padding_side", "pad_to_multiple_of", "pad_token_id", "pad_token_type_id", "truncation",
                "truncation_side", "truncation_strategy", "stride", "model_input_names", "model_specific_special_tokens", "return_token_type_ids",
                "return_tensors", "trim_offsets"),
            KnownKey.NotFollowed(
                "clean_up_tokenization_spaces",
                "decoded text is what the ids spell; transformers takes blanks before punctuation and contractions out of it where this is true"),
            KnownKey.NotFollowed(
                "spaces_between_special_tokens",
                "decoded text is what the ids spell; transformers' tokenizers that are written in Python put blanks between special tokens"),
            KnownKey.NotFollowed("errors", "bytes that are no UTF-8 are decoded as U+FFFD, which is the default"),
            // Names of tokens that chat templates and processors of other kinds of input look up.
            .. KnownKey.Harmless(
                "image_token", "boi_token", "eoi_token", "audio_token", "boa_token", "eoa_token", "video_token", "vision_bos_token", "vision_eos_token",
                "eot_token", "bos_token_id", "eos_token_id", "unk_token_id"),
            KnownKey.Refused("split_special_tokens", "false"),
            KnownKey.Refused("sp_model_kwargs", "{}"),
            KnownKey.Refused("do_lower_case", "false"),
            KnownKey.Refused("remove_space", "false"),
            KnownKey.Refused("keep_accents", "true"),
            KnownKey.Refused("strip_accents", "false"),
        ]);

    /// <summary>The keys of <see cref="MapFile"/>.</summary>
    public static KeyTable Map { get; } = new(MapFile, [.. KnownKey.Honoured(Named), .. KnownKey.Honoured(Further)]);
}
