using System.Diagnostics;
using System.Text.Json;
using DecoupleQ.Testing;

namespace DecoupleQ.Cli.Tests;

public sealed class ProgressEventTests
{
    [Fact]
    public void A_job_tells_of_its_start_its_phases_layers_and_blocks_and_its_end_a_line_each()
    {
        using TemporaryFolder folder = new();
        ToolResult result = Tool.Run([.. Job(folder["out"], blocks: 2), "--block-epochs", "1", "--held-out-samples", "2", "--json", "--progress", "json"])
            .Expect(0);
        Assert.Equal(folder["out"], result.Json().GetProperty("output").GetString());
        JsonElement[] events = Events(result);

        Assert.Equal("started", Name(events[0]));
        Assert.Equal("quantize", events[0].GetProperty("command").GetString());
        Assert.Equal(Paths.Model, events[0].GetProperty("model").GetString());
        Assert.Equal("finished", Name(events[^1]));
        Assert.Equal(0, events[^1].GetProperty("exitCode").GetInt32());

        JsonElement[] work = [.. events[1..^1]];
        Assert.Superset(new HashSet<string> { "phase", "layer", "block" }, work.Select(Name).ToHashSet());
        Assert.Equal(
            ["forward", "hessian", "solve", "minimise"], work[0].GetProperty("phases").EnumerateArray().Select(phase => phase.GetProperty("name").GetString()));
        double fraction = 0, elapsed = 0;
        foreach (JsonElement line in work)
        {
            Assert.True(line.GetProperty("fraction").GetDouble() >= fraction);
            Assert.True(line.GetProperty("elapsedSeconds").GetDouble() >= elapsed);
            Assert.Equal(2, line.GetProperty("blocks").GetInt32());
            Assert.InRange(line.GetProperty("residentBytes").GetInt64(), 10_000_000, line.GetProperty("peakBytes").GetInt64());
            fraction = line.GetProperty("fraction").GetDouble();
            elapsed = line.GetProperty("elapsedSeconds").GetDouble();
        }
        Assert.Equal(1, fraction, 1e-9);
        Assert.Contains(work, line => line.TryGetProperty("layer", out JsonElement layer) && layer.GetString() == "model.layers.1.mlp.down_proj");
        Assert.Contains(work, line => line.TryGetProperty("remainingSeconds", out JsonElement left) && left.GetDouble() > 0);

        JsonElement[] blocks = [.. work.Where(line => Name(line) == "block")];
        Assert.Equal([1, 2], blocks.Select(line => line.GetProperty("block").GetInt32()));
        foreach (JsonElement block in blocks)
        {
            Assert.True(block.GetProperty("heldOutBefore").GetDouble() > 0);
            Assert.True(block.GetProperty("heldOutAfter").GetDouble() > 0);
            Assert.InRange(block.GetProperty("meanRelativeLoss").GetDouble(), 1e-6, 0.999);
            bool better = block.GetProperty("heldOutAfter").GetDouble() < block.GetProperty("heldOutBefore").GetDouble();
            Assert.Equal(better, block.GetProperty("kept").GetBoolean());
        }
    }

    [Fact]
    public void An_error_is_an_event_with_its_fields_and_the_exit_code_and_with_json_an_object_too()
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder["out"]);
        ToolResult failed = Tool.Run([.. Job(folder["out"], blocks: 1), "--progress", "json"]).Expect(1);
        JsonElement last = Events(failed)[^1];
        Assert.Equal("", failed.Output);
        Assert.Equal(("failed", 1), (Name(last), last.GetProperty("exitCode").GetInt32()));
        Assert.Equal(folder["out"], last.GetProperty("error").GetProperty("file").GetString());
        Assert.Contains("--force", last.GetProperty("error").GetProperty("expected").GetString());

        ToolResult both = Tool.Run([.. Job(folder["out"], blocks: 1), "--progress", "json", "--json"]).Expect(1);
        Assert.True(JsonElement.DeepEquals(Events(both)[^1].GetProperty("error"), both.Json().GetProperty("error")));
    }

    [Fact]
    public void So_is_a_command_line_that_is_wrong()
    {
        ToolResult failed = Tool.Run("quantize", Paths.Model, "-o", "out", "--calibration", PackedModel.Calibration, "--bits", "5", "--progress=json")
            .Expect(2);
        JsonElement only = Assert.Single(Events(failed));
        Assert.Equal(("failed", 2), (Name(only), only.GetProperty("exitCode").GetInt32()));
        Assert.Equal("--bits", only.GetProperty("error").GetProperty("field").GetString());
    }

    [Fact]
    public void A_job_that_is_ended_says_so()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Signals cannot be sent there.");
        using TemporaryFolder folder = new();
        using Process process = Tool.Start([.. Job(folder["out"], blocks: 8, samples: 1000), "--progress", "json"]);
        Assert.Contains("\"started\"", process.StandardError.ReadLine());
        Assert.Contains("\"phase\"", process.StandardError.ReadLine());
        using (Process kill = Process.Start("kill", ["-TERM", process.Id.ToString()]))
        {
            kill.WaitForExit();
        }
        string last = process.StandardError.ReadToEnd().TrimEnd().Split('\n')[^1];
        Tool.WaitForExit(process);
        Assert.Equal(143, process.ExitCode);
        using JsonDocument cancelled = JsonDocument.Parse(last);
        Assert.Equal(("cancelled", 143), (Name(cancelled.RootElement), cancelled.RootElement.GetProperty("exitCode").GetInt32()));
    }

    [Fact]
    public void None_leaves_standard_error_empty()
    {
        using TemporaryFolder folder = new();
        Assert.Equal("", Tool.Run([.. Job(folder["out"], blocks: 1), "--progress", "none"]).Expect(0).Error);
    }

    [Fact]
    public void An_evaluation_tells_of_its_windows()
    {
        JsonElement[] events = Events(
            Tool.Run(
                "eval", Paths.Model, "--text", PackedModel.Calibration, "--context", "64", "--max-windows", "3", "--progress", "json", "--max-perplexity",
                "1").Expect(3));
        Assert.Equal(["started", "progress", "progress", "progress", "finished"], events.Select(Name));
        Assert.Equal([1, 2, 3], events[1..^1].Select(line => line.GetProperty("windows").GetInt32()));
        Assert.Equal(1, events[3].GetProperty("fraction").GetDouble());
        Assert.Equal(3, events[^1].GetProperty("exitCode").GetInt32());
        Assert.Equal(events[3].GetProperty("perplexity").GetDouble(), events[^1].GetProperty("perplexity").GetDouble(), 1e-9);
    }

    private static string[] Job(string output, int blocks, int samples = 4) =>
        [
            "quantize", Paths.Model, "-o", output, "--calibration", PackedModel.Calibration, "--blocks", $"{blocks}", "--samples", $"{samples}", "--context",
            "64",
        ];

    private static string Name(JsonElement line) => line.GetProperty("event").GetString()!;

    // Standard error holds nothing but events.
    private static JsonElement[] Events(ToolResult result) => [.. result.Error.TrimEnd('\n').Split('\n').Select(line => JsonElement.Parse(line))];
}
