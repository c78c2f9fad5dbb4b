using System.Globalization;
using System.Text.Json;
using DecoupleQ.Testing;

namespace DecoupleQ.Cli.Tests;

public sealed class EvalTests(PackedModel packed) : IClassFixture<PackedModel>
{
    private const int Windows = 8;

    [Fact]
    public void A_dense_model_has_a_perplexity_and_no_divergence()
    {
        JsonElement result = Evaluate(Paths.Model).Expect(0).Json();
        Assert.InRange(result.GetProperty("perplexity").GetDouble(), 5, 200);
        Assert.Equal(Windows * (PackedModel.Context - 1), result.GetProperty("tokens").GetInt64());
        Assert.Equal(PackedModel.Context, result.GetProperty("context").GetInt32());
        foreach (string absent in (string[])["klDivergence", "top1Agreement", "referencePerplexity", "gates", "packedPerplexity", "relativeDifference"])
        {
            Assert.False(result.TryGetProperty(absent, out _), absent);
        }
    }

    [Fact]
    public void A_model_does_not_diverge_from_itself()
    {
        JsonElement result = Evaluate(Paths.Model, "--against", Paths.Model, "--max-kl", "1e-6", "--min-agreement", "1").Expect(0).Json();
        Assert.Equal(1, result.GetProperty("top1Agreement").GetDouble());
        Assert.Equal(result.GetProperty("perplexity").GetDouble(), result.GetProperty("referencePerplexity").GetDouble());
        Assert.All(result.GetProperty("gates").EnumerateArray(), gate => Assert.True(gate.GetProperty("passed").GetBoolean()));
    }

    [Fact]
    public void A_packed_model_diverges_from_the_dense_one_and_a_gate_says_by_how_much()
    {
        ToolResult run = Evaluate(packed.Folder, "--against", Paths.Model, "--max-kl", "0", "--min-agreement", "1", "--max-perplexity", "1").Expect(3);
        JsonElement result = run.Json();
        double kl = result.GetProperty("klDivergence").GetDouble(), agreement = result.GetProperty("top1Agreement").GetDouble();
        Assert.InRange(kl, 1e-4, 5);
        Assert.InRange(agreement, 0.1, 0.999);
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"--max-kl 0 is not met: {kl:0.######}, {kl:0.######} above it"), run.Error);
        Assert.Contains(
            string.Create(CultureInfo.InvariantCulture, $"--min-agreement 1 is not met: {agreement:0.######}, {1 - agreement:0.######} below it"), run.Error);
        Assert.Contains("--max-perplexity 1 is not met: ", run.Error);
    }

    [Fact]
    public void A_gate_that_is_met_passes()
    {
        ToolResult run = Evaluate(packed.Folder, "--max-perplexity", "100000").Expect(0);
        Assert.DoesNotContain("not met", run.Error);
        JsonElement gate = Assert.Single(run.Json().GetProperty("gates").EnumerateArray());
        Assert.Equal("--max-perplexity", gate.GetProperty("option").GetString());
        Assert.True(gate.GetProperty("passed").GetBoolean());
    }

    [Fact]
    public void Exact_states_how_far_the_packed_kernels_are_from_float32()
    {
        JsonElement exact = Evaluate(packed.Folder, "--exact").Expect(0).Json();
        JsonElement usual = Evaluate(packed.Folder).Expect(0).Json();
        Assert.Equal(usual.GetProperty("perplexity").GetDouble(), exact.GetProperty("packedPerplexity").GetDouble());
        double difference = exact.GetProperty("relativeDifference").GetDouble();
        Assert.InRange(difference, 0, 1e-4);
        double expected = Math.Abs(exact.GetProperty("packedPerplexity").GetDouble() / exact.GetProperty("perplexity").GetDouble() - 1);
        Assert.Equal(expected, difference, 1e-9);
    }

    [Fact]
    public void Without_json_a_table_is_printed()
    {
        string table = Tool.Run(
            "eval", packed.Folder, "--text", PackedModel.Validation, "--context", "64", "--max-windows", "2", "--against", Paths.Model).Expect(0).Output;
        Assert.Matches(@"perplexity +\d+\.\d{3} ", table);
        Assert.Matches(@"KL divergence, nats +\d+\.\d{4} ", table);
        Assert.Matches(@"top-1 agreement +\d+\.\d % ", table);
    }

    [Fact]
    public void Compare_shows_both_models_side_by_side()
    {
        string[] arguments =
        [
            "compare", Paths.Model, packed.Folder, "--text", PackedModel.Validation, "--context", "64", "--max-windows", "2",
            "--prompt", "The old man", "--max-tokens", "5", "--report", packed.ReportFile,
        ];
        string table = Tool.Run(arguments).Expect(0).Output;
        Assert.Matches(@"perplexity +\d+\.\d{3} +\d+\.\d{3} ", table);
        Assert.Matches(@"peak memory of quantizing +- +\d+\.\d MB ", table);
        Assert.Contains("dense: The old man", table);
        Assert.Contains("packed: The old man", table);
        JsonElement document = Tool.Run([.. arguments, "--json"]).Expect(0).Json();
        Assert.Equal(5, document.GetProperty("packed").GetProperty("generation").GetProperty("tokens").GetInt32());
        Assert.Equal(packed.Report.GetProperty("outputBytes").GetInt64(), document.GetProperty("packed").GetProperty("bytes").GetInt64());
        Assert.Equal(
            packed.Report.GetProperty("seconds").GetProperty("total").GetDouble(),
            document.GetProperty("quantization").GetProperty("seconds").GetDouble());
    }

    private static ToolResult Evaluate(string model, params string[] more) => Tool.Run(
        ["eval", model, "--text", PackedModel.Validation, "--context", PackedModel.Context.ToString(), "--max-windows", Windows.ToString(), "--json", .. more]);

    [Fact]
    public void Compare_says_which_of_the_two_is_packed()
    {
        string[] rest = ["--text", PackedModel.Validation, "--context", "64", "--max-windows", "1"];
        ToolResult swapped = Tool.Run(["compare", packed.Folder, Paths.Model, .. rest]).Expect(0);
        Assert.Contains("Reference (packed)", swapped.Output);
        Assert.Contains("Compared (not packed)", swapped.Output);
        Assert.Contains($"Warning: {packed.Folder}: The model is packed itself", swapped.Error);
        JsonElement usual = Tool.Run(["compare", Paths.Model, packed.Folder, "--json", .. rest]).Expect(0).Json();
        Assert.False(usual.GetProperty("dense").GetProperty("packed").GetBoolean());
        Assert.True(usual.GetProperty("packed").GetProperty("packed").GetBoolean());
    }
}
