using System.Numerics;
using CsCheck;
using DecoupleQ.Statistics;

namespace DecoupleQ.Tests.Statistics;

public sealed class ProportionsTests
{
    [Theory]
    // Table I of Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17 (1998), method 3.
    [InlineData(81, 263, 0.2553, 0.3662)]
    [InlineData(15, 148, 0.0624, 0.1605)]
    [InlineData(0, 20, 0.0000, 0.1611)]
    [InlineData(1, 29, 0.0061, 0.1718)]
    public void A_share_has_the_interval_that_was_published(int count, int of, double low, double high)
    {
        Estimate share = Proportions.Of(count, of);
        Assert.Equal((double)count / of, share.Value);
        Assert.Equal(low, share.Low!.Value, 5e-5);
        Assert.Equal(high, share.High!.Value, 5e-5);
    }

    [Fact]
    public void An_interval_has_every_share_under_which_the_count_is_no_further_than_two_standard_errors() =>
        Gen.Int[1, 300].SelectMany(of => Gen.Int[0, of].Select(count => (count, of))).Sample(
            pair =>
            {
                (int count, int of) = pair;
                Estimate share = Proportions.Of(count, of);
                foreach (double end in (double[])[share.Low!.Value, share.High!.Value])
                {
                    // Wilson's interval ends where the distance is 1.96 standard errors of the share itself; at 0 and 1 it ends there.
                    double distance = Math.Abs(share.Value - end), error = Math.Sqrt(end * (1 - end) / of);
                    Assert.True(end is 0 or 1 || Math.Abs(distance - (1.959963984540054 * error)) < 1e-9);
                }
                Assert.InRange(share.Value, share.Low.Value, share.High.Value);
            },
            iter: 1000);

    [Theory]
    // The equations of the paper (Newcombe, 1998, method 10), in Python.
    [InlineData(36, 12, 2, 0, 0.05692958, 0.34042760)]
    [InlineData(20, 12, 2, 16, 0.05615642, 0.32920700)]
    [InlineData(43, 0, 1, 0, -0.11807710, 0.05971801)]
    public void A_difference_of_pairs_has_the_interval_that_its_equations_give(int both, int first, int second, int neither, double low, double high)
    {
        // There it is the first less the second.
        Estimate difference = Proportions.PairedDifference(both, second, first, neither);
        Assert.Equal((double)(first - second) / (both + first + second + neither), difference.Value, 1e-12);
        Assert.Equal(low, difference.Low!.Value, 1e-8);
        Assert.Equal(high, difference.High!.Value, 1e-8);
    }

    [Fact]
    public void Of_items_that_have_not_changed_the_interval_has_zero_and_is_not_empty()
    {
        foreach ((int both, int neither) in ((int, int)[])[(100, 0), (0, 100), (50, 50), (1, 0), (7, 3)])
        {
            Estimate difference = Proportions.PairedDifference(both, 0, 0, neither);
            Assert.Equal(0, difference.Value);
            Assert.True(difference.Low < 0 && difference.High > 0);
        }
    }

    [Fact]
    public void Of_a_hundred_samples_about_ninety_five_have_the_difference_that_they_were_drawn_with()
    {
        var random = new Random(5);
        const int Samples = 4000, Items = 60;
        int covered = 0;
        for (int sample = 0; sample < Samples; sample++)
        {
            var counts = new int[4];
            for (int item = 0; item < Items; item++)
            {
                double draw = random.NextDouble();
                counts[draw < 0.6 ? 0 : draw < 0.75 ? 1 : draw < 0.82 ? 2 : 3]++;
            }
            Estimate difference = Proportions.PairedDifference(counts[0], counts[1], counts[2], counts[3]);
            covered += difference.Low <= 0.07 - 0.15 && difference.High >= 0.07 - 0.15 ? 1 : 0;
        }
        Assert.InRange((double)covered / Samples, 0.935, 0.975);
    }

    [Fact]
    public void Of_nothing_there_is_no_interval()
    {
        Assert.Null(Proportions.Of(0, 0).Low);
        Assert.Null(Proportions.PairedDifference(0, 0, 0, 0).High);
    }

    [Fact]
    public void McNemars_test_is_the_binomial_one_in_whole_numbers() => Gen.Int[0, 60].Select(Gen.Int[0, 60]).Sample(
        (lost, gained) =>
        {
            int all = lost + gained;
            BigInteger ways = 0;
            for (int k = 0; k <= Math.Min(lost, gained); k++)
            {
                ways += Binomial(all, k);
            }
            double expected = Math.Min(1, (double)(2 * ways) / (double)BigInteger.Pow(2, all));
            Assert.Equal(expected, McNemarTest.PValue(lost, gained), 1e-12);
        },
        iter: 500);

    [Fact]
    public void McNemars_test_takes_many_flips()
    {
        Assert.Equal(1, McNemarTest.PValue(0, 0));
        // Twice 2^-10.
        Assert.Equal(2.0 / 1024, McNemarTest.PValue(10, 0), 1e-15);
        Assert.InRange(McNemarTest.PValue(50_000, 51_000), 1e-3, 2e-3);
        Assert.Equal(0, McNemarTest.PValue(0, 5000));
    }

    private static BigInteger Binomial(int n, int k)
    {
        BigInteger value = 1;
        for (int i = 1; i <= k; i++)
        {
            value = value * (n - i + 1) / i;
        }
        return value;
    }
}
