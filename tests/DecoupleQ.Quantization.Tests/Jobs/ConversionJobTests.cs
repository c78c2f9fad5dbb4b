using System.Text.Json.Nodes;
using DecoupleQ.Checkpoints;
using DecoupleQ.ModelFiles;
using DecoupleQ.Models;
using DecoupleQ.Quantization.Jobs;
using DecoupleQ.Quantization.Outputs;
using DecoupleQ.Quantization.Settings;
using DecoupleQ.Tensors;
using DecoupleQ.Testing;
using DecoupleQ.Tests.Checkpoints.Gguf;
using DecoupleQ.Tokenization;

namespace DecoupleQ.Quantization.Tests.Jobs;

/// <summary>Models written as dense folders.</summary>
public sealed class ConversionJobTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("decoupleq-convert-");

    private string Output => Path.Combine(_folder.FullName, "out");

    public void Dispose() => _folder.Delete(recursive: true);

    public static TheoryData<string> Ggufs => ["tiny-llama-mha-tied", "tiny-llama-spm", "tiny-llama3", "tiny-qwen2", "tiny-qwen3"];

    [Theory]
    [MemberData(nameof(Ggufs))]
    public void A_gguf_file_becomes_the_folder_that_it_was_converted_from(string name)
    {
        string folder = Paths.Golden("golden", "tiny", name);
        ConversionReport report = Convert(Path.Combine(folder, "model.gguf"), ElementType.F32);
        using Checkpoint original = CheckpointFiles.Open(folder), written = CheckpointFiles.Open(Output);
        Assert.Equal(original.Tensors.Keys.Order(), written.Tensors.Keys.Order());
        Assert.Equal(original.Tensors.Count, report.Tensors);
        foreach (TensorInfo tensor in written.Tensors.Values)
        {
            Assert.Equal(TensorType.F32, tensor.Type);
            Assert.Equal(original.Source.ReadFloats(tensor.Name), written.Source.ReadFloats(tensor.Name));
        }
        Assert.Equal("float32", (string?)written.Config["torch_dtype"]);
        Assert.Equal(original.Config["architectures"]!.ToJsonString(), written.Config["architectures"]!.ToJsonString());
        AssertSameLogits(folder, Output, 1e-5f);
    }

    [Theory]
    [InlineData(ElementType.F16)]
    [InlineData(ElementType.BF16)]
    public void Weights_are_rounded_once_to_the_type(ElementType type)
    {
        string folder = Paths.Golden("golden", "tiny", "tiny-qwen3");
        Convert(Path.Combine(folder, "model.gguf"), type);
        using Checkpoint original = CheckpointFiles.Open(folder), written = CheckpointFiles.Open(Output);
        foreach (TensorInfo tensor in written.Tensors.Values)
        {
            Assert.Equal(TensorTypes.Of(type), tensor.Type);
            Assert.Equal(original.Source.ReadFloats(tensor.Name).Select(v => FloatFormat.Round(type, v)), written.Source.ReadFloats(tensor.Name));
        }
    }

    [Theory]
    [InlineData("model.layers.1.mlp.up_proj.weight", ElementType.F16)]
    [InlineData("model.norm.weight", ElementType.F32)]
    [InlineData("lm_head.weight", ElementType.BF16)]
    public void A_weight_that_is_not_finite_is_refused_by_name(string tensor, ElementType type)
    {
        using var broken = new TinyModel(tied: false, weights => weights[tensor][3] = float.NaN);
        Assert.Equal(tensor, Assert.Throws<DecoupleQException>(() => Convert(broken.Folder, type)).Field);
        Assert.False(Directory.Exists(Output));
    }

    [Fact]
    public void What_files_contradict_each_other_in_or_leave_to_a_guess_is_told()
    {
        using var rotary = new TinyModel(tied: false, changeConfig: config =>
        {
            config["rope_scaling"] = new JsonObject { ["rope_type"] = "linear", ["factor"] = 4 };
            config["rope_parameters"] = new JsonObject { ["rope_type"] = "default", ["rope_theta"] = 10000 };
        });
        Assert.Contains("rope_scaling", Assert.Single(Convert(rotary.Folder, ElementType.F32).Warnings));
        using (LanguageModel written = LanguageModel.Load(Output))
        {
            Assert.Empty(written.Warnings);
        }
        using (LanguageModel source = LanguageModel.Load(rotary.Folder), written = LanguageModel.Load(Output))
        {
            int[] ids = [1, 5, 77, 3, 150, 8];
            Assert.Equal(source.Logits(ids), written.Logits(ids), (a, b) => Math.Abs(a - b) < 1e-5f);
        }
        Directory.Delete(Output, recursive: true);

        using var files = new DecoupleQ.Tests.TemporaryFolder();
        string file = GgufImage.Model()
            .Add("tokenizer.ggml.model", "gpt2").Add("tokenizer.ggml.merges", Array.Empty<string>()).Add("tokenizer.ggml.tokens", (object[])["a", "b"])
            .Add("tokenizer.ggml.token_type", (object[])[1, 1]).Add("tokenizer.ggml.eos_token_id", 0u).Add("general.temperature_scale", 2f).Save(files);
        IReadOnlyList<string> warnings = Convert(file, ElementType.F32).Warnings;
        Assert.Equal(2, warnings.Count);
        Assert.Contains(warnings, warning => warning.Contains("tokenizer.ggml.pre", StringComparison.Ordinal));
        Assert.Contains(warnings, warning => warning.Contains("general.temperature_scale", StringComparison.Ordinal));
    }

    [Fact]
    public void A_config_that_asks_for_what_is_not_supported_is_refused()
    {
        using var strange = new TinyModel(tied: false, changeConfig: config => config["attention_temperature"] = 2);
        Assert.Equal("attention_temperature", Assert.Throws<DecoupleQException>(() => Convert(strange.Folder, ElementType.F32)).Field);
        Assert.False(Directory.Exists(Output));
    }

    [Fact]
    public void A_packed_folder_becomes_the_dense_model_that_it_computes()
    {
        string dense = Paths.Golden("golden", "tiny", "tiny-llama-spm"), packed = Pack(dense);
        Convert(packed, ElementType.F32);
        using Checkpoint source = CheckpointFiles.Open(packed), written = CheckpointFiles.Open(Output);
        Assert.Null(written.Quantization);
        Assert.DoesNotContain(
            written.Tensors.Keys, name => name.EndsWith(".scales", StringComparison.Ordinal) || name.EndsWith(".biases", StringComparison.Ordinal));
        Assert.Equal(QuantizationConfig.Method, (string?)source.Config["quantization_config"]!["quant_method"]);
        Assert.False(written.Config.ContainsKey("quantization_config"));
        Assert.Equal("float32", (string?)written.Config["dtype"]);
        AssertSameLogits(packed, Output, 1e-4f);
        Assert.Equal(File.ReadAllBytes(Path.Combine(dense, "tokenizer.model")), File.ReadAllBytes(Path.Combine(Output, "tokenizer.model")));
    }

    [Fact]
    public void A_gguf_file_is_quantized_like_the_folder_that_it_was_converted_from()
    {
        string folder = Paths.Golden("golden", "tiny", "tiny-llama-spm");
        using Checkpoint fromFolder = CheckpointFiles.Open(Pack(folder)), fromFile = CheckpointFiles.Open(Pack(Path.Combine(folder, "model.gguf")));
        Assert.Equal(fromFolder.Tensors.Keys.Order(), fromFile.Tensors.Keys.Order());
        foreach (TensorInfo tensor in fromFolder.Tensors.Values.Where(t => t.Type == TensorType.U32))
        {
            Assert.Equal(fromFolder.Source.ReadWords(tensor.Name).ToArray(), fromFile.Source.ReadWords(tensor.Name).ToArray());
        }
        Assert.Equal(
            TokenizerFiles.Load(fromFolder.Path).Encode("It was the best of times."),
            TokenizerFiles.Load(fromFile.Path).Encode("It was the best of times."));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Shards_of_a_gguf_file_become_one_folder_whichever_is_named(int named)
    {
        using var files = new DecoupleQ.Tests.TemporaryFolder();
        for (int shard = 1; shard <= 2; shard++)
        {
            GgufImage image = GgufImage.Model();
            // The metadata and the blocks in one file, the rest in the other.
            foreach (string name in image.TensorNames.Where(name => name.StartsWith("blk.", StringComparison.Ordinal) != (shard == 1)))
            {
                image.Remove(name);
            }
            foreach (string key in image.Keys.Where(key => shard == 2 && key != "general.architecture"))
            {
                image.Remove(key);
            }
            image.Add("split.no", (ushort)(shard - 1))
                .Add("split.count", (ushort)2)
                .Add("split.tensors.count", 11)
                .Save(files, $"tiny-{shard:D5}-of-00002.gguf");
        }
        ConversionReport report = Convert(files.File($"tiny-{named:D5}-of-00002.gguf"), ElementType.F32);
        using Checkpoint whole = CheckpointFiles.Open(GgufImage.Model().Save(files)), written = CheckpointFiles.Open(Output);
        Assert.Equal(11, report.Tensors);
        Assert.Equal(whole.Tensors.Keys.Order(), written.Tensors.Keys.Order());
        Assert.All(whole.Tensors.Keys, name => Assert.Equal(whole.Source.ReadFloats(name), written.Source.ReadFloats(name)));
    }

    [Fact]
    public void Many_tensors_go_into_shards_with_an_index()
    {
        string folder = Paths.Golden("golden", "tiny", "tiny-llama3");
        ConversionReport report = ConversionJob.Run(
            Options(Path.Combine(folder, "model.gguf"), ElementType.BF16) with { ShardBytes = 100_000 }, null, TestContext.Current.CancellationToken);
        Assert.True(report.Files.Count(file => file.EndsWith(".safetensors", StringComparison.Ordinal)) > 2);
        Assert.Contains("model.safetensors.index.json", report.Files);
        Assert.Equal(
            report.Files.Order(StringComparer.Ordinal), Directory.EnumerateFiles(Output).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal));
        AssertSameLogits(folder, Output, 1e-5f);
    }

    [Fact]
    public void Progress_ends_with_all_bytes()
    {
        var seen = new List<ConversionProgress>();
        ConversionReport report = ConversionJob.Run(
            Options(Paths.Golden("golden", "tiny", "tiny-qwen2", "model.gguf"), ElementType.F16), new Direct(seen), TestContext.Current.CancellationToken);
        Assert.Equal(report.Tensors, seen.Count);
        Assert.Equal((report.Bytes, report.Bytes), (seen[^1].Bytes, seen[^1].TotalBytes));
    }

    [Fact]
    public void A_cancelled_conversion_leaves_nothing()
    {
        using var cancellation = new CancellationTokenSource();
        string model = Paths.Golden("golden", "tiny", "tiny-qwen2", "model.gguf");
        Assert.Throws<OperationCanceledException>(
            () => ConversionJob.Run(Options(model, ElementType.F16), new Direct([], cancellation.Cancel), cancellation.Token));
        Assert.Empty(_folder.EnumerateFileSystemInfos());
    }

    [Fact]
    public void An_output_that_is_there_is_replaced_only_if_it_is_ours_and_on_request()
    {
        string model = Paths.Golden("golden", "tiny", "tiny-qwen2", "model.gguf");
        Convert(model, ElementType.F16);
        Assert.Throws<DecoupleQException>(() => Convert(model, ElementType.BF16));
        ConversionJob.Run(Options(model, ElementType.BF16) with { Force = true }, null, TestContext.Current.CancellationToken);
        using (Checkpoint written = CheckpointFiles.Open(Output))
        {
            Assert.Equal("bfloat16", (string?)written.Config["torch_dtype"]);
        }
        File.Delete(Path.Combine(Output, FolderManifest.FileName));
        Assert.Throws<DecoupleQException>(
            () => ConversionJob.Run(Options(model, ElementType.F16) with { Force = true }, null, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void A_weight_beyond_the_range_of_the_type_is_refused_by_name()
    {
        using var model = new TinyModel(tied: true, weights => weights["model.norm.weight"][3] = 7e4f, type: ElementType.F32);
        DecoupleQException error = Assert.Throws<DecoupleQException>(() => Convert(model.Folder, ElementType.F16));
        Assert.Equal("model.norm.weight", error.Field);
        Assert.False(Directory.Exists(Output));
        Assert.False(Directory.Exists(Output + ".partial"));
        Convert(model.Folder, ElementType.BF16);
    }

    private ConversionOptions Options(string model, ElementType type) => new() { Model = model, Output = Output, Type = type };

    private ConversionReport Convert(string model, ElementType type) => ConversionJob.Run(Options(model, type), null, TestContext.Current.CancellationToken);

    private string Pack(string model)
    {
        string ids = Path.Combine(_folder.FullName, "ids.safetensors"), output = Path.Combine(_folder.FullName, "packed-" + Guid.NewGuid());
        var random = new Random(5);
        uint[] windows = [.. Enumerable.Range(0, 4 * 32).Select(_ => (uint)random.Next(320))];
        SafetensorsWriter.Write(ids, [TensorPayload.Words("ids", [4, 32], windows)], TestContext.Current.CancellationToken);
        QuantizationJob.Run(
            new QuantizationOptions { Model = model, Output = output, Calibration = [ids], Format = new(4, 32), Minimisation = new() { Epochs = 0 } },
            null,
            TestContext.Current.CancellationToken);
        return output;
    }

    private static void AssertSameLogits(string one, string other, float tolerance)
    {
        using LanguageModel first = LanguageModel.Load(one), second = LanguageModel.Load(other);
        int[] ids = [1, 5, 17, 300, 42, 7];
        float worst = first.Logits(ids).Zip(second.Logits(ids), (a, b) => Math.Abs(a - b)).Max();
        Assert.True(worst <= tolerance, $"The largest difference is {worst}.");
    }

    private sealed class Direct(List<ConversionProgress> seen, Action? then = null) : IProgress<ConversionProgress>
    {
        public void Report(ConversionProgress value)
        {
            seen.Add(value);
            then?.Invoke();
        }
    }
}
