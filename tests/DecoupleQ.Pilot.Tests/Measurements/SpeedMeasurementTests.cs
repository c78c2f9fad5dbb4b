using CsCheck;
using DecoupleQ.Pilot.Costs;
using DecoupleQ.Pilot.Measurements;
using DecoupleQ.Pilot.Results;

namespace DecoupleQ.Pilot.Tests.Measurements;

/// <summary>How two models are timed in turns, by a clock that is not the machine's.</summary>
public sealed class SpeedMeasurementTests
{
    private static readonly SpeedOptions Options = new() { Concurrency = [4, 1, 16], Seconds = 60, WarmUpSeconds = 0.1, Memory = 1L << 40 };

    private readonly FakeClock _clock = new();
    private readonly List<string> _calls = [];

    [Fact]
    public async Task Rounds_alternate_dense_packed_packed_dense()
    {
        SpeedResult result = await Measure(Model("dense"), Model("packed"), Options);
        string[] alone = [.. _calls.Where(call => call.EndsWith(" 1", StringComparison.Ordinal)).TakeLast(2 * result.Figures.Rounds)];
        Assert.Equal(["dense 1", "packed 1", "packed 1", "dense 1", "dense 1", "packed 1"], alone[..6]);
        Assert.Equal(alone.Length / 2, alone.Count(call => call == "dense 1"));
        // Both together at each number of requests, not one after the other through all.
        int first = _calls.LastIndexOf("dense load") + 1;
        string[] rounds = [.. _calls.Skip(first).TakeLast(result.Figures.Rounds * 6)];
        Assert.Equal(["dense 1", "packed 1", "dense 4", "packed 4", "dense 16", "packed 16", "packed 1", "dense 1", "packed 4"], rounds[..9]);
        string[] loads = [.. _calls.Where(call => call.EndsWith(" load", StringComparison.Ordinal))];
        Assert.Equal(["dense load", "packed load", "packed load", "dense load"], loads[..4]);
    }

    [Fact]
    public async Task Figures_are_what_the_clock_says()
    {
        FakeModel dense = Model("dense"), packed = Model("packed", step: 0.5e-3, prompt: 2e-4);
        SpeedFigures figures = (await Measure(dense, packed, Options)).Figures;
        Assert.Equal(128, figures.PromptTokens);
        Assert.Equal(64, figures.DecodedTokens);
        Near(2, figures.DecodeRatio);
        Near(0.5, figures.PrefillRatio);
        Near(1000, figures.Dense.Loads[0].TokensPerSecond);
        Assert.Equal([1, 4, 16], figures.Packed.Loads.Select(load => load.Requests));
        Near(2000 * 16, figures.Packed.Loads[2].TokensPerSecond);
        Near(128 * 1e-4, figures.Dense.FirstTokenSeconds);
        Near(1e4, figures.Dense.PrefillTokensPerSecond);
        Assert.Equal(1e-3, figures.Dense.TokenSeconds.Median, 1e-9);
        Assert.Equal(figures.Rounds * 64, figures.Dense.TokenSeconds.Times);
        Assert.Equal(figures.Rounds * 64 * 16, figures.Dense.Loads[2].TokenSeconds.Times);
        // The first load, from the disk, does not count.
        Near(0.1, figures.Dense.LoadSeconds);
        // Both have the same prompts, and no two rounds do.
        Assert.Equal(dense.Groups.TakeLast(figures.Rounds * 3), packed.Groups.TakeLast(figures.Rounds * 3));
        Assert.Equal(figures.Rounds, dense.Groups.TakeLast(figures.Rounds * 3).Select(group => group.Seed).Distinct().Count());
    }

    [Fact]
    public async Task The_same_model_twice_is_as_fast_also_on_a_machine_that_slows_down()
    {
        double slow = 1;
        FakeModel Slowing(string name) => new(name, _clock, _calls) { Slowness = () => slow *= 1.01 };
        SpeedFigures figures = (await Measure(Slowing("dense"), Slowing("packed"), Options with { Rounds = 8 })).Figures;
        foreach (Spread ratio in (Spread[])[figures.DecodeRatio, figures.PrefillRatio])
        {
            Assert.InRange(1, ratio.Low, ratio.High);
            Assert.Equal(1, ratio.Value, 0.01);
        }
    }

    [Fact]
    public async Task Time_decides_how_much_is_measured()
    {
        // Everything fits: no more than is asked for.
        SpeedFigures quick = (await Measure(Model("dense", step: 1e-6, prompt: 1e-7), Model("packed", step: 1e-6, prompt: 1e-7), Options)).Figures;
        Assert.Equal((40, 128, 64), (quick.Rounds, quick.PromptTokens, quick.DecodedTokens));
        // Three rounds of the shortest texts are measured however long they take.
        SpeedFigures slow = (await Measure(Model("dense", step: 1, prompt: 1), Model("packed", step: 1, prompt: 1), Options)).Figures;
        Assert.Equal((3, 16, 8), (slow.Rounds, slow.PromptTokens, slow.DecodedTokens));
        // Between them the time is used, and not more of it.
        long start = _clock.GetTimestamp();
        SpeedFigures middle = (await Measure(Model("dense", step: 5e-3), Model("packed", step: 5e-3), Options)).Figures;
        Assert.InRange(middle.Rounds, 4, 39);
        Assert.InRange(_clock.GetElapsedTime(start).TotalSeconds, 50, 60);
    }

    [Fact]
    public async Task A_machine_that_becomes_slower_than_it_was_planned_with_ends_in_time()
    {
        double slow = 1;
        FakeModel Stuck(string name) => new(name, _clock, _calls) { LoadSeconds = 1e-3, Slowness = () => _calls.Count > 60 ? slow = 10 : slow };
        SpeedFigures figures = (await Measure(Stuck("dense"), Stuck("packed"), Options)).Figures;
        Assert.InRange(figures.Rounds, 3, 39);
        Assert.True(_clock.GetElapsedTime(0).TotalSeconds <= 60, $"{_clock.GetElapsedTime(0)}");
    }

    [Fact]
    public async Task What_does_not_fit_into_memory_is_left_out_and_said()
    {
        FakeModel dense = new("dense", _clock, _calls) { BytesPerToken = 1000 }, packed = Model("packed");
        // Both models, and 193 tokens of four requests and a half.
        long memory = 2_000_000 + (193 * 4500);
        SpeedResult result = await Measure(dense, packed, Options with { Memory = memory });
        Assert.Equal([1, 4], result.Figures.Dense.Loads.Select(load => load.Requests));
        Assert.Equal([1, 4], result.Figures.Packed.Loads.Select(load => load.Requests));
        LevelLeftOut left = Assert.Single(result.LeftOut);
        Assert.Equal(new LevelLeftOut(16, 2_000_000 + (193 * 16_000), memory), left);
        Assert.DoesNotContain(dense.Groups, group => group.Requests == 16);
    }

    [Theory]
    [InlineData(1_999_999, "1999999 are available")]
    [InlineData(2_000_100, "2019300 bytes together")]
    public async Task Models_that_do_not_fit_are_refused(long memory, string said)
    {
        DecoupleQException error = await Assert.ThrowsAsync<DecoupleQException>(
            () => Measure(Model("dense"), Model("packed"), Options with { Memory = memory }));
        Assert.Contains(said, error.Message);
        Assert.Equal(("packed", "memory"), (error.File, error.Field));
        Assert.Equal(memory >= 2_000_000, _calls.Count > 0);
    }

    [Fact]
    public async Task It_says_how_far_it_is()
    {
        var told = new List<SpeedProgress>();
        await Measure(Model("dense"), Model("packed"), Options, new Teller(told));
        Assert.Equal(told.Select(progress => progress.Fraction).Order(), told.Select(progress => progress.Fraction));
        Assert.Equal(1, told[^1].Fraction);
        Assert.Equal(TimeSpan.Zero, told[^1].Remaining);
        SpeedProgress half = told.First(progress => progress.Remaining is not null && progress.Fraction > 0.5);
        Assert.Equal(told[^1].Elapsed.TotalSeconds, (half.Elapsed + half.Remaining!.Value).TotalSeconds, 1.0);
    }

    [Fact]
    public async Task It_can_be_ended()
    {
        using var source = new CancellationTokenSource();
        var told = new List<SpeedProgress>();
        var teller = new Teller(told, () =>
        {
            if (told.Count == 30)
            {
                source.Cancel();
            }
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Measure(Model("dense"), Model("packed"), Options, teller, source.Token));
        Assert.Equal(30, told.Count);
    }

    [Fact]
    public void Plans_keep_to_the_time_and_to_what_is_wanted() =>
        Gen.Select(Gen.Double[1e-6, 10].Array[3], Gen.Int[1, 2000], Gen.Int[1, 200], Gen.Double[0.01, 1000])
            .Sample((pace, mostPrompt, mostDecoded, seconds) =>
            {
                var plan = SpeedPlan.Of(new(pace[0], pace[1], pace[2]), Options, mostPrompt, mostDecoded, seconds);
                Assert.InRange(plan.PromptTokens, plan.SharedPromptTokens, Math.Min(mostPrompt, 128));
                Assert.InRange(plan.SharedPromptTokens, Math.Min(mostPrompt, 16), Math.Min(mostPrompt, 128));
                Assert.InRange(plan.DecodedTokens, Math.Min(mostDecoded, 8), Math.Min(mostDecoded, 64));
                bool isShortest = plan.PromptTokens == Math.Min(mostPrompt, 16) && plan.DecodedTokens == Math.Min(mostDecoded, 8);
                Assert.True(isShortest || 4 * plan.RoundSeconds <= seconds);
            });

    [Fact]
    public void Options_are_refused_out_of_their_ranges()
    {
        foreach (SpeedOptions options in (SpeedOptions[])
        [
            new() { Seconds = 0 }, new() { Seconds = double.NaN }, new() { Rounds = 2 }, new() { Concurrency = [0] }, new() { Concurrency = [10_000] },
            new() { PromptTokens = 0 }, new() { DecodedTokens = 0 }, new() { WarmUpSeconds = -1 }, new() { Threads = -1 },
        ])
        {
            Assert.NotNull(Assert.Throws<DecoupleQException>(() => options.Checked()).Field);
        }
    }

    private static void Near(double expected, Spread found)
    {
        Assert.Equal(expected, found.Value, expected * 1e-3);
        Assert.Equal(expected, found.Low, expected * 1e-3);
        Assert.Equal(expected, found.High, expected * 1e-3);
    }

    private FakeModel Model(string name, double step = 1e-3, double prompt = 1e-4) =>
        new(name, _clock, _calls) { SecondsPerStep = step, SecondsPerPromptToken = prompt };

    private Task<SpeedResult> Measure(
        FakeModel dense, FakeModel packed, SpeedOptions options, IProgress<SpeedProgress>? progress = null, CancellationToken cancellationToken = default) =>
        SpeedMeasurement.MeasureAsync(dense, packed, options.Checked(), _clock, progress, cancellationToken);

    private sealed class Teller(List<SpeedProgress> told, Action? then = null) : IProgress<SpeedProgress>
    {
        public void Report(SpeedProgress value)
        {
            told.Add(value);
            then?.Invoke();
        }
    }
}
