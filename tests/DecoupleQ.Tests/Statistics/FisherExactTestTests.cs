using System.Numerics;
using DecoupleQ.Statistics;

namespace DecoupleQ.Tests.Statistics;

public sealed class FisherExactTestTests
{
    /// <summary>Against the definition, in whole numbers: all tables with the same margins, counted.</summary>
    [Fact]
    public void Both_values_are_those_of_all_tables_with_the_same_margins()
    {
        for (int firstOf = 0; firstOf <= 24; firstOf += 6)
        {
            for (int secondOf = 0; secondOf <= 20; secondOf += 5)
            {
                for (int first = 0; first <= firstOf; first += 3)
                {
                    for (int second = 0; second <= secondOf; second++)
                    {
                        int with = first + second;
                        BigInteger[] tables = [.. Enumerable.Range(0, with + 1).Select(k => Choose(firstOf, with - k) * Choose(secondOf, k))];
                        BigInteger all = Choose(firstOf + secondOf, with), more = 0, rarer = 0;
                        for (int k = 0; k <= with; k++)
                        {
                            more += k >= second ? tables[k] : 0;
                            rarer += tables[k] <= tables[second] ? tables[k] : 0;
                        }
                        Assert.Equal((double)more / (double)all, FisherExactTest.PValueOfMore(first, firstOf, second, secondOf), 1e-12);
                        Assert.Equal((double)rarer / (double)all, FisherExactTest.PValue(first, firstOf, second, secondOf), 1e-12);
                    }
                }
            }
        }
    }

    [Fact]
    public void What_is_very_rare_has_its_small_probability()
    {
        double expected = Math.Exp(BigInteger.Log(Choose(200, 60)) - BigInteger.Log(Choose(4000, 60)));
        Assert.InRange(FisherExactTest.PValueOfMore(0, 3800, 60, 200) / expected, 1 - 1e-9, 1 + 1e-9);
    }

    [Fact]
    public void More_than_there_are_cannot_be()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => FisherExactTest.PValueOfMore(3, 2, 0, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => FisherExactTest.PValue(0, 2, -1, 1));
    }

    private static BigInteger Choose(int n, int k)
    {
        if (k < 0 || k > n)
        {
            return 0;
        }
        BigInteger value = 1;
        for (int i = 1; i <= k; i++)
        {
            value = value * (n - k + i) / i;
        }
        return value;
    }
}
