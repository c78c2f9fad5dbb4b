using DecoupleQ.Hardware;
using DecoupleQ.Quantization.Estimates;
using DecoupleQ.Quantization.Jobs;
using DecoupleQ.Quantization.Settings;
using DecoupleQ.Quantization.Tests.Calibration;
using DecoupleQ.Testing;

namespace DecoupleQ.Quantization.Tests.Jobs;

/// <summary>Jobs whose calibration text the model writes itself.</summary>
public sealed class SelfCalibrationTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_job_cancelled_anywhere_and_resumed_gives_the_same_bytes_and_keeps_what_was_written()
    {
        var phases = new List<string>();
        Run("whole", p => phases.Add(p.Phase));
        int written = phases.IndexOf("forward");
        Assert.True(phases.IndexOf("generate") >= 0 && phases.IndexOf("generate") < written);

        Cancel("early", phases.IndexOf("generate") + 5);
        Assert.Null(QuantizationJob.Interrupted(_folder["early"]));
        Cancel("late", written + 1);
        Assert.Equal(0, QuantizationJob.Interrupted(_folder["late"])!.FinishedBlocks);
        Resumed("early", writes: true);
        Resumed("late", writes: false);
    }

    [Fact]
    public void What_another_job_wrote_is_not_taken_over()
    {
        Cancel("out", 60);
        foreach (QuantizationOptions other in (QuantizationOptions[])
            [Options("out") with { Calibration = ["self", "builtin"] }, Options("out") with { Seed = 5 }])
        {
            DecoupleQException error = Assert.Throws<DecoupleQException>(
                () => QuantizationJob.Run(other with { Resume = true }, cancellationToken: TestContext.Current.CancellationToken));
            Assert.Equal("resume", error.Field);
            Assert.Contains(other.Seed == 5 ? "seed was 0 and is 5" : "calibration sources was self and is self, builtin", error.Message);
        }
    }

    [Fact]
    public void An_estimate_writes_nothing_and_counts_the_writing()
    {
        var speed = new MachineSpeed(1, 1e9, 1e9);
        JobEstimate self = JobEstimate.Of(Options("out"), speed, TestContext.Current.CancellationToken);
        JobEstimate builtin = JobEstimate.Of(Options("out") with { Calibration = ["builtin"] }, speed, TestContext.Current.CancellationToken);
        Assert.Equal(0, builtin.Seconds.Generate);
        Assert.InRange(self.Seconds.Generate, 0.6, 30);
        Assert.False(Directory.Exists(_folder["out.partial"]));
    }

    private QuantizationOptions Options(string output) => new()
    {
        Model = Paths.Model,
        Output = _folder[output],
        Calibration = ["self"],
        Blocks = 1,
        Samples = 3,
        Context = 16,
        Threads = 1,
        Minimisation = new() { Epochs = 0 },
    };

    private QuantizationReport Run(string output, Action<JobProgress>? progress = null, bool resume = false) => QuantizationJob.Run(
        Options(output) with { Resume = resume }, progress is null ? null : new Listener(progress), TestContext.Current.CancellationToken);

    private void Cancel(string output, int at)
    {
        using var cancellation = new CancellationTokenSource();
        int reports = 0;
        Assert.ThrowsAny<OperationCanceledException>(() => QuantizationJob.Run(
            Options(output),
            new Listener(_ =>
            {
                if (reports++ == at)
                {
                    cancellation.Cancel();
                }
            }),
            cancellation.Token));
    }

    private sealed class Listener(Action<JobProgress> action) : IProgress<JobProgress>
    {
        public void Report(JobProgress value) => action(value);
    }

    private void Resumed(string output, bool writes)
    {
        bool wrote = false;
        Run(output, p => wrote |= p.Phase == "generate", resume: true);
        Assert.Equal(writes, wrote);
        Folders.AssertSame(_folder["whole"], _folder[output]);
    }
}
