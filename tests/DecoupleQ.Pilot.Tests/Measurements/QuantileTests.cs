using CsCheck;
using DecoupleQ.Pilot.Costs;
using DecoupleQ.Pilot.Measurements;
using DecoupleQ.Pilot.Results;
using DecoupleQ.Statistics;

namespace DecoupleQ.Pilot.Tests.Measurements;

/// <summary>Medians and quantiles, and the interval of one.</summary>
public sealed class QuantileTests
{
    [Fact]
    public void Quantiles_are_in_order() => Gen.Double[1e-6, 10].Array[1, 40].Array[1, 12].Sample(rounds =>
    {
        TimeQuantiles found = Quantiles.Times(rounds);
        double[] times = [.. rounds.SelectMany(round => round)];
        Assert.Equal(times.Length, found.Times);
        Assert.True(found.Median <= found.P95.Value && found.P95.Value <= found.P99);
        Assert.True(!(found.P95.Low > found.P95.Value) && !(found.P95.High < found.P95.Value));
        Assert.Equal(rounds.Length > 1, found.P95.Low is not null);
        foreach ((double quantile, double share) in ((double, double)[])[(found.Median, 0.5), (found.P95.Value, 0.95), (found.P99, 0.99)])
        {
            Assert.Contains(quantile, times);
            Assert.True(times.Count(time => time <= quantile) >= (share * times.Length) - 1e-9);
            Assert.True(times.Count(time => time < quantile) < share * times.Length);
        }
    });

    // A machine that is slow for a while makes all times of a round slow: pooled, they would be hundreds of observations of one thing.
    [Theory]
    [InlineData(3)]
    [InlineData(10)]
    public void An_interval_holds_the_truth_as_often_as_it_says_where_rounds_differ(int rounds)
    {
        var random = new SplitMix64(7);
        int held = 0;
        const int Trials = 1000, Count = 64;
        for (int trial = 0; trial < Trials; trial++)
        {
            double[][] times = [.. Enumerable.Range(0, rounds).Select(_ => Round(Math.Exp(0.2 * Normal(ref random))))];
            Estimate found = Quantiles.Times(times).P95;
            // Of the round that is neither slow nor fast.
            held += found.Low <= 1.95 && 1.95 <= found.High ? 1 : 0;
        }
        Assert.InRange((double)held / Trials, 0.94, 0.99);

        double[] Round(double slow) => [.. Enumerable.Range(0, Count).Select(i => slow * (1 + ((i + 0.5) / Count)))];
    }

    // Identical pairs are told apart no more often than is said, and a gain of a twentieth is seen, by more rounds more often.
    [Theory]
    [InlineData(3, 0.25)]
    [InlineData(6, 0.9)]
    [InlineData(10, 0.95)]
    [InlineData(30, 0.99)]
    public void A_ratio_of_rounds_tells_what_is_chance_from_what_is_not(int rounds, double seen)
    {
        var random = new SplitMix64(11);
        const int Trials = 2000;
        int apart = 0, gains = 0;
        for (int trial = 0; trial < Trials; trial++)
        {
            // What else the machine does meets both models of a round; what is left differs by a hundredth or two.
            double[] machine = [.. Enumerable.Range(0, rounds).Select(_ => Math.Exp(0.1 * Normal(ref random)))];
            double[] dense = [.. machine.Select(speed => speed * Math.Exp(0.01 * Normal(ref random)))];
            double[] packed = [.. machine.Select(speed => speed * Math.Exp(0.01 * Normal(ref random)))];
            apart += Holds(PairedRatio.Of(packed, dense)) ? 0 : 1;
            gains += Holds(PairedRatio.Of([.. packed.Select(speed => 1.05 * speed)], dense)) ? 0 : 1;
        }
        Assert.InRange((double)apart / Trials, 0, 0.015);
        Assert.InRange((double)gains / Trials, seen, 1);

        static bool Holds(Estimate ratio) => ratio.Low <= 1 && 1 <= ratio.High;
    }

    [Fact]
    public void One_round_says_nothing_of_how_rounds_differ() => Assert.Equal(new Estimate(2, null, null), PairedRatio.Of([4], [2]));

    [Fact]
    public void Ten_rounds_of_which_all_agree_lie_between_the_least_and_the_greatest() => Assert.Equal(
        new Estimate(1.15, 1.1, 1.2), PairedRatio.Of([1.1, 1.1, 1.1, 1.1, 1.1, 1.2, 1.2, 1.2, 1.2, 1.2], [.. Enumerable.Repeat(1.0, 10)]));

    [Fact]
    public void A_spread_is_the_median_and_the_ends()
    {
        Assert.Equal(new Spread(2, 1, 9), Quantiles.Spread([9, 1, 2]));
        Assert.Equal(new Spread(3, 1, 9), Quantiles.Spread([9, 1, 2, 4]));
    }

    private static double Normal(ref SplitMix64 random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
