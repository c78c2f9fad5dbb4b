using System.Text;
using System.Text.Json.Nodes;
using DecoupleQ.Checkpoints;
using DecoupleQ.Models.Architectures;
using DecoupleQ.Models.Plans;
using DecoupleQ.Storage;
using DecoupleQ.Tensors;

namespace DecoupleQ.Bench;

/// <summary>A model folder of the 1.1B Llama's shape with random weights, in a temporary place.</summary>
internal sealed class RandomLlama : IDisposable
{
    private static readonly AffineFormat EightBits = new(8, 64);

    private RandomLlama(string path) => Path = path;

    public string Path { get; }

    /// <summary>Writes the folder: linear layers dense in BF16, or affine; embedding and head BF16.</summary>
    /// <param name="format">The layers' format; null for BF16.</param>
    public static RandomLlama Write(AffineFormat? format)
    {
        string folder = Directory.CreateTempSubdirectory("decoupleq-bench-").FullName;
        Write(folder, format, packedHead: false);
        return new RandomLlama(folder);
    }

    /// <summary>Writes the folder where it is wanted.</summary>
    /// <param name="folder">An empty folder.</param>
    /// <param name="format">The layers' format; null for BF16.</param>
    /// <param name="packedHead">Whether the head has 8 bits in groups of 64.</param>
    public static void Write(string folder, AffineFormat? format, bool packedHead) => Write(folder, Config(), format, packedHead);

    /// <summary>Writes a folder of another shape.</summary>
    /// <param name="folder">An empty folder.</param>
    /// <param name="config">The config of a Llama.</param>
    /// <param name="format">The layers' format; null for BF16.</param>
    /// <param name="packedHead">Whether the head has 8 bits in groups of 64.</param>
    public static void Write(string folder, JsonObject config, AffineFormat? format, bool packedHead)
    {
        string configFile = System.IO.Path.Combine(folder, "config.json");
        ModelPlan plan = Architecture.Plan(new JsonSection(configFile, config));
        if (format is AffineFormat packed)
        {
            var others = new Dictionary<string, AffineFormat?>();
            if (packedHead)
            {
                others.Add(plan.Head, EightBits);
            }
            config = PackedConfig.Create(config, packed, others, []);
        }
        File.WriteAllText(configFile, config.ToJsonString(), Encoding.UTF8);
        SafetensorsWriter.Write(System.IO.Path.Combine(folder, "model.safetensors"), [.. Tensors(plan, format, packedHead)]);
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);

    private static IEnumerable<TensorPayload> Tensors(ModelPlan plan, AffineFormat? format, bool packedHead)
    {
        yield return Dense(plan.Embedding, plan.VocabularySize, plan.Width);
        if (packedHead)
        {
            AffineMatrix head = LlamaShape.Affine(plan.VocabularySize, plan.Width, EightBits.Bits, EightBits.GroupSize, 0);
            foreach (TensorPayload payload in AffineTensors.Of(plan.Head, head))
            {
                yield return payload;
            }
        }
        else
        {
            yield return Dense(plan.Head, plan.VocabularySize, plan.Width);
        }
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
        (stream, cancellationToken) =>
            TensorPayload.Matrix(module, LlamaShape.Dense(rows, columns, ElementType.BF16, seed: rows)).Write(stream, cancellationToken));

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
