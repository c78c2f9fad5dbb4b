using System.Text.Json;
using DecoupleQ.Testing;

namespace DecoupleQ.Cli.Tests;

/// <summary>Estimates of jobs on the bundled model, against the jobs.</summary>
public sealed class DryRunTests
{
    private const double Megabyte = 1e6;

    [Theory]
    [InlineData("--group-size 64 --samples 128 --context 256 --block-epochs 1 --blocks 1")]
    [InlineData("--group-size -1 --samples 64 --context 256 --block-epochs 0 --blocks 2")]
    [InlineData("--bits 3 --samples 32 --context 256 --block-epochs 1 --blocks 1 --memory-budget 30MB --embedding-bits 8")]
    public void Size_is_within_two_percent_and_memory_within_15_percent_or_50_MB(string settings)
    {
        using TemporaryFolder folder = new();
        string[] job =
        [
            "quantize", Paths.Model, "-o", folder["out"], "--calibration", Path.Combine(Paths.Samples, "text", "calibration.txt"), .. settings.Split(' '),
            "--json",
        ];
        JsonElement estimate = Tool.Run([.. job, "--dry-run"]).Expect(0).Json();
        Assert.Empty(Directory.GetFileSystemEntries(folder.FullName));
        JsonElement report = Tool.Run(job).Expect(0).Json();

        long folderBytes = Directory.GetFiles(folder["out"]).Sum(file => new FileInfo(file).Length);
        Assert.InRange(estimate.GetProperty("disk").GetProperty("outputBytes").GetDouble() / folderBytes, 0.98, 1.02);
        Assert.Equal(report.GetProperty("outputBytes").GetInt64(), estimate.GetProperty("outputBytes").GetInt64());
        Assert.Equal(report.GetProperty("layers").GetArrayLength(), estimate.GetProperty("layers").GetInt32());
        double peak = report.GetProperty("peakMemoryBytes").GetDouble(), tolerance = Math.Max(0.15 * peak, 50 * Megabyte);
        Assert.InRange(estimate.GetProperty("memory").GetProperty("peakBytes").GetDouble(), peak - tolerance, peak + tolerance);
    }

    [Fact]
    public void The_estimate_has_the_documented_shape()
    {
        JsonElement estimate = Tool.Run([.. PackedModel.Arguments("not-written"), "--dry-run", "--json"]).Expect(0).Json();
        Assert.Equal(
            ["output", "blocks", "finishedBlocks", "layers", "bitsPerWeight", "denseBytes", "outputBytes", "memory", "disk", "seconds", "machine", "warnings"],
            estimate.EnumerateObject().Select(field => field.Name));
        JsonElement memory = estimate.GetProperty("memory");
        Assert.Equal(
            memory.GetProperty("peakBytes").GetInt64(), memory.GetProperty("parts").EnumerateArray().Sum(part => part.GetProperty("bytes").GetInt64()));
        Assert.True(memory.GetProperty("availableBytes").GetInt64() > 0);
        JsonElement seconds = estimate.GetProperty("seconds");
        Assert.All(["load", "forward", "hessian", "solve", "minimise", "write"], phase => Assert.True(seconds.GetProperty(phase).GetDouble() > 0, phase));
        Assert.True(estimate.GetProperty("machine").GetProperty("productOperationsPerSecond").GetDouble() > 1e6);
        Assert.False(Directory.Exists("not-written"));
    }

    [Fact]
    public void For_people_it_says_where_memory_time_and_disk_go()
    {
        string text = Tool.Run([.. PackedModel.Arguments("not-written"), "--dry-run"]).Expect(0).Output;
        Assert.Matches(@"(?m)^  peak +[\d.]+ MB", text);
        Assert.Matches(@"(?m)^  minimise +[\d.]+ s", text);
        Assert.Matches(@"(?m)^  disk, output folder +[\d.]+ MB", text);
        Assert.Contains("Nothing was written", text);
    }

    [Fact]
    public void What_the_job_would_refuse_is_refused()
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder["out"]);
        Assert.Contains("--force", Tool.Run([.. PackedModel.Arguments(folder["out"]), "--dry-run"]).Expect(1).OneLine());
        Assert.Contains("memory-budget", Tool.Run([.. PackedModel.Arguments(folder["other"]), "--memory-budget", "1MB", "--dry-run"]).Expect(1).OneLine());
    }
}
