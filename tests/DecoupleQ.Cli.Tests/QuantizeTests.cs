using System.Text.Json;
using DecoupleQ.Testing;

namespace DecoupleQ.Cli.Tests;

public sealed class QuantizeTests(PackedModel packed) : IClassFixture<PackedModel>
{
    [Fact]
    public void The_report_has_the_documented_shape()
    {
        JsonElement report = packed.Report;
        Assert.Equal(packed.Folder, report.GetProperty("output").GetString());
        double all = report.GetProperty("bitsPerWeight").GetProperty("all").GetDouble();
        double quantized = report.GetProperty("bitsPerWeight").GetProperty("quantizedLayers").GetDouble();
        Assert.InRange(quantized, 2.5, 2.5); // 2 bits, and an F16 scale and bias for 64 weights
        Assert.InRange(all, quantized, 16);
        JsonElement seconds = report.GetProperty("seconds");
        double parts = 0;
        foreach (string phase in (string[])["load", "generate", "forward", "hessian", "solve", "minimise", "write"])
        {
            double time = seconds.GetProperty(phase).GetDouble();
            Assert.True(time >= 0, phase);
            parts += time;
        }
        Assert.InRange(parts, 0.001, seconds.GetProperty("total").GetDouble() * 1.01);
        Assert.True(report.GetProperty("peakMemoryBytes").GetInt64() > 10_000_000);
        Assert.True(report.GetProperty("outputBytes").GetInt64() < report.GetProperty("denseBytes").GetInt64());
    }

    [Fact]
    public void The_report_names_each_layer_of_the_first_block_by_its_full_path_with_its_losses()
    {
        JsonElement[] layers = [.. packed.Report.GetProperty("layers").EnumerateArray()];
        Assert.Equal(
            ["mlp.down_proj", "mlp.gate_proj", "mlp.up_proj", "self_attn.k_proj", "self_attn.o_proj", "self_attn.q_proj", "self_attn.v_proj"],
            layers.Select(layer => layer.GetProperty("name").GetString()!.Replace("model.layers.0.", "")).Order());
        foreach (JsonElement layer in layers)
        {
            Assert.True(layer.GetProperty("loss").GetDouble() > 0);
            Assert.InRange(layer.GetProperty("relativeLoss").GetDouble(), 1e-6, 0.999);
        }
    }

    [Theory]
    [InlineData("", "builtin,self", 1)]
    [InlineData("--calibration builtin", "builtin", 0)]
    [InlineData("--calibration self", "self", 1)]
    [InlineData("--calibration self builtin", "self,builtin", 1)]
    public void No_text_need_be_chosen_and_the_report_says_what_was_calibrated_on(string given, string sources, double writes)
    {
        using TemporaryFolder folder = new();
        string[] rest =
            ["--blocks", "1", "--samples", "3", "--context", "16", "--block-epochs", "0", "--json", .. given.Split(' ', StringSplitOptions.RemoveEmptyEntries)];
        JsonElement report = Tool.Run(["quantize", Paths.Model, "-o", folder["out"], .. rest]).Expect(0).Json();
        JsonElement calibration = report.GetProperty("calibration");
        Assert.Equal(sources.Split(','), calibration.GetProperty("sources").EnumerateArray().Select(source => source.GetString()));
        Assert.Equal(3, calibration.GetProperty("windows").GetInt32());
        Assert.Equal(16, calibration.GetProperty("context").GetInt32());
        Assert.Equal(writes, Math.Sign(report.GetProperty("seconds").GetProperty("generate").GetDouble()));
        JsonElement folderReport = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder["out"], "decoupleq.json"))).RootElement;
        Assert.Equal(sources.Split(','), folderReport.GetProperty("calibration").GetProperty("sources").EnumerateArray().Select(source => source.GetString()));

        // The recipe beside it makes the same model again.
        JsonElement again = Tool.Run("quantize", Paths.Model, "-o", folder["again"], "--recipe", Path.Combine(folder["out"], "recipe.yaml"), "--json")
            .Expect(0).Json();
        Assert.Equal(report.GetProperty("layers").ToString(), again.GetProperty("layers").ToString());
    }

    [Fact]
    public void Progress_goes_to_standard_error_in_lines_when_it_is_no_terminal()
    {
        Assert.Matches(@"(?m)^block 1 of \d+, \d+ %", packed.Quantization.Error);
        Assert.DoesNotContain("\u001b", packed.Quantization.Error);
    }

    [Fact]
    public void A_model_that_is_there_is_replaced_with_force_only()
    {
        using TemporaryFolder folder = new();
        string output = folder["again"];
        Tool.Run(PackedModel.Arguments(output)).Expect(0);
        DateTime written = File.GetLastWriteTimeUtc(Path.Combine(output, "config.json"));
        Assert.Contains("--force", Tool.Run(PackedModel.Arguments(output)).Expect(1).Error);
        Assert.Equal(written, File.GetLastWriteTimeUtc(Path.Combine(output, "config.json")));
        ToolResult replaced = Tool.Run([.. PackedModel.Arguments(output), "--force"]).Expect(0);
        Assert.Contains("bits a weight", replaced.Output);
        Assert.Contains("mean of all layers", replaced.Output);
        Assert.Equal(["again"], Directory.GetFileSystemEntries(folder.FullName).Select(Path.GetFileName));
        Assert.Equal(Files(packed.Folder), Files(output));

        static (string, string)[] Files(string folder) =>
        [
            .. Directory.GetFiles(folder).Order(StringComparer.Ordinal)
                .Select(file => (Path.GetFileName(file), Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(file))))),
        ];
    }

    [Fact]
    public void Inspect_shows_what_the_job_reported()
    {
        JsonElement inspected = Tool.Run("inspect", packed.Folder, "--json").Expect(0).Json();
        Assert.Equal(packed.Report.GetProperty("outputBytes").GetInt64(), inspected.GetProperty("bytes").GetInt64());
        foreach (string figure in (string[])["all", "quantizedLayers"])
        {
            Assert.Equal(
                packed.Report.GetProperty("bitsPerWeight").GetProperty(figure).GetDouble(),
                inspected.GetProperty("bitsPerWeight").GetProperty(figure).GetDouble(),
                1e-9);
        }
        Assert.Equal(2, inspected.GetProperty("quantization").GetProperty("bits").GetInt32());
        Assert.Equal(64, inspected.GetProperty("quantization").GetProperty("groupSize").GetInt32());
        JsonElement provenance = inspected.GetProperty("provenance");
        Assert.Equal("decoupleq", provenance.GetProperty("tool").GetString());
        Assert.False(provenance.TryGetProperty("files", out _) || provenance.TryGetProperty("sha256", out _));
        Dictionary<string, JsonElement> shown = inspected.GetProperty("layers").EnumerateArray().ToDictionary(layer => layer.GetProperty("name").GetString()!);
        foreach (JsonElement layer in packed.Report.GetProperty("layers").EnumerateArray())
        {
            JsonElement same = shown[layer.GetProperty("name").GetString()!];
            Assert.Equal(2, same.GetProperty("bits").GetInt32());
            Assert.Equal(2.5, same.GetProperty("bitsPerWeight").GetDouble());
            Assert.Equal(layer.GetProperty("relativeLoss").GetDouble(), same.GetProperty("relativeLoss").GetDouble(), 1e-6);
        }
        Assert.False(shown["model.layers.1.mlp.up_proj"].TryGetProperty("bits", out _));
    }

    [Fact]
    public void Inspect_prints_tensors_and_layers_for_people()
    {
        string text = Tool.Run("inspect", packed.Folder).Expect(0).Output;
        Assert.Matches(@"model\.layers\.0\.mlp\.up_proj\.weight +U32 +768 x 16 ", text);
        Assert.Matches(@"model\.layers\.0\.mlp\.up_proj +768 x 256 +2 +64 +2\.500 ", text);
        Assert.Matches(@"model\.layers\.1\.mlp\.up_proj +768 x 256 +dense +- +16\.000 ", text);
    }

    [Fact]
    public void Inspect_reads_a_dense_folder_too()
    {
        JsonElement inspected = Tool.Run("inspect", Paths.Model, "--json").Expect(0).Json();
        Assert.Equal(16, inspected.GetProperty("bitsPerWeight").GetProperty("all").GetDouble());
        Assert.Equal(packed.Report.GetProperty("denseBytes").GetInt64(), inspected.GetProperty("bytes").GetInt64());
        Assert.False(inspected.TryGetProperty("quantization", out _));
    }
}
