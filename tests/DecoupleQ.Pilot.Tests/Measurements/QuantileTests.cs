using CsCheck;
using DecoupleQ.Pilot.Costs;
using DecoupleQ.Pilot.Measurements;
using DecoupleQ.Pilot.Results;

namespace DecoupleQ.Pilot.Tests.Measurements;

/// <summary>Medians and quantiles, and the interval of one.</summary>
public sealed class QuantileTests
{
    [Fact]
    public void Quantiles_are_in_order() => Gen.Select(Gen.Double[1e-6, 10].Array[1, 400], Gen.Int[1, 16]).Sample((times, together) =>
    {
        TimeQuantiles found = Quantiles.Times(times, together);
        Assert.Equal(times.Length, found.Times);
        Assert.True(found.Median <= found.P95.Value && found.P95.Value <= found.P99);
        Assert.True(!(found.P95.Low > found.P95.Value) && !(found.P95.High < found.P95.Value));
        foreach ((double quantile, double share) in ((double, double)[])[(found.Median, 0.5), (found.P95.Value, 0.95), (found.P99, 0.99)])
        {
            Assert.Contains(quantile, times);
            Assert.True(times.Count(time => time <= quantile) >= (share * times.Length) - 1e-9);
            Assert.True(times.Count(time => time < quantile) < share * times.Length);
        }
    });

    [Fact]
    public void The_ranks_of_an_interval_are_those_of_the_binomial_distribution()
    {
        foreach (int count in (int[])[1, 5, 20, 58, 72, 73, 100, 500, 1000])
        {
            // By Pascal's rule, item by item.
            double[] mass = [1];
            for (int n = 0; n < count; n++)
            {
                mass = [.. Enumerable.Range(0, mass.Length + 1).Select(k => (k < mass.Length ? mass[k] * 0.05 : 0) + (k > 0 ? mass[k - 1] * 0.95 : 0))];
            }
            double Below(int k) => mass.Take(k).Sum();
            int? low = Enumerable.Range(1, count).Where(k => Below(k) <= 0.025).Select(k => (int?)k).LastOrDefault();
            int? high = Enumerable.Range(1, count).Where(k => Below(k) >= 0.975).Select(k => (int?)k).FirstOrDefault();
            Assert.Equal((low, high), Quantiles.Ranks(count, 0.95));
        }
        Assert.NotNull(Quantiles.Ranks(200_000, 0.95).Low);
    }

    [Fact]
    public void An_interval_holds_the_truth_as_often_as_it_says()
    {
        var random = new SplitMix64(7);
        int held = 0;
        const int Trials = 400, Count = 300;
        for (int trial = 0; trial < Trials; trial++)
        {
            TimeQuantiles found = Quantiles.Times(Enumerable.Range(0, Count).Select(_ => -Math.Log(1 - random.NextDouble())), 1);
            double truth = -Math.Log(0.05);
            held += found.P95.Low <= truth && truth <= found.P95.High ? 1 : 0;
        }
        Assert.InRange((double)held / Trials, 0.93, 1);
    }

    [Fact]
    public void Requests_that_share_their_steps_are_no_more_observations()
    {
        double[] steps = [.. Enumerable.Range(1, 100).Select(i => (double)i)];
        TimeQuantiles alone = Quantiles.Times(steps, 1), together = Quantiles.Times(steps.SelectMany(step => Enumerable.Repeat(step, 16)), 16);
        Assert.Equal((alone.Median, alone.P95, alone.P99), (together.Median, together.P95, together.P99));
    }

    [Fact]
    public void With_too_few_times_there_is_no_upper_end() => Assert.Null(Quantiles.Times(Enumerable.Range(1, 50).Select(i => (double)i), 1).P95.High);

    [Fact]
    public void A_spread_is_the_median_and_the_ends()
    {
        Assert.Equal(new Spread(2, 1, 9), Quantiles.Spread([9, 1, 2]));
        Assert.Equal(new Spread(3, 1, 9), Quantiles.Spread([9, 1, 2, 4]));
    }
}
