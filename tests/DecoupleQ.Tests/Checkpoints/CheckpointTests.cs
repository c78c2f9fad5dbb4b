using System.Text.Json.Nodes;
using DecoupleQ.Checkpoints;
using DecoupleQ.ModelFiles;
using DecoupleQ.Storage;
using DecoupleQ.Tensors;
using DecoupleQ.Testing;
using DecoupleQ.Tests.Fuzzing;

namespace DecoupleQ.Tests.Checkpoints;

public sealed class CheckpointTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("tiny-llama3", ElementType.BF16, 320, false)]
    [InlineData("tiny-llama-biases-linear", ElementType.F32, 320, true)]
    [InlineData("tiny-llama-mha-tied", ElementType.F32, 320, false)]
    [InlineData("tiny-llama-spm", ElementType.F16, 4096, false)]
    [InlineData("tiny-mistral", ElementType.F32, 320, false)]
    [InlineData("tiny-qwen2", ElementType.BF16, 320, true)]
    [InlineData("tiny-qwen3", ElementType.F32, 320, false)]
    public void Golden_checkpoints_open_with_the_tensors_of_their_architecture(string name, ElementType type, int vocabulary, bool biases)
    {
        using Checkpoint mapped = CheckpointFiles.Open(Paths.Golden("golden", "tiny", name)), read = CheckpointFiles.Open(mapped.Path, TensorAccess.Read);
        Assert.Null(mapped.Quantization);
        Assert.Equal(vocabulary, (int)mapped.Config["vocab_size"]!);
        bool tied = (bool)mapped.Config["tie_word_embeddings"]!;
        Assert.Equal(tied, !mapped.Contains("lm_head.weight"));
        DenseMatrix embedding = Assert.IsType<DenseMatrix>(mapped.ReadWeight("model.embed_tokens"));
        Assert.Equal((vocabulary, 64, type), (embedding.Rows, embedding.Columns, embedding.Type));
        Assert.Equal(64, mapped.ReadVector("model.norm.weight").Length);
        for (int layer = 0; layer < 2; layer++)
        {
            string block = $"model.layers.{layer}.";
            WeightMatrix gate = mapped.ReadWeight(block + "mlp.gate_proj"), down = mapped.ReadWeight(block + "mlp.down_proj");
            Assert.Equal((160, 64), (gate.Rows, gate.Columns));
            Assert.Equal((64, 160), (down.Rows, down.Columns));
            Assert.Equal(biases, mapped.ReadBias(block + "self_attn.q_proj") is not null);
            foreach (string module in new[] { "self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj", "mlp.up_proj" })
            {
                Assert.Equal(Dequantized(mapped.ReadWeight(block + module)), Dequantized(read.ReadWeight(block + module)));
            }
        }
        Assert.Equal(
            2 * 9 + 2 + (tied ? 0 : 1),
            mapped.Tensors.Keys.Count(k => !k.EndsWith(".bias", StringComparison.Ordinal) && !k.Contains("q_norm") && !k.Contains("k_norm")));
    }

    [Fact]
    public void The_shipped_model_opens()
    {
        using Checkpoint checkpoint = CheckpointFiles.Open(Paths.Model);
        Assert.Equal(8 * 9 + 3, checkpoint.Tensors.Count);
        Assert.Equal(ElementType.F16, Assert.IsType<DenseMatrix>(checkpoint.ReadWeight("lm_head")).Type);
    }

    [Fact]
    public void Missing_tensors_are_named()
    {
        using var folder = new TemporaryFolder();
        using Checkpoint checkpoint = Dense(folder);
        Assert.Equal("b.weight", Assert.Throws<DecoupleQException>(() => checkpoint.ReadWeight("b")).Field);
        Assert.Equal("norm", Assert.Throws<DecoupleQException>(() => checkpoint.ReadVector("norm")).Field);
        Assert.Equal("a.weight", Assert.Throws<DecoupleQException>(() => checkpoint.ReadVector("a.weight")).Field);
        Assert.Null(checkpoint.ReadBias("a"));
    }

    [Fact]
    public void Tensors_are_copied_byte_for_byte()
    {
        using var folder = new TemporaryFolder();
        using Checkpoint checkpoint = Dense(folder);
        using var copy = new MemoryStream();
        checkpoint.CopyTensor("a.weight", copy, Token);
        Assert.Equal([0, 0, 0x80, 0x3F, 0, 0, 0, 0x40], copy.ToArray());
    }

    [Fact]
    public void A_path_that_is_no_model_folder_is_refused()
    {
        using var folder = new TemporaryFolder();
        Refused(Path.Combine(folder.Path, "none"), "no such file or folder");
        File.WriteAllText(folder.File("a.safetensors"), "");
        Refused(folder.File("a.safetensors"), "This is a file of tensors");
        Assert.Equal(folder.File("config.json"), Assert.Throws<DecoupleQException>(() => CheckpointFiles.Open(folder.Path)).File);
        File.WriteAllText(folder.File("config.json"), "{}");
        Refused(folder.Path, "model.safetensors");
    }

    [Theory]
    [InlineData("pytorch_model.bin")]
    [InlineData("consolidated.00.pth")]
    public void Pickle_files_are_refused_with_the_way_to_convert_them(string name)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("config.json"), "{}");
        File.WriteAllText(folder.File(name), "");
        DecoupleQException error = Assert.Throws<DecoupleQException>(() => CheckpointFiles.Open(folder.Path));
        Assert.Equal(folder.File(name), error.File);
        Assert.Contains("save_pretrained", error.Message);
    }

    [Theory]
    [InlineData("[1]", null)]
    [InlineData("{", null)]
    [InlineData("{\"a\":1,\"a\":2}", null)]
    [InlineData("{\"a\":NaN}", null)]
    [InlineData("{\"rope\":{\"theta\":1e999}}", "rope.theta")]
    [InlineData("{\"a\":\"\\ud800\"}", null)]
    [InlineData("{\"quantization\":4}", "quantization")]
    public void A_config_that_is_not_usable_is_refused(string json, string? field)
    {
        using var folder = new TemporaryFolder();
        Dense(folder).Dispose();
        File.WriteAllText(folder.File("config.json"), json);
        DecoupleQException error = Assert.Throws<DecoupleQException>(() => CheckpointFiles.Open(folder.Path));
        Assert.Equal((folder.File("config.json"), field), (error.File, error.Field));
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void A_thousand_mutations_of_config_and_index_open_or_are_refused()
    {
        using var folder = new TemporaryFolder();
        WriteShards(folder);
        JsonObject dense = JsonFile.Read(Path.Combine(Paths.Model, "config.json"));
        byte[] config = System.Text.Encoding.UTF8.GetBytes(
            PackedConfig.Create(
                dense, new AffineFormat(2, 64), new Dictionary<string, AffineFormat?> { ["lm_head"] = new(8, 64), ["x"] = null },
                new() { ["by"] = "test" }).ToJsonString());
        byte[] index = File.ReadAllBytes(folder.File(ShardIndex.FileName));
        var random = new Random(3);
        int refused = 0;
        for (int i = 0; i < 1000; i++)
        {
            File.WriteAllBytes(folder.File("config.json"), i % 2 == 0 ? config : Mutation.Of(config, random));
            File.WriteAllBytes(folder.File(ShardIndex.FileName), i % 2 == 0 ? Mutation.Of(index, random) : index);
            try
            {
                using Checkpoint checkpoint = CheckpointFiles.Open(folder.Path, TensorAccess.Read);
                checkpoint.ReadWeight("a");
            }
            catch (DecoupleQException error)
            {
                Assert.StartsWith(folder.Path, error.File);
                Assert.DoesNotContain('\n', error.Message);
                refused++;
            }
        }
        Assert.InRange(refused, 400, 999);
    }

    [Fact]
    public void Shards_are_read_through_their_index()
    {
        using var folder = new TemporaryFolder();
        WriteShards(folder);
        using Checkpoint checkpoint = CheckpointFiles.Open(folder.Path);
        Assert.Equal([1f, 2f], Dequantized(checkpoint.ReadWeight("a")));
        Assert.Equal([3f], checkpoint.ReadVector("b.weight"));
        Assert.EndsWith("model-00002-of-00002.safetensors", checkpoint.Tensors["b.weight"].File);
    }

    [Theory]
    [InlineData("../model-00001-of-00002.safetensors")]
    [InlineData("sub/model.safetensors")]
    [InlineData("sub\\\\model.safetensors")]
    [InlineData("/etc/passwd.safetensors")]
    [InlineData("C:model.safetensors")]
    [InlineData("..safetensors")]
    [InlineData("/etc/passwd")]
    [InlineData("")]
    public void An_index_that_points_outside_its_folder_is_refused(string shard)
    {
        using var folder = new TemporaryFolder();
        WriteShards(folder);
        RefusedIndex(folder, $$$"""{"weight_map":{"a.weight":"{{{shard}}}"}}""", "weight_map.a.weight", "in the same folder");
    }

    [Fact]
    public void An_index_and_its_shards_must_agree()
    {
        using var folder = new TemporaryFolder();
        WriteShards(folder);
        const string First = "model-00001-of-00002.safetensors", Second = "model-00002-of-00002.safetensors";
        RefusedIndex(folder, $$$"""{"weight_map":{"a.weight":"{{{First}}}","c.weight":"{{{First}}}"}}""", "c.weight", "does not hold it");
        RefusedIndex(folder, $$$"""{"weight_map":{"a.weight":"{{{Second}}}"}}""", "a.weight", "does not hold it");
        RefusedIndex(folder, $$$"""{"weight_map":{"a.weight":"{{{First}}}","a.weight":"{{{First}}}"}}""", "a.weight", "twice");
        RefusedIndex(folder, """{"weight_map":{}}""", "weight_map", "at least one");
        RefusedIndex(folder, "{}", "weight_map", "missing");
        RefusedIndex(folder, """{"weight_map":{"a.weight":7}}""", "weight_map.a.weight", "a text");

        File.WriteAllText(folder.File(ShardIndex.FileName), $$$"""{"weight_map":{"a.weight":"{{{First}}}","b.weight":"other.safetensors"}}""");
        Assert.Equal(folder.File("other.safetensors"), Assert.Throws<DecoupleQException>(() => CheckpointFiles.Open(folder.Path)).File);
    }

    [Fact]
    public void A_tensor_in_two_shards_is_refused()
    {
        using var folder = new TemporaryFolder();
        WriteShards(folder);
        File.Copy(folder.File("model-00001-of-00002.safetensors"), folder.File("copy.safetensors"));
        RefusedIndex(
            folder, """{"weight_map":{"a.weight":"model-00001-of-00002.safetensors","b.weight":"copy.safetensors"}}""", "a.weight", "stored twice",
            "model-00001-of-00002.safetensors");
    }

    private static Checkpoint Dense(TemporaryFolder folder)
    {
        File.WriteAllText(folder.File("config.json"), "{}");
        SafetensorsWriter.Write(folder.File("model.safetensors"), [TensorPayload.Floats("a.weight", ElementType.F32, [1, 2], (float[])[1, 2])], Token);
        return CheckpointFiles.Open(folder.Path);
    }

    private static void WriteShards(TemporaryFolder folder)
    {
        File.WriteAllText(folder.File("config.json"), "{}");
        TensorPayload a = TensorPayload.Floats(
            "a.weight", ElementType.BF16, [1, 2], (float[])[1, 2]), b = TensorPayload.Floats("b.weight", ElementType.F32, [1], (float[])[3]);
        string[] shards = [folder.File("model-00001-of-00002.safetensors"), folder.File("model-00002-of-00002.safetensors")];
        SafetensorsWriter.Write(shards[0], [a], Token);
        SafetensorsWriter.Write(shards[1], [b], Token);
        using FileStream index = File.Create(folder.File(ShardIndex.FileName));
        ShardIndex.Write(
            index,
            [new TensorInfo("a.weight", TensorType.BF16, [1, 2], shards[0], 4), new TensorInfo("b.weight", TensorType.F32, [1], shards[1], 4)]);
    }

    private static void Refused(string path, string message)
    {
        DecoupleQException error = Assert.Throws<DecoupleQException>(() => CheckpointFiles.Open(path));
        Assert.Equal(path, error.File);
        Assert.Contains(message, error.Message);
    }

    private static void RefusedIndex(TemporaryFolder folder, string json, string? field, string message, string file = ShardIndex.FileName)
    {
        File.WriteAllText(folder.File(ShardIndex.FileName), json);
        DecoupleQException error = Assert.Throws<DecoupleQException>(() => CheckpointFiles.Open(folder.Path));
        Assert.Equal((folder.File(file), field), (error.File, error.Field));
        Assert.Contains(message, error.Message);
    }

    private static float[] Dequantized(WeightMatrix matrix)
    {
        var values = new float[matrix.Rows * matrix.Columns];
        matrix.DequantizeRows(0, matrix.Rows, values);
        return values;
    }
}
