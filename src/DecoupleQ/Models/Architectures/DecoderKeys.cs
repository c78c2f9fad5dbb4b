using DecoupleQ.ModelFiles;
using DecoupleQ.Storage;

namespace DecoupleQ.Models.Architectures;

/// <summary>The keys of a <c>config.json</c> that decoders of the Llama family share. Families add their own.</summary>
internal static class DecoderKeys
{
    /// <summary>The keys.</summary>
    public static KeyTable Common { get; } = new(
        "config.json of every family",
        [
            .. KnownKey.Honoured(
                "model_type", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "num_key_value_heads", "head_dim", "hidden_act",
                "rms_norm_eps", "vocab_size", "max_position_embeddings", "tie_word_embeddings", "rope_theta", "rope_scaling", "rope_parameters",
                "partial_rotary_factor", "quantization", "quantization_config", "eos_token_id", "pad_token_id"),
            // Without a generation_config.json these are what it would say; GenerationKeys looks at them then.
            .. GenerationKeys.Table.Keys.Where(key => key.Use != KeyUse.Harmless).Select(key => new KnownKey(key.Name, KeyUse.Honoured)),
            .. GenerationKeys.Table.Keys.Where(key => key.Use == KeyUse.Harmless),
            .. KnownKey.Harmless(
                "_name_or_path", "_commit_hash", "_attn_implementation", "_attn_implementation_autoset", "_attn_implementation_internal",
                "_flash_attn_2_enabled", "_experts_implementation", "architectures", "attn_implementation", "auto_map", "transformers_version",
                "dtype", "torch_dtype", "use_bfloat16", "torchscript", "tf_legacy_loss", "use_cache", "gradient_checkpointing", "use_gradient_checkpointing",
                "output_attentions", "output_hidden_states", "return_dict", "chunk_size_feed_forward", "pretraining_tp", "is_decoder", "is_llama_config",
                "bos_token_id", "sep_token_id", "cls_token_id", "mask_token_id", "unk_token_id", "decoder_start_token_id", "prefix", "tokenizer_class",
                "tokenizer_model_max_length", "tokenizer_padding_side", "model_max_length", "max_sequence_length", "logits_to_keep", "num_logits_to_keep",
                "use_flash_attn", "use_flash_attention", "transformers.js_config"),
            // Of training.
            .. KnownKey.Harmless(
                "attention_dropout", "hidden_dropout", "hidden_dropout_prob", "attention_probs_dropout_prob", "embd_pdrop", "resid_pdrop", "attn_pdrop",
                "mlp_dropout", "initializer_range", "initializer_factor", "init_std", "neftune_noise_alpha", "unsloth_version", "unsloth_fixed",
                "pretrained_model_name_or_path"),
            // Of classifiers.
            .. KnownKey.Harmless("finetuning_task", "id2label", "label2id", "num_labels", "problem_type", "task_specific_params"),
            KnownKey.Refused("attention_bias", "false"),
            KnownKey.Refused("mlp_bias", "false"),
            KnownKey.Refused("qkv_bias", "false"),
            KnownKey.Refused("lm_head_bias", "false"),
            KnownKey.Refused("sliding_window"),
            KnownKey.Refused("use_sliding_window", "false"),
            KnownKey.Refused("is_encoder_decoder", "false"),
            KnownKey.Refused("tie_encoder_decoder", "false"),
            KnownKey.Refused("add_cross_attention", "false"),
            KnownKey.Refused("cross_attention_hidden_size"),
            KnownKey.Refused("pruned_heads", "{}"),
            KnownKey.Refused("causal", "true"),
            KnownKey.Refused("is_causal", "true"),
            KnownKey.Refused("use_bidirectional_attention", "false"),
            KnownKey.Refused("position_embedding_type", "\"rope\"", "\"rotary\""),
            KnownKey.Refused("alibi", "false"),
            KnownKey.Refused("rope_interleaved", "false"),
            KnownKey.Refused("rope_interleave", "false"),
            KnownKey.Refused("rotary_pct", "1"),
            KnownKey.Refused("use_mrope", "false"),
            KnownKey.Refused("no_rope_layers"),
            KnownKey.Refused("no_rope_layer_interval"),
            KnownKey.Refused("attn_logit_softcapping"),
            KnownKey.Refused("final_logit_softcapping"),
            KnownKey.Refused("clip_qkv"),
            KnownKey.Refused("use_qk_norm", "false"),
            KnownKey.Refused("qk_layernorm", "false"),
            KnownKey.Refused("logit_scale", "1"),
            KnownKey.Refused("logits_scaling", "1"),
            KnownKey.Refused("embedding_multiplier", "1"),
            KnownKey.Refused("residual_multiplier", "1"),
            KnownKey.Refused("attention_multiplier"),
            KnownKey.Refused("use_parallel_residual", "false"),
            KnownKey.Refused("parallel_attn", "false"),
            KnownKey.Refused("num_experts", "0"),
            KnownKey.Refused("num_local_experts", "0"),
            KnownKey.Refused("num_experts_per_tok", "0"),
            KnownKey.Refused("num_nextn_predict_layers", "0"),
        ]);

    /// <summary>The keys of Qwen 2 and 3.</summary>
    public static KeyTable Windowed(string title, params IEnumerable<KnownKey> others) =>
        Common.With(title, [.. KnownKey.Honoured("sliding_window", "use_sliding_window", "max_window_layers", "layer_types"), .. others]);
}
