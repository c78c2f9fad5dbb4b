using DecoupleQ.Hardware;
using DecoupleQ.Quantization.Estimates;
using DecoupleQ.Quantization.Jobs;
using DecoupleQ.Quantization.Settings;
using DecoupleQ.Quantization.Solver;
using DecoupleQ.Quantization.Tests.Jobs;

namespace DecoupleQ.Quantization.Tests.Estimates;

public sealed class JobEstimateTests(TinyModel model) : IClassFixture<TinyModel>
{
    private static readonly MachineSpeed Speed = new(1, 1e11, 1e10);

    public static TheoryData<Func<QuantizationOptions, QuantizationOptions>> Settings => new()
    {
        o => o,
        o => o with { Format = new(3, QuantizationFormat.PerChannel), Minimisation = new() { Epochs = 0 } },
        o => o with { Format = new(4, 32), Blocks = 1 },
        o => o with { EmbeddingBits = 4, HeadBits = 8 },
        o => o with { Overrides = [new() { Match = "down_proj", Bits = 8 }, new() { Match = "layers.1.self_attn.*", Skip = true }] },
        o => o with { Solver = o.Solver with { ScaleType = DecoupleQ.Tensors.ElementType.F32 } },
        o => o with { Calibration = o.Calibration, HeldOutSamples = 0 },
    };

    [Theory]
    [MemberData(nameof(Settings), DisableDiscoveryEnumeration = true)]
    public void Tensors_are_of_the_estimated_size_and_the_folder_is_but_for_digits_of_losses(Func<QuantizationOptions, QuantizationOptions> change) =>
        AssertSize(model, change);

    [Fact]
    public void So_are_those_of_a_model_whose_head_is_its_embedding()
    {
        using var tied = new TinyModel(tied: true);
        AssertSize(tied, o => o with { EmbeddingBits = 8 });
    }

    [Fact]
    public void An_estimate_writes_nothing()
    {
        string[] before = Directory.GetFileSystemEntries(model.Outputs);
        JobEstimate.Of(model.Options(model.NewOutput()), Speed, TestContext.Current.CancellationToken);
        Assert.Equal(before, Directory.GetFileSystemEntries(model.Outputs));
    }

    [Theory]
    [MemberData(nameof(JobErrorTests.OutOfRange), MemberType = typeof(JobErrorTests), DisableDiscoveryEnumeration = true)]
    public void What_a_job_refuses_an_estimate_refuses_in_the_same_words(Func<QuantizationOptions, QuantizationOptions> change, string field)
    {
        QuantizationOptions options = change(model.Options(model.NewOutput()));
        DecoupleQException error = AssertSameError(options);
        Assert.Equal(field, error.Field);
    }

    [Fact]
    public void An_output_or_input_that_cannot_be_used_is_refused_in_the_same_words()
    {
        string output = model.NewOutput();
        Directory.CreateDirectory(output);
        AssertSameError(model.Options(output));
        AssertSameError(model.Options(output) with { Force = true, Calibration = ["missing.txt"] });
        AssertSameError(model.Options(Path.Combine(model.Folder, "inside")));
        AssertSameError(model.Options(model.NewOutput()) with { Model = "missing" });
        AssertSameError(model.Options(model.NewOutput()) with { Overrides = [new() { Match = "no_proj", Bits = 4 }] });
    }

    [Fact]
    public void Blocks_that_are_finished_are_not_estimated_again_and_those_of_another_job_are_refused()
    {
        QuantizationOptions options = model.Options(model.NewOutput());
        Interrupt(options);
        JobEstimate whole = JobEstimate.Of(options with { Force = true }, Speed, TestContext.Current.CancellationToken);
        JobEstimate rest = JobEstimate.Of(options with { Resume = true }, Speed, TestContext.Current.CancellationToken);
        Assert.Equal((0, 1), (whole.FinishedBlocks, rest.FinishedBlocks));
        Assert.True(rest.Seconds.Minimise < whole.Seconds.Minimise);
        AssertSameError(options);
        AssertSameError(options with { Resume = true, Minimisation = new() { Epochs = 3 } });
    }

    [Fact]
    public void A_folder_that_a_job_is_writing_is_refused()
    {
        QuantizationOptions options = model.Options(model.NewOutput());
        DecoupleQException? refused = null;
        QuantizationJob.Run(
            options,
            new Listener(
                _ =>
                    refused ??= Assert.Throws<DecoupleQException>(
                        () => JobEstimate.Of(options with { Resume = true }, Speed, TestContext.Current.CancellationToken))),
            TestContext.Current.CancellationToken);
        Assert.Contains("Another job", refused!.Message);
    }

    [Fact]
    public void Activations_beyond_the_budget_are_on_the_disk_to_the_byte()
    {
        QuantizationOptions options = model.Options(model.NewOutput());
        // Room for the largest Hessian, the least for the float step, and one of two stores of 24 kB.
        const long Budget = 2_093_056 + 30_000;
        JobEstimate free = JobEstimate.Of(options, Speed, TestContext.Current.CancellationToken);
        JobEstimate bound = JobEstimate.Of(options with { MemoryBudget = Budget }, Speed, TestContext.Current.CancellationToken);
        Assert.Equal(0, free.Disk.SpilledBytes);
        Assert.True(bound.Memory.PeakBytes < free.Memory.PeakBytes);
        long spilled = 0;
        QuantizationJob.Run(
            options with { MemoryBudget = Budget },
            new Listener(
                _ => spilled = Math.Max(spilled, Directory.GetFiles(options.Output + ".partial", "activations-*").Sum(file => new FileInfo(file).Length))),
            TestContext.Current.CancellationToken);
        Assert.True(spilled > 0);
        Assert.Equal(spilled, bound.Disk.SpilledBytes);
    }

    [Fact]
    public void Time_is_the_sum_of_its_phases_and_falls_with_a_faster_machine()
    {
        QuantizationOptions options = model.Options(model.NewOutput());
        PhaseSeconds slow = JobEstimate.Of(options, Speed with { ProductOperationsPerSecond = 1e6 }, TestContext.Current.CancellationToken).Seconds;
        PhaseSeconds fast = JobEstimate.Of(options, Speed with { ProductOperationsPerSecond = 2e6 }, TestContext.Current.CancellationToken).Seconds;
        Assert.Equal(slow.Load + slow.Forward + slow.Hessian + slow.Solve + slow.Minimise + slow.Write, slow.Total, 1e-6);
        foreach (Func<PhaseSeconds, double> phase in (Func<PhaseSeconds, double>[])[s => s.Forward, s => s.Hessian, s => s.Solve, s => s.Minimise])
        {
            Assert.InRange(phase(fast) / phase(slow), 0.45, 0.75);
        }
        Assert.Equal(0, JobEstimate.Of(options with { Minimisation = new() { Epochs = 0 } }, Speed, TestContext.Current.CancellationToken).Seconds.Minimise);
    }

    [Fact]
    public void Parts_of_the_memory_add_up_to_its_peak()
    {
        MemoryEstimate memory = JobEstimate.Of(model.Options(model.NewOutput()), Speed, TestContext.Current.CancellationToken).Memory;
        Assert.Equal(memory.PeakBytes, memory.Parts.Sum(part => part.Bytes));
        Assert.All(memory.Parts, part => Assert.True(part.Bytes > 0));
    }

    private static void AssertSize(TinyModel model, Func<QuantizationOptions, QuantizationOptions> change)
    {
        QuantizationOptions options = change(model.Options(model.NewOutput()));
        JobEstimate estimate = JobEstimate.Of(options, Speed, TestContext.Current.CancellationToken);
        QuantizationReport report = QuantizationJob.Run(options, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(report.OutputBytes, estimate.OutputBytes);
        Assert.Equal(report.DenseBytes, estimate.DenseBytes);
        Assert.Equal(report.BitsPerWeight, estimate.BitsPerWeight);
        Assert.Equal(report.Layers.Count, estimate.Layers);
        long folder = new DirectoryInfo(options.Output).EnumerateFiles().Sum(file => file.Length);
        // Each layer has two losses in the report, each block three figures.
        Assert.InRange(estimate.Disk.OutputBytes, folder - (10 * report.Layers.Count), folder + (10 * report.Layers.Count));
    }

    private static DecoupleQException AssertSameError(QuantizationOptions options)
    {
        DecoupleQException ofJob = Assert.Throws<DecoupleQException>(() => QuantizationJob.Run(options));
        DecoupleQException ofEstimate = Assert.Throws<DecoupleQException>(() => JobEstimate.Of(options, Speed));
        Assert.Equal(ofJob.Message, ofEstimate.Message);
        return ofEstimate;
    }

    private static void Interrupt(QuantizationOptions options)
    {
        using var source = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => QuantizationJob.Run(
            options,
            new Listener(p =>
            {
                if (p is { Block: 2, Phase: "solve" })
                {
                    source.Cancel();
                }
            }),
            source.Token));
    }

    private sealed class Listener(Action<JobProgress> action) : IProgress<JobProgress>
    {
        public void Report(JobProgress value) => action(value);
    }
}
