using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;
using DecoupleQ.Checkpoints;
using DecoupleQ.Quantization.Estimates;
using DecoupleQ.Quantization.Jobs;

namespace DecoupleQ.Quantization.Tests.Jobs;

/// <summary>Models that lack something are refused before anything is done, by whatever would write a folder of them.</summary>
public sealed class IncompleteModelTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string, string> Changes
    {
        get
        {
            var changes = new TheoryData<string, string>();
            foreach (string tensor in (string[])["model.norm.weight", "lm_head.weight", "model.embed_tokens.weight",
                "model.layers.1.mlp.down_proj.weight", "model.layers.1.input_layernorm.weight"])
            {
                foreach (string change in (string[])["missing", "half", "I16", "another rank", "no rows"])
                {
                    changes.Add(tensor, change);
                }
            }
            return changes;
        }
    }

    [Theory]
    [MemberData(nameof(Changes))]
    public void A_tensor_that_is_missing_or_of_another_type_or_shape_is_refused_by_name(string tensor, string change)
    {
        // Of two blocks only the first is quantized.
        using var model = new TinyModel(tied: false, changeTensors: tensors => Change(tensors, tensor, change));
        string output = model.NewOutput();
        int reports = 0;
        DecoupleQException[] errors =
        [
            Assert.Throws<DecoupleQException>(() => model.Run(o => o with { Output = output, Blocks = 1 }, _ => reports++)),
            Assert.Throws<DecoupleQException>(() => JobEstimate.Of(model.Options(output) with { Blocks = 1 }, cancellationToken: Token)),
            Assert.Throws<DecoupleQException>(() => ConversionJob.Run(new() { Model = model.Folder, Output = output }, null, Token)),
        ];
        Assert.All(errors, error => Assert.Equal(tensor, error.Field));
        Assert.Equal(0, reports);
        Assert.Empty(Directory.GetFileSystemEntries(model.Outputs));
    }

    [Theory]
    [InlineData("vocab_size", int.MaxValue)]
    [InlineData("num_hidden_layers", int.MaxValue)]
    [InlineData("num_hidden_layers", 10_000)]
    [InlineData("num_hidden_layers", 3)]
    [InlineData("num_hidden_layers", 1)]
    [InlineData("hidden_size", int.MaxValue - 3)]
    [InlineData("hidden_size", 1 << 20)]
    [InlineData("intermediate_size", int.MaxValue)]
    [InlineData("head_dim", int.MaxValue - 1)]
    [InlineData("head_dim", 1 << 16)]
    [InlineData("num_attention_heads", 1 << 30)]
    [InlineData("max_position_embeddings", 0)]
    public void A_size_that_no_tensor_has_is_refused(string field, int value)
    {
        using var model = new TinyModel(tied: false, changeConfig: config => config[field] = value);
        string output = model.NewOutput();
        Assert.Throws<DecoupleQException>(() => model.Run(o => o with { Output = output }));
        Assert.Throws<DecoupleQException>(() => JobEstimate.Of(model.Options(output), cancellationToken: Token));
        Assert.Throws<DecoupleQException>(() => ConversionJob.Run(new() { Model = model.Folder, Output = output }, null, Token));
        Assert.Empty(Directory.GetFileSystemEntries(model.Outputs));
    }

    [Theory]
    [InlineData("config.json", "99999999999")]
    [InlineData("config.json", "[-1]")]
    [InlineData("generation_config.json", "\"x\"")]
    public void Ids_that_end_a_text_and_are_none_are_refused(string file, string ids)
    {
        using var model = new TinyModel(
            tied: false, changeConfig: config => config["eos_token_id"] = file == "config.json" ? JsonNode.Parse(ids) : null);
        if (file != "config.json")
        {
            File.WriteAllText(Path.Combine(model.Folder, file), $$"""{"eos_token_id": {{ids}}}""");
        }
        string output = model.NewOutput();
        Assert.Equal("eos_token_id", Assert.Throws<DecoupleQException>(() => model.Run(o => o with { Output = output })).Field?.Split('[')[0]);
        Assert.Throws<DecoupleQException>(() => ConversionJob.Run(new() { Model = model.Folder, Output = output }, null, Token));
        Assert.Empty(Directory.GetFileSystemEntries(model.Outputs));
    }

    public static TheoryData<string, string, string?> BrokenFiles => new()
    {
        { "tokenizer.json", "{\"model\": ", null },
        { "tokenizer.json", "{\"model\": {\"type\": \"Unigram\"}}", "model.type" },
        { "tokenizer.json", TokenizerOf(TinyModel.Vocabulary + 1), "vocab_size" },
        { "tokenizer.model", "\n\u0010\n\u0005<unk>", null },
        { "tokenizer_config.json", "{\"bos_token\": ", null },
        { "tokenizer_config.json", "[]", null },
        { "tokenizer_config.json", "{\"chat_template\": \"{% if %}\"}", "chat_template, line 1" },
        { "tokenizer_config.json", "{\"chat_template\": 3}", "chat_template" },
        { "special_tokens_map.json", "{\"bos_token\": \"<s>\"", null },
        { "added_tokens.json", "{\"<s>\": ", null },
        { "generation_config.json", "{", null },
        { "generation_config.json", "{\"do_sample\": true, \"temperature\": -1}", "temperature" },
        { "generation_config.json", "{\"do_sample\": true, \"top_p\": 2}", "top_p" },
        { "generation_config.json", "{\"num_beams\": 4}", "num_beams" },
        { "chat_template.jinja", "{% for message in messages %}{{ message.content }}", "line 1" },
        { "chat_template.jinja", "\uD800", null },
        { "chat_template.json", "{\"chat_template\": \"{{ \"}", "chat_template, line 1" },
    };

    // What goes along and is broken was written into a folder that no command could use.
    [Theory]
    [MemberData(nameof(BrokenFiles))]
    public void A_file_beside_the_weights_that_a_run_would_refuse_is_refused_by_name(string name, string content, string? field)
    {
        using var model = new TinyModel(tied: false);
        string file = Path.Combine(model.Folder, name), output = model.NewOutput();
        // A lone surrogate stands for bytes that are no UTF-8.
        File.WriteAllBytes(file, content == "\uD800" ? [0xFF, 0xFE, 0x41] : Encoding.UTF8.GetBytes(content));
        DecoupleQException[] errors =
        [
            Assert.Throws<DecoupleQException>(() => model.Run(o => o with { Output = output })),
            Assert.Throws<DecoupleQException>(() => JobEstimate.Of(model.Options(output), cancellationToken: Token)),
            Assert.Throws<DecoupleQException>(() => ConversionJob.Run(new() { Model = model.Folder, Output = output }, null, Token)),
        ];
        // An id too many is told of the config, whose rows are too few.
        Assert.All(errors, error => Assert.Equal((field == "vocab_size" ? Path.Combine(model.Folder, "config.json") : file, field), (error.File, error.Field)));
        Assert.Empty(Directory.GetFileSystemEntries(model.Outputs));
        File.Delete(file);
        model.Run(o => o with { Output = output });
    }

    [Fact]
    public void Ids_that_end_a_text_are_looked_at_in_both_files()
    {
        using var model = new TinyModel(tied: false, changeConfig: config => config["eos_token_id"] = 99999999999);
        File.WriteAllText(Path.Combine(model.Folder, "generation_config.json"), """{"eos_token_id": 2}""");
        string output = model.NewOutput();
        DecoupleQException error = Assert.Throws<DecoupleQException>(() => ConversionJob.Run(new() { Model = model.Folder, Output = output }, null, Token));
        Assert.Equal((Path.Combine(model.Folder, "config.json"), "eos_token_id"), (error.File, error.Field));
    }

    private static string TokenizerOf(int ids)
    {
        var vocabulary = new JsonObject();
        for (int id = 0; id < ids; id++)
        {
            vocabulary[((char)('\u4E00' + id)).ToString()] = id;
        }
        return new JsonObject
        {
            ["model"] = new JsonObject
            {
                ["type"] = "BPE", ["unk_token"] = "\u4E00", ["vocab"] = vocabulary, ["merges"] = new JsonArray(),
            },
        }.ToJsonString();
    }

    [Fact]
    public void A_norm_in_double_precision_is_written_in_single()
    {
        using var model = new TinyModel(tied: false, changeTensors: tensors =>
        {
            int at = tensors.FindIndex(tensor => tensor.Name == "model.layers.0.input_layernorm.weight");
            double[] ones = [.. Enumerable.Repeat(1.0, TinyModel.Width)];
            tensors[at] = new TensorPayload(
                tensors[at].Name, TensorType.F64, tensors[at].Shape, (stream, _) => stream.Write(MemoryMarshal.AsBytes<double>(ones)));
        });
        string output = model.Run();
        using var file = SafetensorsFile.Open(Path.Combine(output, "model-00002-of-00003.safetensors"), TensorAccess.Read);
        Assert.Equal(TensorType.F32, file.Tensors["model.layers.0.input_layernorm.weight"].Type);
        JobEstimate estimate = JobEstimate.Of(model.Options(model.NewOutput()), cancellationToken: Token);
        using var checkpoint = DecoupleQ.ModelFiles.CheckpointFiles.Open(output, TensorAccess.Read);
        Assert.Equal(checkpoint.Tensors.Values.Sum(tensor => tensor.ByteLength), estimate.OutputBytes);
    }

    private static void Change(List<TensorPayload> tensors, string name, string change)
    {
        int at = tensors.FindIndex(tensor => tensor.Name == name);
        TensorPayload tensor = tensors[at];
        long[] shape = [.. tensor.Shape];
        tensors.RemoveAt(at);
        switch (change)
        {
            case "half":
                Add(tensor.Type, [shape[0] / 2, .. shape.Skip(1)]);
                break;
            case "I16":
                Add(TensorType.I16, shape);
                break;
            case "another rank":
                Add(tensor.Type, shape.Length == 1 ? [1, .. shape] : [shape[0] * shape[1]]);
                break;
            case "no rows":
                Add(tensor.Type, [0, .. shape.Skip(1)]);
                break;
        }

        void Add(TensorType type, long[] sizes) => tensors.Add(new TensorPayload(name, type, sizes, (stream, _) =>
        {
            var bytes = new byte[TensorTypes.ByteLength(type, sizes)!.Value];
            stream.Write(bytes);
        }));
    }
}
