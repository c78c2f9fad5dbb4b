using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using DecoupleQ.Testing;

namespace DecoupleQ.Cli.Tests;

public sealed class TuneTests(PackedModel packed) : IClassFixture<PackedModel>, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Output => _folder["out"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_tuned_model_is_closer_to_the_dense_one_on_text_that_it_has_not_seen()
    {
        string text = _folder.Write("train.txt", File.ReadAllText(PackedModel.Calibration)[..40_000]);
        ToolResult result = Tool.Run(
            "tune", packed.Folder, "--against", Paths.Model, "--data", text, "-o", Output, "--integers", "--steps", "12", "--batch", "4", "--context", "64",
            "--checks", "3", "--held-out", "8", "--json").Expect(0);
        JsonElement report = result.Json();
        Assert.Equal((Output, 12), (report.GetProperty("output").GetString(), report.GetProperty("steps").GetInt32()));
        Assert.True(report.GetProperty("heldOutAfter").GetDouble() < report.GetProperty("heldOutBefore").GetDouble());
        Assert.Equal(4, report.GetProperty("checks").GetArrayLength());
        Assert.Matches("(?m)^tuning: step .* of 12, loss .*, held out .* after ", result.Error);

        Assert.True(Divergence(Output) < Divergence(packed.Folder));
        JsonElement tuning = Tool.Run("inspect", Output, "--json").Expect(0).Json().GetProperty("provenance").GetProperty("tuning");
        Assert.True(tuning.GetProperty("integers").GetBoolean());

        double Divergence(string model) => Tool.Run(
            "eval", model, "--text", PackedModel.Validation, "--max-windows", "8", "--context", "64", "--against", Paths.Model, "--json")
            .Expect(0).Json().GetProperty("klDivergence").GetDouble();
    }

    [Fact]
    public void A_tuning_that_is_ended_says_what_it_keeps_and_goes_on_from_there()
    {
        Assert.SkipUnless(TerminationTests.CanSignal("INT"), "Signals cannot be sent here, or whoever started the tests ignores them.");
        string text = _folder.Write("train.txt", File.ReadAllText(PackedModel.Calibration)[..20_000]);
        string[] arguments =
        [
            "tune", packed.Folder, "--against", Paths.Model, "--data", text, "--steps", "8", "--batch", "2", "--context", "64", "--checks", "8",
            "--held-out", "2", "--progress", "json",
        ];
        using Process process = Tool.Start([.. arguments, "-o", Output]);
        string? line;
        do
        {
            line = process.StandardError.ReadLine();
        }
        while (line is not null && !(line.StartsWith("{\"event\":\"check\"", StringComparison.Ordinal) && line.Contains("\"step\":2")));
        Assert.NotNull(line);
        TerminationTests.Send("INT", process.Id);
        string rest = process.StandardError.ReadToEnd();
        Tool.WaitForExit(process);
        Assert.Equal(130, process.ExitCode);
        Assert.Matches($"What \\d steps made is kept in {Regex.Escape(Output)}.partial; the same command with --resume goes on from there.", rest);
        Tool.Run([.. arguments, "-o", Output, "--resume"]).Expect(0);

        string other = _folder["uninterrupted"];
        Tool.Run([.. arguments, "-o", other]).Expect(0);
        foreach (string file in Directory.GetFiles(other))
        {
            Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(Path.Combine(Output, Path.GetFileName(file))));
        }

    }

    [Theory]
    [InlineData("--integer-lr", "--integers", "--integer-lr", "0.01")]
    [InlineData("--table-lr", "--tables", "--table-lr", "0.01")]
    [InlineData("--self-windows", "self", "--self-windows", "20", "--data", "x.txt")]
    [InlineData("--steps", "at least 0", "--steps", "-1")]
    [InlineData("--loss", "divergence or next-token", "--loss", "none")]
    public void An_option_that_would_do_nothing_is_refused(string option, string expected, params string[] arguments)
    {
        string error = Tool.Run(["tune", packed.Folder, "--against", Paths.Model, "-o", Output, .. arguments]).Expect(2).Error;
        Assert.Contains(option, error);
        Assert.Contains(expected, error);
        Assert.False(Directory.Exists(Output));
    }

    [Fact]
    public void What_cannot_be_tuned_is_refused_by_name()
    {
        string text = _folder.Write("train.txt", File.ReadAllText(PackedModel.Calibration)[..5_000]);
        Assert.Contains("no quantized layer", Refused(Paths.Model, Paths.Model, text));
        Assert.Contains("against: The model is another one", Refused(packed.Folder, Paths.Golden("models", "smollm2-135m-instruct", "model.gguf"), text));
        Assert.Contains("data: ", Refused(packed.Folder, Paths.Model, _folder.Write("short.txt", "Too short.")));
        Assert.Contains("nowhere.txt", Refused(packed.Folder, Paths.Model, _folder["nowhere.txt"]));

        string Refused(string model, string against, string data) =>
            Tool.Run("tune", model, "--against", against, "--data", data, "-o", Output, "--steps", "1").Expect(1).Error;
    }
}
