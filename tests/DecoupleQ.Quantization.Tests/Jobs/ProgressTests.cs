using DecoupleQ.Quantization.Jobs;

namespace DecoupleQ.Quantization.Tests.Jobs;

public sealed class ProgressTests(TinyModel model) : IClassFixture<TinyModel>
{
    [Fact]
    public void Shares_rise_from_nothing_to_all_in_every_phase()
    {
        List<JobProgress> reports = [];
        model.Run(progress: reports.Add);
        Assert.Equal(0, reports[0].Fraction);
        Assert.Equal(1, reports[^1].Fraction, 1e-9);
        Assert.Equal(["forward", "hessian", "solve", "minimise"], reports[0].Phases.Select(p => p.Phase));
        Assert.All(reports[^1].Phases, phase => Assert.Equal(1, phase.Fraction, 1e-9));
        for (int i = 1; i < reports.Count; i++)
        {
            Assert.True(reports[i].Fraction >= reports[i - 1].Fraction);
            for (int phase = 0; phase < reports[i].Phases.Count; phase++)
            {
                Assert.True(reports[i].Phases[phase].Fraction >= reports[i - 1].Phases[phase].Fraction);
            }
        }
    }

    [Fact]
    public void A_finished_block_is_told_with_its_losses()
    {
        List<JobProgress> finished = [];
        model.Run(progress: p =>
        {
            if (p.Finished is not null)
            {
                finished.Add(p);
            }
        });
        Assert.Equal([1, 2], finished.Select(p => p.Block));
        Assert.All(finished, p => Assert.True(p.Finished!.Training!.HeldOutBefore > 0));
        Assert.All(finished, p => Assert.Equal(7, p.Finished!.Layers.Count));
    }

    [Fact]
    public void Blocks_that_an_interrupted_job_finished_count_as_done_and_the_rest_adds_up_to_all()
    {
        string output = model.NewOutput();
        using var source = new CancellationTokenSource();
        double atCancellation = 0;
        Assert.Throws<OperationCanceledException>(() => model.Run(
            o => o with { Output = output },
            p =>
            {
                if (p is { Block: 2, Phase: "solve" })
                {
                    atCancellation = p.Fraction;
                    source.Cancel();
                }
            },
            source));
        List<JobProgress> resumed = [];
        model.Run(o => o with { Output = output, Resume = true }, resumed.Add);
        double atFirstWork = resumed.First(p => p.Block > 0).Fraction;
        Assert.InRange(atFirstWork, 0.3, atCancellation);
        Assert.Equal(1, resumed[^1].Fraction, 1e-9);
        Assert.DoesNotContain(resumed, p => p.Fraction > 1 || p.Phases.Any(phase => phase.Fraction > 1));
    }

    [Fact]
    public void What_remains_of_a_phase_takes_as_long_as_what_is_done_of_it_took()
    {
        var clock = new PhaseClock();
        JobProgress? last = null;
        var half = new PhaseWork { [Phase.Solve] = 10, [Phase.Forward] = 30 };
        var meter = new ProgressMeter([half, half], 0, clock, new Last(p => last = p));
        meter.Begin(0);
        clock.Measure(Phase.Solve, () => Thread.Sleep(40));
        meter.Advance(Phase.Solve, 10);
        clock.Measure(Phase.Forward, () => Thread.Sleep(20));
        meter.Advance(Phase.Forward, 30);
        meter.Finish(new BlockReport([], null));
        Assert.Equal(0.5, last!.Fraction);
        Assert.Equal(clock.Spent(Phase.Solve).TotalSeconds, last.Phases.Single(p => p.Phase == "solve").Remaining!.Value.TotalSeconds, 1e-3);
        Assert.Equal((clock.Spent(Phase.Solve) + clock.Spent(Phase.Forward)).TotalSeconds, last.Remaining!.Value.TotalSeconds, 1e-3);
    }

    private sealed class Last(Action<JobProgress> action) : IProgress<JobProgress>
    {
        public void Report(JobProgress value) => action(value);
    }
}
