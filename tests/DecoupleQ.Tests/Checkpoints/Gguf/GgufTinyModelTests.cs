using DecoupleQ.Checkpoints;
using DecoupleQ.ModelFiles;
using DecoupleQ.Models;
using DecoupleQ.Testing;

namespace DecoupleQ.Tests.Checkpoints.Gguf;

/// <summary>Tiny checkpoints that exist both as GGUF and as the safetensors folder they were converted from.</summary>
public sealed class GgufTinyModelTests
{
    private const float Tolerance = 5e-4f;

    public static TheoryData<string> Names => ["tiny-llama-mha-tied", "tiny-llama-spm", "tiny-llama3", "tiny-qwen2", "tiny-qwen3"];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_tensor_equals_the_folder_s(string name)
    {
        string folder = Paths.Golden("golden", "tiny", name);
        using Checkpoint dense = CheckpointFiles.Open(folder);
        foreach (TensorAccess access in Enum.GetValues<TensorAccess>())
        {
            using Checkpoint gguf = CheckpointFiles.Open(Path.Combine(folder, "model.gguf"), access);
            Assert.Equal(dense.Tensors.Keys.Order(), gguf.Tensors.Keys.Order());
            foreach (TensorInfo tensor in dense.Tensors.Values)
            {
                Assert.Equal(tensor.Shape, gguf.Tensors[tensor.Name].Shape);
                float[] expected = dense.Source.ReadFloats(tensor.Name);
                Assert.Equal(expected, gguf.Source.ReadFloats(tensor.Name));
                Assert.Equal(expected, Copied(gguf, tensor.Name));
                if (tensor.Shape.Count == 2)
                {
                    var rows = new float[expected.Length];
                    gguf.ReadWeight(tensor.Name[..tensor.Name.LastIndexOf('.')]).DequantizeRows(0, (int)tensor.Shape[0], rows);
                    Assert.Equal(expected, rows);
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_config_equals_the_folder_s(string name)
    {
        string folder = Paths.Golden("golden", "tiny", name);
        using Checkpoint dense = CheckpointFiles.Open(folder), gguf = CheckpointFiles.Open(Path.Combine(folder, "model.gguf"));
        string[] fields =
        [
            "model_type", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "num_key_value_heads", "hidden_act",
            "max_position_embeddings", "vocab_size", "tie_word_embeddings",
        ];
        foreach (string field in fields)
        {
            Assert.Equal(dense.Config[field]!.ToJsonString(), gguf.Config[field]!.ToJsonString());
        }
        Assert.Equal(dense.ConfigSection.Number("rms_norm_eps"), gguf.ConfigSection.Number("rms_norm_eps"));
        Assert.Equal(dense.Config["architectures"]!.ToJsonString(), gguf.Config["architectures"]!.ToJsonString());
        var rope = dense.Config["rope_parameters"] ?? dense.Config;
        Assert.Equal(rope["rope_theta"]!.GetValue<double>(), gguf.Config["rope_theta"]!.GetValue<double>());
        if (name == "tiny-llama3")
        {
            foreach (string field in (string[])["rope_type", "factor", "low_freq_factor", "high_freq_factor", "original_max_position_embeddings"])
            {
                Assert.Equal(Normalized(rope[field]!), Normalized(gguf.Config["rope_scaling"]![field]!));
            }
        }
        else
        {
            Assert.Null(gguf.Config["rope_scaling"]);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Logits_equal_the_golden_ones(string name)
    {
        string folder = Paths.Golden("golden", "tiny", name);
        using LanguageModel model = LanguageModel.Load(Path.Combine(folder, "model.gguf"));
        using SafetensorsFile expected = SafetensorsFile.Open(Path.Combine(folder, "expected.safetensors"), TensorAccess.Read);
        for (int i = 0; i < 2; i++)
        {
            int[] ids = [.. expected.ReadIntegers($"{i}.ids").Select(id => (int)id)];
            float[] logits = model.Logits(ids);
            if (expected.Tensors.ContainsKey($"{i}.logits"))
            {
                AssertClose(expected.ReadFloats($"{i}.logits"), logits);
                continue;
            }
            long[] topIds = expected.ReadIntegers($"{i}.topIds");
            AssertClose(expected.ReadFloats($"{i}.topLogits"), [.. topIds.Select((id, n) => logits[(n / 16 * model.VocabularySize) + (int)id])]);
            AssertClose(expected.ReadFloats($"{i}.lastLogits"), logits[^model.VocabularySize..]);
        }
    }

    // 8.0 and 8 are the same number.
    private static string Normalized(System.Text.Json.Nodes.JsonNode field) =>
        double.TryParse(field.ToString(), System.Globalization.CultureInfo.InvariantCulture, out double number) ? $"{number}" : field.ToString();

    private static float[] Copied(Checkpoint checkpoint, string name)
    {
        using var bytes = new MemoryStream();
        checkpoint.CopyTensor(name, bytes, TestContext.Current.CancellationToken);
        string path = Path.GetTempFileName();
        try
        {
            TensorInfo info = checkpoint.Tensors[name];
            SafetensorsWriter.Write(
                path, [new(name, info.Type, info.Shape, (stream, _) => stream.Write(bytes.ToArray()))], TestContext.Current.CancellationToken);
            using SafetensorsFile file = SafetensorsFile.Open(path, TensorAccess.Read);
            return file.ReadFloats(name);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static void AssertClose(float[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        float worst = expected.Zip(actual, (e, a) => Math.Abs(e - a)).Max();
        Assert.True(worst <= Tolerance, $"The largest difference is {worst}.");
    }
}
