using System.Globalization;
using System.Text.Json.Nodes;
using DecoupleQ.Tensors;

namespace DecoupleQ.Checkpoints.Gguf;

/// <summary>
/// Writes down what a GGUF file says of its model as a <c>config.json</c> of Hugging Face would, in the spelling that every version of transformers reads.
/// </summary>
internal static class GgufConfig
{
    /// <summary>The config.</summary>
    /// <param name="metadata">The metadata.</param>
    /// <param name="architecture">The architecture.</param>
    /// <param name="sizes">The sizes in the metadata.</param>
    /// <param name="tensors">The file's tensors, by their names there.</param>
    /// <param name="divisors">What the tensor of rotary divisors holds; null if there is none.</param>
    /// <exception cref="DecoupleQException">A key or tensor is missing or not supported.</exception>
    public static JsonObject Create(
        GgufMetadata metadata, GgufArchitecture architecture, GgufHyperparameters sizes, IReadOnlyDictionary<string, GgufTensor> tensors, float[]? divisors)
    {
        if (!tensors.TryGetValue("token_embd.weight", out GgufTensor? embedding) || embedding.Shape.Count != 2)
        {
            throw new DecoupleQException("The matrix of token embeddings is missing.", metadata.File, "token_embd.weight", "a model with its weights");
        }
        var config = new JsonObject
        {
            ["architectures"] = new JsonArray(architecture.TransformersClass),
            ["model_type"] = architecture.Name,
            ["hidden_size"] = sizes.Width,
            ["intermediate_size"] = sizes.FeedForwardWidth,
            ["num_hidden_layers"] = sizes.Blocks,
            ["num_attention_heads"] = sizes.Heads,
            ["num_key_value_heads"] = sizes.KeyValueHeads,
            ["head_dim"] = sizes.HeadSize,
            ["hidden_act"] = "silu",
            ["max_position_embeddings"] = sizes.ContextLength,
            ["rms_norm_eps"] = Float(sizes.NormEpsilon),
            ["vocab_size"] = (int)embedding.Shape[0],
            ["tie_word_embeddings"] = !tensors.ContainsKey("output.weight"),
            ["torch_dtype"] = embedding.Type.Element switch
            {
                ElementType.F32 => "float32",
                ElementType.BF16 => "bfloat16",
                _ => "float16",
            },
        };
        GgufRotary.Add(config, metadata, architecture.Name + ".", sizes.HeadSize, divisors);
        if (architecture.DeclaresAttentionBias)
        {
            config["attention_bias"] = tensors.ContainsKey("blk.0.attn_q.bias");
        }
        if (architecture.DeclaresFeedForwardBias)
        {
            config["mlp_bias"] = tensors.ContainsKey("blk.0.ffn_up.bias");
        }
        AddSpecialIds(config, metadata);
        GgufGeneralKeys.AddSampling(config, metadata);
        return config;
    }

    /// <summary>
    /// A number as Python writes a float, always with a point or an exponent: transformers refuses or warns of an integer where it declares a float.
    /// </summary>
    public static JsonNode Float(double value)
    {
        string text = value.ToString("R", CultureInfo.InvariantCulture);
        return JsonNode.Parse(text.AsSpan().ContainsAny('.', 'E') ? text : text + ".0")!;
    }

    private static void AddSpecialIds(JsonObject config, GgufMetadata metadata)
    {
        if (metadata.TokenId("tokenizer.ggml.bos_token_id") is int bos)
        {
            config["bos_token_id"] = bos;
        }
        IReadOnlyList<int> ends = GgufEndIds.Of(metadata);
        if (ends.Count > 0)
        {
            config["eos_token_id"] = ends.Count == 1 ? ends[0] : new JsonArray([.. ends.Select(id => (JsonNode)id)]);
        }
    }
}
