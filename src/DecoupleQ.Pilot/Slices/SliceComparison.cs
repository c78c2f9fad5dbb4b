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
    /// <param name="items">The items, in any order.</param>
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
        Sums all = new Slice(default, order).Of(centred, order);
        double least = LeastError * all.Error(items.Count);
        Slice[] slices =
        [
            .. items.SelectMany((item, place) => item.Slices.Select(name => (name, place)))
                .GroupBy(pair => pair.name, (name, pairs) => new Slice(name, [.. pairs.Select(pair => pair.place)]))
                .OrderBy(slice => slice.Name.Kind).ThenBy(slice => slice.Name.Value, StringComparer.Ordinal),
        ];
        // Where nothing varies, nothing stands out.
        Slice[] tested = least > 0 ? [.. slices.Where(slice => slice.Places.Length >= Fewest && items.Count - slice.Places.Length >= Fewest)] : [];
        Contrast[] seen = [.. tested.Select(slice => slice.Contrast(centred, order, all, least))];
        double[] noise = Deal(tested, centred, all, least, options, cancellationToken);
        // The place in ascending order above which lie one deal fewer than may name a slice by chance: the items as they are count as one.
        int limit = options.Deals - (int)Math.Floor(options.Significance * (options.Deals + 1));
        var figures = new List<SliceFigures>();
        foreach (Slice slice in slices)
        {
            double[][] own = [.. slice.Places.Select(place => new[] { items[place].Weight * items[place].Difference, items[place].Weight })];
            Estimate difference = Bootstrap.Estimate(own, sums => sums[0] / sums[1])[0];
            double? others = slice.Places.Length < items.Count ? mean + slice.OthersMean(centred, order, all) : null;
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
    private static double[] Deal(Slice[] tested, Sums[] items, Sums all, double least, SliceOptions options, CancellationToken cancellationToken)
    {
        var random = new SplitMix64(options.Seed);
        int[] order = [.. Enumerable.Range(0, items.Length)];
        var largest = new double[options.Deals];
        for (int deal = 0; deal < largest.Length && tested.Length > 0; deal++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            random.Shuffle(order.AsSpan());
            largest[deal] = tested.Max(slice => slice.Contrast(items, order, all, least).Ratio);
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

    private sealed record Slice(SliceName Name, int[] Places)
    {
        public double OthersMean(Sums[] items, int[] order, Sums all) => all.Without(Of(items, order)).Mean;

        // The items that the order has put in the slice's places against all others.
        public Contrast Contrast(Sums[] items, int[] order, Sums all, double least)
        {
            Sums own = Of(items, order), others = all.Without(own);
            double error = own.Error(Places.Length), otherError = others.Error(items.Length - Places.Length);
            return new Contrast(own.Mean - others.Mean, Math.Max(least, Math.Sqrt((error * error) + (otherError * otherError))));
        }

        // The sums of the items that the order has put in the slice's places.
        public Sums Of(Sums[] items, int[] order)
        {
            double weight = 0, weighted = 0, squares = 0, products = 0, squaredWeights = 0;
            foreach (int place in Places)
            {
                ref readonly Sums item = ref items[order[place]];
                weight += item.Weight;
                weighted += item.Weighted;
                squares += item.Squares;
                products += item.Products;
                squaredWeights += item.SquaredWeights;
            }
            return new Sums(weight, weighted, squares, products, squaredWeights);
        }
    }

    // Sums of some items: of weights, of weighted differences, and of the squares that the error of their ratio is made of.
    private readonly record struct Sums(double Weight, double Weighted, double Squares, double Products, double SquaredWeights)
    {
        public Sums(double difference, double weight)
            : this(weight, weight * difference, weight * difference * weight * difference, weight * weight * difference, weight * weight)
        {
        }

        public double Mean => Weighted / Weight;

        public Sums Without(Sums other) => new(
            Weight - other.Weight, Weighted - other.Weighted, Squares - other.Squares, Products - other.Products, SquaredWeights - other.SquaredWeights);

        // The standard error of the mean, a ratio of sums, over so many items.
        public double Error(int items)
        {
            double mean = Mean, squares = Squares - (2 * mean * Products) + (mean * mean * SquaredWeights);
            return items > 1 ? Math.Sqrt(Math.Max(0, squares) * items / (items - 1)) / Weight : 0;
        }
    }
}
