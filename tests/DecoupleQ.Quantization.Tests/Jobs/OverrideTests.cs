using System.Text.Json.Nodes;
using DecoupleQ.Checkpoints;
using DecoupleQ.ModelFiles;
using DecoupleQ.Models;
using DecoupleQ.Quantization.Jobs;
using DecoupleQ.Quantization.Settings;
using DecoupleQ.Tensors;

namespace DecoupleQ.Quantization.Tests.Jobs;

/// <summary>Layers that are quantized otherwise than the rest, or not at all.</summary>
public sealed class OverrideTests(TinyModel model) : IClassFixture<TinyModel>
{
    private static readonly int[] Ids = [.. Enumerable.Range(0, 40).Select(i => i * 37 % TinyModel.Vocabulary)];

    // q, k and v share a Hessian and get three formats; the last match wins.
    private static readonly LayerOverride[] Mixed =
    [
        new() { Match = "*.self_attn.*", Bits = 8 },
        new() { Match = "*.down_proj", GroupSize = -1 },
        new() { Match = "k_proj", Bits = 4, GroupSize = -1 },
        new() { Match = "model.layers.*.v_proj", Skip = true },
        new() { Match = "layers.1.self_attn.v_proj", Bits = 3 },
        new() { Match = "o_proj", Skip = true },
    ];

    [Fact]
    public void Every_layer_has_the_format_of_the_last_override_that_matches_it()
    {
        string folder = model.Run(o => o with { Overrides = Mixed });
        using Checkpoint packed = CheckpointFiles.Open(folder), dense = CheckpointFiles.Open(model.Folder);
        var formats = new Dictionary<string, AffineFormat?>();
        for (int block = 0; block < 2; block++)
        {
            string prefix = $"model.layers.{block}.";
            formats[prefix + "self_attn.q_proj"] = new(8, 32);
            formats[prefix + "self_attn.k_proj"] = new(4, -1);
            formats[prefix + "self_attn.v_proj"] = block == 0 ? null : new(3, 32);
            formats[prefix + "self_attn.o_proj"] = null;
            formats[prefix + "mlp.up_proj"] = formats[prefix + "mlp.gate_proj"] = new(2, 32);
            formats[prefix + "mlp.down_proj"] = new(2, -1);
        }
        long bits = 0, weights = 0;
        foreach ((string module, AffineFormat? format) in formats)
        {
            WeightMatrix weight = packed.ReadWeight(module);
            Assert.Equal(format, packed.Quantization!.FormatOf(module));
            if (format is not AffineFormat some)
            {
                Assert.IsType<DenseMatrix>(weight);
                Assert.Equal(Bytes(dense, module + ".weight"), Bytes(packed, module + ".weight"));
                continue;
            }
            AffineMatrix affine = Assert.IsType<AffineMatrix>(weight);
            Assert.Equal((some.Bits, some.GroupSize == -1 ? weight.Columns : some.GroupSize), (affine.Bits, affine.GroupSize));
            bits += affine.StoredBits;
            weights += (long)affine.Rows * affine.Columns;
        }

        JsonNode record = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "decoupleq.json")))!;
        Assert.Equal(
            formats.Where(f => f.Value is not null).Select(f => $"{f.Key} {f.Value!.Value.Bits} {f.Value.Value.GroupSize}").Order(),
            record["layers"]!.AsArray().Select(layer => $"{layer!["name"]} {layer["bits"]} {layer["groupSize"]}").Order());
        Assert.Equal(bits / (double)weights, CheckpointSummary.Of(packed).QuantizedLayersBitsPerWeight!.Value, 1e-12);

        using LanguageModel fast = LanguageModel.Load(folder), exact = LanguageModel.Load(folder, new() { Arithmetic = Arithmetic.Float32 });
        Assert.All(exact.Logits(Ids).Zip(fast.Logits(Ids)), pair => Assert.Equal(pair.First, pair.Second, 5e-5 * (1 + Math.Abs(pair.First))));
    }

    [Fact]
    public void The_report_counts_the_layers_that_are_quantized()
    {
        QuantizationOptions options = model.Options(model.NewOutput()) with
        {
            Overrides = [new() { Match = "self_attn.*", Skip = true }, new() { Match = "up_proj", Bits = 4 }],
        };
        QuantizationReport report = QuantizationJob.Run(options, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(6, report.Layers.Count);
        // 2, 2 and 4 bits for as many weights each, and two F16 for 32 weights.
        Assert.Equal((8 / 3.0) + (32.0 / 32), report.BitsPerWeight.QuantizedLayers, 1e-12);
    }

    [Fact]
    public void More_bits_for_a_layer_lower_its_loss_and_leave_the_layers_before_it_alone()
    {
        QuantizationOptions options = model.Options("") with { Minimisation = new() { Epochs = 0 } };
        Dictionary<string, double> plain = Losses(options), changed = Losses(options with { Overrides = [new() { Match = "layers.1.mlp.up_proj", Bits = 4 }] });
        Assert.True(changed["model.layers.1.mlp.up_proj"] < plain["model.layers.1.mlp.up_proj"] / 4);
        string[] after = ["model.layers.1.mlp.up_proj", "model.layers.1.mlp.down_proj"];
        Assert.All(plain.Where(layer => !after.Contains(layer.Key)), layer => Assert.Equal(layer.Value, changed[layer.Key]));
        Assert.NotEqual(plain[after[1]], changed[after[1]]);

        Dictionary<string, double> Losses(QuantizationOptions options) =>
            QuantizationJob.Run(options with { Output = model.NewOutput() }, cancellationToken: TestContext.Current.CancellationToken)
                .Layers.ToDictionary(layer => layer.Name, layer => layer.Loss);
    }

    [Fact]
    public void Overrides_that_say_what_the_job_says_change_no_weight()
    {
        string plain = model.Run();
        string same = model.Run(
            o => o with { Overrides = [new() { Match = "*", Bits = 2 }, new() { Match = "q_proj", GroupSize = 32 }, new() { Match = "v_proj" }] });
        foreach (string file in Folders.Names(plain).Where(name => name is not ("recipe.yaml" or "decoupleq.json")))
        {
            Assert.Equal(File.ReadAllBytes(Path.Combine(plain, file)), File.ReadAllBytes(Path.Combine(same, file)));
        }
        Assert.Equal(Report(plain), Report(same));

        // The recipe says the overrides.
        static string Report(string folder)
        {
            JsonNode report = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "decoupleq.json")))!;
            report["files"]!.AsObject().Remove("recipe.yaml");
            report.AsObject().Remove("sha256");
            return report.ToJsonString();
        }
    }

    [Fact]
    public void A_block_whose_layers_are_all_skipped_stays_as_it_is()
    {
        string folder = model.Run(o => o with { Overrides = [new() { Match = "model.layers.0.*", Skip = true }], HeldOutSamples = 0 });
        using Checkpoint packed = CheckpointFiles.Open(folder), dense = CheckpointFiles.Open(model.Folder);
        foreach (string tensor in dense.Tensors.Keys.Where(name => name.StartsWith("model.layers.0.", StringComparison.Ordinal)))
        {
            Assert.Equal(Bytes(dense, tensor), Bytes(packed, tensor));
        }
        Assert.IsType<AffineMatrix>(packed.ReadWeight("model.layers.1.mlp.up_proj"));
        using LanguageModel loaded = LanguageModel.Load(folder);
        Assert.All(loaded.Logits(Ids), logit => Assert.True(float.IsFinite(logit)));
    }

    [Fact]
    public void A_folder_with_skipped_layers_can_be_quantized_again_and_keeps_what_is_skipped_then()
    {
        string first = model.Run(o => o with { Overrides = [new() { Match = "mlp.*", Skip = true }], Format = new(4, 32) });
        string second = model.Run(o => o with { Model = first, Overrides = [new() { Match = "self_attn.*", Skip = true }] });
        using Checkpoint once = CheckpointFiles.Open(first), twice = CheckpointFiles.Open(second);
        foreach (string part in (string[])["weight", "scales", "biases"])
        {
            string tensor = $"model.layers.0.self_attn.q_proj.{part}";
            Assert.Equal(Bytes(once, tensor), Bytes(twice, tensor));
        }
        Assert.Equal(new AffineFormat(4, 32), twice.Quantization!.FormatOf("model.layers.0.self_attn.q_proj"));
        Assert.Equal(2, Assert.IsType<AffineMatrix>(twice.ReadWeight("model.layers.0.mlp.up_proj")).Bits);
        using LanguageModel loaded = LanguageModel.Load(second);
        Assert.All(loaded.Logits(Ids), logit => Assert.True(float.IsFinite(logit)));
    }

    [Fact]
    public void A_group_size_is_held_against_the_layers_that_have_it()
    {
        // 64 does not divide the 96 inputs of down_proj.
        model.Run(o => o with { Format = new(2, 64), Overrides = [new() { Match = "down_proj", GroupSize = 32 }] });
        model.Run(o => o with { Format = new(2, 64), Overrides = [new() { Match = "down_proj", Skip = true }] });
        DecoupleQException error = Assert.Throws<DecoupleQException>(
            () => model.Run(o => o with { Overrides = [new() { Match = "layers.1.*.down_proj", GroupSize = 64 }] }));
        Assert.Equal(
            "group-size: model.layers.1.mlp.down_proj has 96 inputs, which groups of 64 do not divide. (expected: 32, or -1 (per channel))",
            error.Message);
    }

    [Theory]
    [InlineData(
        "*.down_porj",
        "overrides: '*.down_porj' matches none of the model's 14 layers; the nearest is model.layers.0.mlp.down_proj. (expected: a module path, in which " +
            "* stands for any characters)")]
    [InlineData(
        "model.layers.2.mlp.up_proj",
        "overrides: 'model.layers.2.mlp.up_proj' matches none of the model's 14 layers; the nearest is model.layers.0.mlp.up_proj. (expected: a module " +
            "path, in which * stands for any characters)")]
    [InlineData("lm_head", "overrides: 'lm_head' matches no layer of a block. (expected: head-bits for lm_head)")]
    [InlineData("*embed*", "overrides: '*embed*' matches no layer of a block. (expected: embedding-bits for model.embed_tokens)")]
    [InlineData("", "overrides[0]: It matches nothing. (expected: match: a module path, in which * stands for any characters)")]
    public void An_override_that_matches_nothing_is_refused(string match, string message) =>
        Assert.Equal(message, Assert.Throws<DecoupleQException>(() => model.Run(o => o with { Overrides = [new() { Match = match, Bits = 4 }] })).Message);

    [Fact]
    public void An_override_that_cannot_be_is_refused()
    {
        Assert.Equal("overrides[1]", Refused(new LayerOverride { Match = "*", Bits = 5 }).Field);
        Assert.Equal("overrides[1]", Refused(new LayerOverride { Match = "*", GroupSize = 48 }).Field);
        Assert.Equal("overrides[1]", Refused(new LayerOverride { Match = "*", Skip = true, Bits = 4 }).Field);
        Assert.Contains("No layer is left to quantize", Refused(new LayerOverride { Match = "*", Skip = true }).Message);

        DecoupleQException Refused(LayerOverride change) =>
            Assert.Throws<DecoupleQException>(() => model.Run(o => o with { Overrides = [new() { Match = "*", Bits = 4 }, change] }));
    }

    private static byte[] Bytes(Checkpoint checkpoint, string tensor)
    {
        using var stream = new MemoryStream();
        checkpoint.CopyTensor(tensor, stream, TestContext.Current.CancellationToken);
        return stream.ToArray();
    }
}
