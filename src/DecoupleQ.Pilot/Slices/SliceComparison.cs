using DecoupleQ.Statistics;

namespace DecoupleQ.Pilot.Slices;

/// <summary>Where two models differ more than elsewhere.</summary>
/// <remarks>
/// Each slice's mean is held against that of all other items, in units of the standard error that the two have (Welch), as items of a slice may vary more than
/// others. What that is by chance is seen where items are dealt out to the slices at random, which leaves slices as large as they are and as they overlap: the
/// largest of all slices' figures in each deal is the noise that one of the real slices must exceed, so that their number is corrected for (Westfall and
/// Young, 1993). The studentised figure keeps that right where slices vary differently (Janssen, 1997). Two models that are the same differ nowhere.
/// </remarks>
public static class SliceComparison
{
    // Fewer tell nothing of how much they vary.
    private const int Fewest = Bootstrap.FewestItems;

    // Of differences and weights: their products' squares are numbers.
    private const double Most = 1e50;

    private const int FewestDeals = 99, MostDeals = 100_000;

    // A part of the error of all items, below which that of a slice is rounding.
    private const double LeastError = 1e-9;

    /// <summary>The figures of all slices that there are, those that stand out first, then by p-value, then by difference, then by name.</summary>
    /// <param name="items">The items; the same in the same order give the same figures.</param>
    /// <param name="options">When a slice is named; null for the defaults.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public static IReadOnlyList<SliceFigures> Of(
        IReadOnlyList<SliceItem> items, SliceOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(items);
        options ??= new SliceOptions();
        Check(items, options);
        double mean = items.Sum(item => item.Weight * item.Difference) / Math.Max(double.Epsilon, items.Sum(item => item.Weight));
        Sums[] centred = [.. items.Select(item => new Sums(item.Difference - mean, item.Weight))];
        int[] order = [.. Enumerable.Range(0, items.Count)];
        var all = new Slice(default, order, items.Count);
        double least = LeastError * all.Sums(centred, order).Own.Error(items.Count);
        Slice[] slices =
        [
            .. items.SelectMany((item, place) => item.Slices.Select(name => (name, place)))
                .GroupBy(pair => pair.name, (name, pairs) => new Slice(name, [.. pairs.Select(pair => pair.place)], items.Count))
                .OrderBy(slice => slice.Name.Kind).ThenBy(slice => slice.Name.Value, StringComparer.Ordinal),
        ];
        // Where nothing varies, nothing stands out.
        Slice[] tested = least > 0 ? [.. slices.Where(slice => slice.Places.Length >= Fewest && items.Count - slice.Places.Length >= Fewest)] : [];
        Contrast[] seen = [.. tested.Select(slice => slice.Contrast(centred, order, least))];
        double[] noise = Deal(tested, centred, least, options, cancellationToken);
        // The place in ascending order above which lie one deal fewer than may name a slice by chance: the items as they are count as one.
        int limit = options.Deals - (int)Math.Floor(options.Significance * (options.Deals + 1));
        var figures = new List<SliceFigures>();
        foreach (Slice slice in slices)
        {
            double[][] own = [.. slice.Places.Select(place => new[] { items[place].Weight * items[place].Difference, items[place].Weight })];
            Estimate difference = Bootstrap.Estimate(own, sums => sums[0] / sums[1])[0];
            double? others = slice.Places.Length < items.Count ? mean + slice.Sums(centred, order).Others.Mean : null;
            int test = Array.IndexOf(tested, slice);
            if (test < 0)
            {
                bool isAlike = least <= 0 && slice.Places.Length >= Fewest && items.Count - slice.Places.Length >= Fewest;
                figures.Add(new SliceFigures(slice.Name, own.Length, difference, others, isAlike ? 1 : null, isAlike ? 0 : null, false));
                continue;
            }
            double pValue = (1.0 + noise.Count(other => other >= seen[test].Ratio)) / (options.Deals + 1);
            bool standsOut = pValue <= options.Significance && seen[test].Excess > options.Negligible;
            figures.Add(new SliceFigures(slice.Name, own.Length, difference, others, pValue, noise[limit] * seen[test].Error, standsOut));
        }
        return
        [
            .. figures.OrderByDescending(figure => figure.StandsOut).ThenBy(figure => figure.PValue ?? double.PositiveInfinity)
                .ThenByDescending(figure => figure.Difference.Value),
        ];
    }

    // Of each deal the largest figure of any slice; ascending.
    private static double[] Deal(Slice[] tested, Sums[] items, double least, SliceOptions options, CancellationToken cancellationToken)
    {
        var random = new SplitMix64(options.Seed);
        int[] order = [.. Enumerable.Range(0, items.Length)];
        var largest = new double[options.Deals];
        for (int deal = 0; deal < largest.Length && tested.Length > 0; deal++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            random.Shuffle(order.AsSpan());
            largest[deal] = tested.Max(slice => slice.Contrast(items, order, least).Ratio);
        }
        Array.Sort(largest);
        return largest;
    }

    private static void Check(IReadOnlyList<SliceItem> items, SliceOptions options)
    {
        if (options.Significance is not (> 0 and < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(options), options.Significance, "The significance lies between 0 and 1.");
        }
        if (options.Deals is < FewestDeals or > MostDeals)
        {
            throw new ArgumentOutOfRangeException(nameof(options), options.Deals, $"There are {FewestDeals} to {MostDeals} deals.");
        }
        if (!(options.Negligible >= 0))
        {
            throw new ArgumentOutOfRangeException(nameof(options), options.Negligible, "What is negligible is at least 0.");
        }
        if (options.Significance * (options.Deals + 1) < 1)
        {
            throw new ArgumentOutOfRangeException(nameof(options), options.Deals, "So few deals never show so small a significance.");
        }
        foreach (SliceItem item in items)
        {
            if (!(Math.Abs(item.Difference) <= Most) || item.Weight is not (> 0 and <= Most))
            {
                throw new ArgumentException($"An item has the difference {item.Difference} and the weight {item.Weight}.", nameof(items));
            }
            if (item.Slices.Distinct().Count() != item.Slices.Count)
            {
                throw new ArgumentException("An item is in a slice twice.", nameof(items));
            }
        }
    }

    /// <param name="Excess">By how much the slice's mean is above that of the others.</param>
    /// <param name="Error">The standard error of that.</param>
    private readonly record struct Contrast(double Excess, double Error)
    {
        public double Ratio => Excess / Error;
    }

    private sealed class Slice
    {
        private readonly bool[] _has;

        public Slice(SliceName name, int[] places, int items)
        {
            (Name, Places, _has) = (name, places, new bool[items]);
            Array.ForEach(places, place => _has[place] = true);
        }

        public SliceName Name { get; }

        public int[] Places { get; }

        // The items that the order has put in the slice's places against all others.
        public Contrast Contrast(Sums[] items, int[] order, double least)
        {
            (Sums own, Sums others) = Sums(items, order);
            double error = own.Error(Places.Length), otherError = others.Error(items.Length - Places.Length);
            return new Contrast(own.Mean - others.Mean, Math.Max(least, Math.Sqrt((error * error) + (otherError * otherError))));
        }

        // Both added up: a difference of sums would be rounding where a slice has nearly all of the weight.
        public (Sums Own, Sums Others) Sums(Sums[] items, int[] order)
        {
            var sums = (Own: default(Sums), Others: default(Sums));
            for (int place = 0; place < order.Length; place++)
            {
                (_has[place] ? ref sums.Own : ref sums.Others).Add(in items[order[place]]);
            }
            return sums;
        }
    }

    // Sums of some items: of weights, of weighted differences, and of the squares that the error of their ratio is made of.
    private struct Sums(double difference, double weight)
    {
        private double _weight = weight, _weighted = weight * difference;
        private double _squares = weight * difference * weight * difference, _products = weight * weight * difference, _squaredWeights = weight * weight;

        public readonly double Mean => _weighted / _weight;

        public void Add(in Sums other)
        {
            _weight += other._weight;
            _weighted += other._weighted;
            _squares += other._squares;
            _products += other._products;
            _squaredWeights += other._squaredWeights;
        }

        // The standard error of the mean, a ratio of sums, over so many items.
        public readonly double Error(int items)
        {
            double mean = Mean, squares = _squares - (2 * mean * _products) + (mean * mean * _squaredWeights);
            return items > 1 ? Math.Sqrt(Math.Max(0, squares) * items / (items - 1)) / _weight : 0;
        }
    }
}
