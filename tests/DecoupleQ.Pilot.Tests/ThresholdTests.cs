using CsCheck;
using DecoupleQ.Statistics;
using DecoupleQ.Pilot.Thresholds;

namespace DecoupleQ.Pilot.Tests;

public sealed class ThresholdTests
{
    [Theory]
    [InlineData("max-perplexity-increase", "5%", 0.05, "5%")]
    [InlineData("max-perplexity-increase", "0.05", 0.05, "5%")]
    [InlineData("max-perplexity-increase", "0.1%", 0.001, "0.1%")]
    [InlineData("max-perplexity-increase", "150 %", 1.5, "150%")]
    [InlineData("max-perplexity-increase", "0", 0, "0%")]
    [InlineData("min-agreement", "0.9", 0.9, "90%")]
    [InlineData("min-agreement", "100%", 1, "100%")]
    [InlineData("min-agreement", ".95", 0.95, "95%")]
    [InlineData("max-kl", "0.1", 0.1, "0.1")]
    [InlineData("max-kl", "2", 2, "2")]
    [InlineData("max-kl", "0.1 nats", 0.1, "0.1")]
    [InlineData("max-accuracy-loss", "1pp", 0.01, "1pp")]
    [InlineData("max-accuracy-loss", "0.01", 0.01, "1pp")]
    [InlineData("max-accuracy-loss", "2.5 PP", 0.025, "2.5pp")]
    [InlineData("max-critical-flips", "0", 0, "0")]
    [InlineData("max-critical-flips", "12", 12, "12")]
    [InlineData("max-latency", "50ms", 0.05, "50ms")]
    [InlineData("max-latency", "0.05s", 0.05, "50ms")]
    [InlineData("max-latency", "2 S", 2, "2000ms")]
    public void Is_read_with_its_unit_and_written_so_that_it_is_read_again(string kind, string text, double limit, string written)
    {
        Threshold threshold = Kind(kind).Parse(text);
        Assert.Equal(limit, (double)threshold.Limit);
        Assert.Equal(written, threshold.Text);
        Assert.Equal(threshold, Kind(kind).Parse(threshold.Text));
        Assert.Equal($"--{kind} {written}", threshold.ToString());
    }

    [Theory]
    [InlineData("max-perplexity-increase", "5")] // percent, or five times as much?
    [InlineData("max-perplexity-increase", "1")]
    [InlineData("max-perplexity-increase", "-5%")]
    [InlineData("max-perplexity-increase", "5pp")]
    [InlineData("max-perplexity-increase", "5%%")]
    [InlineData("min-agreement", "1")]
    [InlineData("min-agreement", "90")]
    [InlineData("min-agreement", "101%")]
    [InlineData("min-agreement", "0,9")]
    [InlineData("max-kl", "10%")]
    [InlineData("max-kl", "NaN")]
    [InlineData("max-kl", "Infinity")]
    [InlineData("max-kl", "1e999")]
    [InlineData("max-kl", "0.00000000000000000000000000000000000001")] // 0 in decimal
    [InlineData("max-accuracy-loss", "1%")] // points, or a share of the accuracy?
    [InlineData("max-accuracy-loss", "1")]
    [InlineData("max-critical-flips", "0.5")]
    [InlineData("max-critical-flips", "-1")]
    [InlineData("max-critical-flips", "0%")]
    [InlineData("max-latency", "50")]
    [InlineData("max-latency", "0ms")]
    [InlineData("max-latency", "50m")]
    [InlineData("max-latency", "")]
    [InlineData("max-latency", "ms")]
    public void What_may_mean_two_things_or_nothing_is_refused_with_what_was_expected(string kind, string text)
    {
        DecoupleQException error = Assert.Throws<DecoupleQException>(() => Kind(kind).Parse(text));
        Assert.Equal("--" + kind, error.Field);
        Assert.Equal(Kind(kind).Expected, error.Expected);
        Assert.Contains($"'{text}'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_percentage_and_the_fraction_that_it_is_are_one_threshold() =>
        Gen.Int[0, 99_999].Sample(thousandths =>
        {
            string percent = FormattableString.Invariant($"{thousandths / 1000}.{thousandths % 1000:000}%");
            string fraction = FormattableString.Invariant($"0.{thousandths:00000}");
            Assert.Equal(ThresholdKind.MinAgreement.Parse(percent), ThresholdKind.MinAgreement.Parse(fraction));
        }, iter: 1000);

    [Fact]
    public void Every_kind_has_a_name_of_its_own() => Assert.Equal(ThresholdKind.All.Count, ThresholdKind.All.Select(kind => kind.Name).Distinct().Count());

    [Theory]
    [InlineData("max-kl", "0.1", 0.05, 0.02, 0.08, Verdict.Pass)]
    [InlineData("max-kl", "0.1", 0.05, 0.02, 0.1, Verdict.Pass)] // the limit is within
    [InlineData("max-kl", "0.1", 0.05, 0.02, 0.11, Verdict.Undecided)]
    [InlineData("max-kl", "0.1", 0.15, 0.1, 0.2, Verdict.Undecided)]
    [InlineData("max-kl", "0.1", 0.15, 0.101, 0.2, Verdict.Fail)]
    [InlineData("min-agreement", "0.9", 0.95, 0.9, 0.99, Verdict.Pass)]
    [InlineData("min-agreement", "0.9", 0.95, 0.89, 0.99, Verdict.Undecided)]
    [InlineData("min-agreement", "0.9", 0.85, 0.8, 0.9, Verdict.Undecided)]
    [InlineData("min-agreement", "0.9", 0.85, 0.8, 0.89, Verdict.Fail)]
    [InlineData("max-critical-flips", "0", 0, 0, 0, Verdict.Pass)]
    [InlineData("max-critical-flips", "0", 1, 1, 1, Verdict.Fail)]
    [InlineData("max-kl", "0.1", double.NaN, 0, 0, Verdict.Fail)]
    [InlineData("max-kl", "0.1", double.NegativeInfinity, 0, 0, Verdict.Fail)]
    [InlineData("min-agreement", "0.9", double.PositiveInfinity, 1, 1, Verdict.Fail)]
    [InlineData("max-kl", "0.1", 0.05, double.NaN, 0.08, Verdict.Undecided)]
    [InlineData("max-kl", "0.1", 0.05, double.NegativeInfinity, 0.08, Verdict.Undecided)]
    [InlineData("max-kl", "0.1", 0.05, 0.01, double.PositiveInfinity, Verdict.Undecided)]
    [InlineData("max-kl", "0.1", 0.5, 0.2, double.PositiveInfinity, Verdict.Fail)]
    [InlineData("max-kl", "0.1", 0.12, 0.02, 0.08, Verdict.Undecided)] // a figure outside of its own interval
    public void The_whole_interval_decides(string kind, string limit, double value, double low, double high, Verdict verdict) =>
        Assert.Equal(verdict, Kind(kind).Parse(limit).Judge(new Estimate(value, low, high), 100).Verdict);

    [Fact]
    public void Without_an_interval_nothing_is_decided()
    {
        Judgement judgement = ThresholdKind.MaxKl.Parse("0.1").Judge(new Estimate(0.01, null, null), 9);
        Assert.Equal((Verdict.Undecided, Doubt.NoInterval, null), (judgement.Verdict, judgement.Doubt, judgement.ItemsToDecide));
    }

    [Fact]
    public void Of_no_items_nothing_is_known()
    {
        Judgement judgement = ThresholdKind.MaxCriticalFlips.Parse("0").Judge(new Estimate(0, 0, 0), 0);
        Assert.Equal((Verdict.Undecided, Doubt.NoInterval), (judgement.Verdict, judgement.Doubt));
    }

    [Theory]
    [InlineData(42, 0, 0, 18, "1pp")] // nothing flipped: the width falls nearly with the number of items
    [InlineData(60, 0, 0, 0, "1pp")]
    [InlineData(40, 1, 0, 19, "3pp")]
    [InlineData(40, 5, 3, 12, "1pp")] // beyond, if anything
    public void Questions_that_decide_are_found_on_the_interval_itself(int both, int lost, int gained, int neither, string limit)
    {
        AccuracyItems counts = new(both, lost, gained, neither);
        Threshold threshold = ThresholdKind.MaxAccuracyLoss.Parse(limit);
        Judgement judgement = threshold.Judge(Loss(1), counts);
        Assert.Equal(Verdict.Undecided, judgement.Verdict);
        long needed = judgement.ItemsToDecide!.Value;
        Assert.NotEqual(Verdict.Undecided, threshold.Judge(Loss((double)needed / counts.All), needed).Verdict);
        Assert.Equal(Verdict.Undecided, threshold.Judge(Loss(0.98 * needed / counts.All), needed).Verdict);
        // By the root of the number it would be said to take many times as many.
        Estimate here = Loss(1);
        double byRoot = counts.All * Math.Pow((here.High!.Value - here.Value) / ((double)threshold.Limit - here.Value), 2);
        Assert.True(lost > 0 || needed < byRoot / 2, $"{needed} of {byRoot}");

        Estimate Loss(double scale)
        {
            Estimate gain = Proportions.Newcombe(both * scale, lost * scale, gained * scale, neither * scale);
            return new Estimate(-gain.Value, -gain.High, -gain.Low);
        }
    }

    [Fact]
    public void At_the_threshold_no_number_of_items_decides()
    {
        Judgement judgement = ThresholdKind.MaxKl.Parse("0.1").Judge(new Estimate(0.1, 0.05, 0.15), 1000);
        Assert.Equal((Verdict.Undecided, Doubt.AtThreshold, null), (judgement.Verdict, judgement.Doubt, judgement.ItemsToDecide));
        judgement = ThresholdKind.MaxKl.Parse("0.1").Judge(new Estimate(0.1 - 1e-12, 0.05, 0.15), 1000);
        Assert.Equal((Verdict.Undecided, Doubt.AtThreshold, null), (judgement.Verdict, judgement.Doubt, judgement.ItemsToDecide));
    }

    [Fact]
    public void Twice_too_wide_takes_four_times_as_many_items()
    {
        Judgement judgement = ThresholdKind.MaxKl.Parse("0.25").Judge(new Estimate(0.125, 0.0625, 0.375), 100);
        Assert.Equal((Doubt.TooFewItems, 401L), (judgement.Doubt, judgement.ItemsToDecide));
    }

    [Fact]
    public void With_as_many_items_as_are_said_to_decide_an_interval_that_falls_with_their_root_does_and_with_half_of_them_does_not() =>
        Gen.Select(One.Of(ThresholdKind.MaxKl, ThresholdKind.MinAgreement), Gen.Double[0.3, 0.7], Width, Width, Gen.Int[10, 5000])
            .Sample((kind, value, below, above, items) =>
            {
                Threshold threshold = kind.Parse("0.5");
                Judgement judgement = threshold.Judge(new Estimate(value, value - below, value + above), items);
                if (judgement.ItemsToDecide is not long needed)
                {
                    Assert.True(judgement.Verdict != Verdict.Undecided || judgement.Doubt == Doubt.AtThreshold);
                    return;
                }
                Assert.InRange(needed, items + 1, long.MaxValue);
                Assert.NotEqual(Verdict.Undecided, With(needed + (needed / 1e9)).Verdict);
                Assert.True(needed / 2 < items || With(needed / 2).Verdict == Verdict.Undecided);

                Judgement With(double number)
                {
                    double shrink = Math.Sqrt(items / number);
                    return threshold.Judge(new Estimate(value, value - (below * shrink), value + (above * shrink)), (long)number);
                }
            }, iter: 2000);

    [Fact]
    public void An_interval_that_is_none_is_a_fault_of_the_caller() =>
        Assert.Throws<ArgumentException>(() => ThresholdKind.MaxKl.Parse("0.1").Judge(new Estimate(0.1, 0.2, 0.1), 10));

    [Theory]
    [InlineData(new Verdict[0], null, 0)]
    [InlineData(new[] { Verdict.Pass, Verdict.Pass }, Verdict.Pass, 0)]
    [InlineData(new[] { Verdict.Pass, Verdict.Undecided }, Verdict.Undecided, 4)]
    [InlineData(new[] { Verdict.Fail, Verdict.Undecided, Verdict.Pass }, Verdict.Fail, 3)]
    public void The_worst_verdict_is_that_of_all_and_has_an_exit_code(Verdict[] verdicts, Verdict? overall, int code)
    {
        Assert.Equal(overall, Verdicts.Overall(verdicts));
        Assert.Equal(code, Verdicts.ExitCode(overall));
    }

    private static Gen<double> Width => Gen.Double[0.001, 0.3];

    private static ThresholdKind Kind(string name) => ThresholdKind.All.Single(kind => kind.Name == name);
}
