using System.Text;
using System.Text.Json.Nodes;
using DecoupleQ.Checkpoints;
using DecoupleQ.Models;
using DecoupleQ.Models.Architectures;
using DecoupleQ.Tensors;

namespace DecoupleQ.Bench;

/// <summary>A model folder of the 1.1B Llama's shape with random weights, in a temporary place.</summary>
internal sealed class RandomLlama : IDisposable
{
    private RandomLlama(string path) => Path = path;

    public string Path { get; }

    /// <summary>Writes the folder: linear layers dense in BF16, or affine; embedding and head BF16.</summary>
    /// <param name="format">The layers' format; null for BF16.</param>
    public static RandomLlama Write(AffineFormat? format)
    {
        string folder = Directory.CreateTempSubdirectory("decoupleq-bench-").FullName;
        JsonObject config = Config();
        string configFile = System.IO.Path.Combine(folder, "config.json");
        ModelPlan plan = Architecture.Plan(new JsonSection(configFile, config));
        if (format is AffineFormat packed)
        {
            config = PackedConfig.Create(config, packed, new Dictionary<string, AffineFormat?>(), []);
        }
        File.WriteAllText(configFile, config.ToJsonString(), Encoding.UTF8);
        SafetensorsWriter.Write(System.IO.Path.Combine(folder, "model.safetensors"), [.. Tensors(plan, format)]);
        return new RandomLlama(folder);
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);

    private static IEnumerable<TensorPayload> Tensors(ModelPlan plan, AffineFormat? format)
    {
        yield return Dense(plan.Embedding, plan.VocabularySize, plan.Width);
        yield return Dense(plan.Head, plan.VocabularySize, plan.Width);
        foreach ((string prefix, BlockPlan part) in plan.Parts)
        {
            foreach ((int i, OwnedTensor tensor) in part.Tensors.Index())
            {
                if (tensor.Kind != TensorKind.Matrix)
                {
                    yield return Ones(prefix + tensor.Name, tensor.Columns);
                }
                else if (format is AffineFormat packed)
                {
                    int? group = packed.GroupSize == AffineFormat.PerChannel ? null : packed.GroupSize;
                    AffineMatrix matrix = LlamaShape.Affine(tensor.Rows, tensor.Columns, packed.Bits, group, i);
                    foreach (TensorPayload payload in AffineTensors.Of(prefix + tensor.Module, matrix))
                    {
                        yield return payload;
                    }
                }
                else
                {
                    yield return Dense(prefix + tensor.Module, tensor.Rows, tensor.Columns);
                }
            }
        }
    }

    // Made when it is written, so that no more than one matrix is in memory.
    private static TensorPayload Dense(string module, int rows, int columns) => new(
        module + ".weight",
        TensorType.BF16,
        [rows, columns],
        (stream, cancellationToken) => TensorPayload.Matrix(module, LlamaShape.Dense(rows, columns, ElementType.BF16, seed: rows)).Write(stream, cancellationToken));

    private static TensorPayload Ones(string name, int size)
    {
        var ones = new float[size];
        Array.Fill(ones, 1);
        return TensorPayload.Floats(name, ElementType.BF16, [size], ones);
    }

    private static JsonObject Config() => new()
    {
        ["model_type"] = "llama",
        ["architectures"] = new JsonArray("LlamaForCausalLM"),
        ["hidden_size"] = 2048,
        ["intermediate_size"] = 5632,
        ["num_hidden_layers"] = 22,
        ["num_attention_heads"] = 32,
        ["num_key_value_heads"] = 4,
        ["vocab_size"] = 32000,
        ["max_position_embeddings"] = 2048,
        ["rms_norm_eps"] = 1e-5,
        ["rope_theta"] = 10000.0,
        ["tie_word_embeddings"] = false,
        ["torch_dtype"] = "bfloat16",
    };
}
