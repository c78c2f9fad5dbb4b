using CsCheck;
using DecoupleQ.Statistics;
using DecoupleQ.Pilot.Ladders;
using DecoupleQ.Pilot.Thresholds;
using DecoupleQ.Quantization.Settings;

namespace DecoupleQ.Pilot.Tests;

public sealed class LadderTests
{
    private static readonly WeightCounts Small = new()
    {
        Layers = 4_194_304,
        Rows = 16_384,
        Inputs = [256, 768],
        Embedding = 1_048_576,
        Head = 1_048_576,
        Width = 256,
        Others = 4352,
    };

    private static readonly LadderOptions Wide = new()
    {
        Tables = [(4, 4), (8, 4), (8, 8), (16, 16)],
        Presets = [Preset.Fast, Preset.Best],
    };

    [Fact]
    public void Bits_a_weight_are_codes_scales_and_biases_over_all_weights()
    {
        var weights = new WeightCounts { Layers = 1000 * 640, Rows = 1000, Inputs = [640], Embedding = 64_000, Head = 0, Width = 640, Others = 1000 };
        double per(int bits, int group, int embedding) => weights.BitsPerWeight(new LadderSetting(bits, group, embedding, 16, Preset.Best)) * weights.All;
        Assert.Equal((640_000 * 2) + (10_000 * 32) + (64_000 * 16) + 16_000, per(2, 64, 16), 1e-3);
        Assert.Equal((640_000 * 3) + (1000 * 32) + (64_000 * 8.5) + 16_000, per(3, -1, 8), 1e-3);
        Assert.Equal((640_000 * 4) + (20_000 * 32) + (64_000 * 4.5) + 16_000, per(4, 32, 4), 1e-3);
    }

    [Fact]
    public void The_cheapest_comes_first_and_of_as_cheap_ones_the_preset_that_takes_less_time()
    {
        var ladder = new Ladder(Small, Wide);
        Assert.Equal(2 * 4 * 12, ladder.Settings.Count);
        Assert.Equal(new LadderSetting(2, -1, 4, 4, Preset.Fast), ladder.Settings[0]);
        Assert.Equal(new LadderSetting(2, -1, 4, 4, Preset.Best), ladder.Settings[1]);
        Assert.Equal(new LadderSetting(4, 32, 16, 16, Preset.Best), ladder.Settings[^1]);
        IReadOnlyList<Rung> rungs = ladder.After([]).Rungs;
        Assert.Equal(rungs.Select(rung => rung.BitsPerWeight).Order(), rungs.Select(rung => rung.BitsPerWeight));
    }

    [Fact]
    public void What_a_model_cannot_have_is_left_out_and_says_why()
    {
        var ladder = new Ladder(Small with { Inputs = [256, 96], Head = 0 });
        // Of one table, head bits are no setting of their own.
        Assert.All(ladder.Settings, setting => Assert.Equal(16, setting.HeadBits));
        Assert.Equal([-1, 32], ladder.Settings.Select(setting => setting.GroupSize).Distinct().Order());
        Assert.All(ladder.LeftOut, left => Assert.Contains("96 inputs", left.Reason, StringComparison.Ordinal));
        ladder = new Ladder(Small with { Width = 200 });
        Assert.All(ladder.Settings, setting => Assert.Equal((16, 16), (setting.EmbeddingBits, setting.HeadBits)));
        Assert.Contains(ladder.LeftOut, left => left.Reason.Contains("200 weights", StringComparison.Ordinal));
        DecoupleQException error = Assert.Throws<DecoupleQException>(() => new Ladder(Small with { Inputs = [100] }, new LadderOptions { GroupSizes = [64] }));
        Assert.Contains("100 inputs", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(5, 64, "bits")]
    [InlineData(2, 48, "group-size")]
    [InlineData(2, 0, "group-size")]
    public void Settings_that_quantize_does_not_take_are_refused(int bits, int groupSize, string field)
    {
        var options = new LadderOptions { Bits = [bits], GroupSizes = [groupSize] };
        Assert.Equal(field, Assert.Throws<DecoupleQException>(() => new Ladder(Small, options)).Field);
    }

    [Fact]
    public void A_setting_is_a_jobs_options_and_is_written_as_the_command_takes_it()
    {
        var setting = new LadderSetting(3, 128, 8, 16, Preset.Best);
        QuantizationOptions options = setting.ApplyTo(new QuantizationOptions { Model = "m", Output = "o", Seed = 7 });
        Assert.Equal((3, 128, 8, 16, 7UL), (options.Format.Bits, options.Format.GroupSize, options.EmbeddingBits, options.HeadBits, options.Seed));
        Assert.All(Preset.Best.Values, value => Assert.Equal(value.Text, value.Setting.TextIn(options)));
        Assert.Equal("--bits 3 --group-size 128 --embedding-bits 8 --preset best", setting.ToString());
    }

    [Fact]
    public void After_a_clear_failure_the_best_of_the_branch_is_tried_and_its_failure_ends_the_branch()
    {
        var ladder = new Ladder(Small, new LadderOptions { Tables = [(8, 8), (16, 16)] });
        LadderSetting first = ladder.After([]).Next!, best = new(4, 32, 8, 8, Preset.Best);
        Assert.Equal(new LadderSetting(2, -1, 8, 8, Preset.Best), first);
        List<LadderResult> results = [new(first, Verdict.Fail, RulesOut: true)];
        Assert.Equal(best, ladder.After(results).Next);
        results.Add(new(best, Verdict.Fail, RulesOut: true));
        LadderProgress progress = ladder.After(results);
        Assert.Equal(10, progress.Rungs.Count(rung => rung.State == RungState.RuledOut && rung.RuledOutBy == best));
        Assert.Equal(new LadderSetting(2, -1, 16, 16, Preset.Best), progress.Next);
    }

    [Fact]
    public void A_best_of_the_branch_that_passes_bounds_what_is_left()
    {
        var ladder = new Ladder(Small, new LadderOptions { Tables = [(8, 8)] });
        List<LadderResult> results = [new(ladder.Settings[0], Verdict.Fail, true), new(ladder.Settings[^1], Verdict.Pass, false)];
        LadderProgress progress = ladder.After(results);
        Assert.Equal((ladder.Settings[1], ladder.Settings[^1]), (progress.Next, progress.Recommended));
        results.Add(new(ladder.Settings[1], Verdict.Undecided, false));
        results.Add(new(ladder.Settings[2], Verdict.Pass, false));
        progress = ladder.After(results);
        Assert.Equal((null, ladder.Settings[2]), (progress.Next, progress.Recommended));
        Assert.Equal(RungState.Undecided, progress.Rungs[1].State);
        Assert.Equal(8, progress.Rungs.Count(rung => rung.State == RungState.NotNeeded));
    }

    [Fact]
    public void A_failure_at_latency_or_at_critical_items_rules_nothing_out()
    {
        LadderSetting setting = new(2, -1, 16, 16, Preset.Best);
        Assert.False(Result("max-latency", "1ms").RulesOut);
        Assert.False(Result("max-critical-flips", "0").RulesOut);
        Assert.True(Result("max-kl", "0.1").RulesOut);
        Assert.Equal(Verdict.Pass, LadderResult.Of(setting, []).Verdict);

        LadderResult Result(string kind, string limit) =>
            LadderResult.Of(setting, [ThresholdKind.All.Single(k => k.Name == kind).Parse(limit).Judge(new Estimate(5, 4, 6), 100)]);
    }

    // Hidden verdicts that follow from a quality that never falls with bits, smaller groups or larger tables.
    [Fact]
    public void Where_more_bits_are_never_worse_the_walk_finds_the_cheapest_that_passes() =>
        Gen.Select(Gen.Double[0, 1].Array[96], Gen.Double[0, 1.2], Gen.Double[0, 0.3], Options).Sample((draws, pass, doubt, options) =>
        {
            var ladder = new Ladder(Small, options);
            // The best of all draws of what is no better: monotone, whatever the draws.
            double quality(LadderSetting setting) =>
                ladder.Settings.Index().Where(other => other.Item.IsNoBetterThan(setting)).Max(other => draws[other.Index]);
            Dictionary<LadderSetting, Verdict> table = ladder.Settings.ToDictionary(
                setting => setting,
                setting => quality(setting) >= pass ? Verdict.Pass : quality(setting) >= pass - doubt ? Verdict.Undecided : Verdict.Fail);
            List<LadderResult> results = Walk(ladder, setting => new(setting, table[setting], table[setting] == Verdict.Fail));
            LadderProgress progress = ladder.After(results);
            Assert.Equal(ladder.Settings.FirstOrDefault(setting => table[setting] == Verdict.Pass), progress.Recommended);
            Assert.All(progress.Rungs.Where(rung => rung.State == RungState.RuledOut), rung => Assert.Equal(Verdict.Fail, table[rung.Setting]));
            // Some other order of the same results, as of a pilot that was resumed, says the same.
            LadderProgress other = ladder.After([.. results.AsEnumerable().Reverse()]);
            Assert.Equal((progress.Next, progress.Recommended), (other.Next, other.Recommended));
            Assert.Equal(progress.Rungs.Select(rung => rung.State), other.Rungs.Select(rung => rung.State));
        }, iter: 200);

    [Fact]
    public void Whatever_the_verdicts_the_walk_ends_tries_nothing_twice_and_leaves_nothing_out_without_a_reason() =>
        Gen.Select(One.Of(Enum.GetValues<Verdict>()).Array[96], Gen.Bool.Array[96], Options).Sample((verdicts, clear, options) =>
        {
            var ladder = new Ladder(Small, options);
            Dictionary<LadderSetting, LadderResult> table = ladder.Settings.Index().ToDictionary(
                pair => pair.Item, pair => new LadderResult(pair.Item, verdicts[pair.Index], verdicts[pair.Index] == Verdict.Fail && clear[pair.Index]));
            List<LadderResult> results = Walk(ladder, setting => table[setting]);
            LadderProgress progress = ladder.After(results);
            Assert.Equal(ladder.Settings.FirstOrDefault(s => results.Any(r => r.Setting == s && r.Verdict == Verdict.Pass)), progress.Recommended);
            bool passed = false;
            foreach (Rung rung in progress.Rungs)
            {
                LadderResult? own = results.SingleOrDefault(result => result.Setting == rung.Setting);
                bool ruledOut = results.Any(result => result.RulesOut && rung.Setting.IsNoBetterThan(result.Setting));
                Assert.Equal(
                    own is not null ? (own.Verdict switch { Verdict.Pass => RungState.Passed, Verdict.Fail => RungState.Failed, _ => RungState.Undecided })
                        : ruledOut ? RungState.RuledOut
                        : RungState.NotNeeded,
                    rung.State);
                Assert.True(rung.State != RungState.NotNeeded || passed);
                passed |= own?.Verdict == Verdict.Pass;
            }
        }, iter: 200);

    [Fact]
    public void Where_nothing_passes_few_are_tried()
    {
        var ladder = new Ladder(Small, Wide);
        // Two of each branch, and none of those of a preset once its best of all has failed.
        Assert.InRange(Walk(ladder, setting => new(setting, Verdict.Fail, true)).Count, 2, 16);
    }

    [Fact]
    public void What_is_no_better_is_an_order()
    {
        LadderSetting[] all = [.. new Ladder(Small, Wide).Settings];
        Gen.Select(One.Of(all), One.Of(all), One.Of(all)).Sample((a, b, c) =>
        {
            Assert.True(a.IsNoBetterThan(a));
            Assert.True(!a.IsNoBetterThan(b) || !b.IsNoBetterThan(c) || a.IsNoBetterThan(c));
            Assert.True(!a.IsNoBetterThan(b) || !b.IsNoBetterThan(a) || a == b);
            // So nothing that is ruled out is larger than what failed.
            Assert.True(!a.IsNoBetterThan(b) || Small.BitsPerWeight(a) <= Small.BitsPerWeight(b));
        }, iter: 2000);
    }

    [Fact]
    public void Two_results_of_a_setting_are_a_fault_of_the_caller()
    {
        var ladder = new Ladder(Small);
        LadderResult result = new(ladder.Settings[0], Verdict.Pass, false);
        Assert.Throws<ArgumentException>(() => ladder.After([result, result]));
    }

    private static Gen<LadderOptions> Options => One.Of(new LadderOptions(), Wide, new LadderOptions { Bits = [2, 4], GroupSizes = [64], Tables = [(16, 16)] });

    private static List<LadderResult> Walk(Ladder ladder, Func<LadderSetting, LadderResult> tried)
    {
        List<LadderResult> results = [];
        while (ladder.After(results).Next is LadderSetting next)
        {
            Assert.DoesNotContain(results, result => result.Setting == next);
            results.Add(tried(next));
        }
        return results;
    }
}
