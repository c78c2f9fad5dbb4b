using System.Text.Json;
using DecoupleQ.Checkpoints;
using DecoupleQ.Tensors;
using DecoupleQ.Testing;

namespace DecoupleQ.Tests.Evaluation;

/// <summary>A Llama of one narrow block and as many ids as are wanted, with the sample's tokenizer.</summary>
internal static class LargeVocabulary
{
    private const int Width = 8;

    public static void Write(TemporaryFolder folder, int vocabulary)
    {
        foreach (string file in Directory.GetFiles(Paths.Model, "tokenizer*"))
        {
            File.Copy(file, folder.File(Path.GetFileName(file)));
        }
        File.WriteAllText(folder.File("config.json"), JsonSerializer.Serialize(new Dictionary<string, object>
        {
            ["model_type"] = "llama",
            ["architectures"] = (string[])["LlamaForCausalLM"],
            ["hidden_size"] = Width,
            ["intermediate_size"] = Width,
            ["num_hidden_layers"] = 1,
            ["num_attention_heads"] = 2,
            ["num_key_value_heads"] = 2,
            ["vocab_size"] = vocabulary,
            ["max_position_embeddings"] = 256,
            ["rms_norm_eps"] = 1e-5,
            ["rope_theta"] = 10000.0,
            ["hidden_act"] = "silu",
            ["tie_word_embeddings"] = true,
        }));
        string[] layers = ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj", "mlp.gate_proj", "mlp.up_proj", "mlp.down_proj"];
        SafetensorsWriter.Write(
            folder.File("model.safetensors"),
            [
                Tensor("model.embed_tokens.weight", vocabulary, Width),
                Tensor("model.norm.weight", Width),
                Tensor("model.layers.0.input_layernorm.weight", Width),
                Tensor("model.layers.0.post_attention_layernorm.weight", Width),
                .. layers.Select(layer => Tensor($"model.layers.0.{layer}.weight", Width, Width)),
            ],
            TestContext.Current.CancellationToken);
    }

    private static TensorPayload Tensor(string name, params long[] shape)
    {
        int count = (int)shape.Aggregate((a, b) => a * b);
        return TensorPayload.Floats(name, ElementType.F32, shape, (float[])[.. Enumerable.Range(0, count).Select(i => MathF.Sin(i * 0.7f))]);
    }
}
