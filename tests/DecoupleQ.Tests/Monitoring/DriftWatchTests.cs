using DecoupleQ.Monitoring.Drift;
using DecoupleQ.Monitoring.Entries;

namespace DecoupleQ.Tests.Monitoring;

public sealed class DriftWatchTests
{
    private static readonly BaselineRoute Baseline =
        DecoupleQ.Monitoring.Drift.Baseline.Of(Answers.Model, Answers.Draw(1000, 1), []).Routes[Answers.Route];

    [Fact]
    public void A_stream_like_the_baseline_raises_no_alarm()
    {
        for (int seed = 2; seed < 12; seed++)
        {
            var watch = new DriftWatch(Baseline, new());
            Assert.DoesNotContain(Answers.Draw(2000, seed), watch.Add);
            Assert.Empty(watch.Differences);
        }
    }

    [Fact]
    public void A_change_raises_one_alarm_by_its_name_and_none_once_it_is_over()
    {
        var watch = new DriftWatch(Baseline, new());
        Assert.DoesNotContain(Answers.Draw(400, 2), watch.Add);
        AnswerEntry[] changed = Answers.Draw(300, 3, entropy: 4.5);
        int alarm = Array.FindIndex(changed, watch.Add);
        Assert.InRange(alarm, 1, 299);
        Assert.Contains(watch.Differences, difference => difference.Signal == "entropy" && difference.Window > difference.Baseline && difference.PValue < 1e-4);
        Assert.DoesNotContain(watch.Differences, difference => difference.Signal == "characters_per_token");
        Assert.DoesNotContain(changed[(alarm + 1)..], watch.Add);
        Assert.Single(Answers.Draw(1000, 4), watch.Add);
        Assert.Empty(watch.Differences);
    }

    [Fact]
    public void Rare_things_that_become_frequent_are_seen()
    {
        var watch = new DriftWatch(Baseline, new());
        Assert.Contains(Answers.Draw(300, 5, empty: 0.15), watch.Add);
        Assert.Equal("empty", Assert.Single(watch.Differences).Signal);
    }

    [Fact]
    public void Options_out_of_their_ranges_are_refused()
    {
        Assert.Equal("drift-window", Assert.Throws<DecoupleQException>(() => new DriftWatch(Baseline, new() { Window = 10 })).Field);
        Assert.Equal("drift-false-alarms", Assert.Throws<DecoupleQException>(() => new DriftWatch(Baseline, new() { FalseAlarms = 0 })).Field);
    }
}
