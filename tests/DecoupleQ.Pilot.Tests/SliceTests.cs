using CsCheck;
using DecoupleQ.Pilot.Slices;

namespace DecoupleQ.Pilot.Tests;

public sealed class SliceTests
{
    private static readonly SliceName Books = new(SliceKind.Source, "books.txt"), Letters = new(SliceKind.Source, "letters.txt");

    [Fact]
    public void Two_models_that_are_the_same_differ_nowhere() =>
        Gen.Select(Gen.Int[20, 200], Gen.ULong).Sample((count, seed) =>
        {
            SliceItem[] items = Draw(count, seed, (_, _) => 0);
            IReadOnlyList<SliceFigures> figures = SliceComparison.Of(items);
            Assert.All(figures, figure => Assert.False(figure.StandsOut));
            Assert.All(figures, figure => Assert.Equal(0, figure.Difference.Value));
            Assert.All(figures, figure => Assert.True(figure.PValue is null or 1));
        }, iter: 20);

    [Fact]
    public void Where_all_differ_alike_no_slice_is_named()
    {
        Assert.All(SliceComparison.Of(Draw(100, 1, (_, _) => 0.3)), figure => Assert.False(figure.StandsOut));
        // As different as chance makes them, one data set in twenty would name one.
        int alarms = Enumerable.Range(0, 40).Count(seed =>
            SliceComparison.Of(Draw(150, (ulong)seed, (_, noise) => 0.2 + noise), new SliceOptions { Deals = 99 }).Any(figure => figure.StandsOut));
        Assert.True(alarms <= 6, $"{alarms}");
    }

    // Short texts, whose means vary more, beside long ones: unequal spread is no difference.
    [Fact]
    public void Slices_that_vary_more_are_not_named_for_that()
    {
        int alarms = Enumerable.Range(0, 40).Count(seed =>
        {
            SliceItem[] items = Draw(150, (ulong)seed, (item, noise) => 0.2 + (item.Slices.Contains(Letters) ? 6 * noise : noise));
            return SliceComparison.Of(items, new SliceOptions { Deals = 99 }).Any(figure => figure.StandsOut);
        });
        Assert.True(alarms <= 6, $"{alarms}");
    }

    [Fact]
    public void A_slice_that_is_damaged_is_named_first()
    {
        for (ulong seed = 0; seed < 20; seed++)
        {
            SliceItem[] items = Draw(150 + (10 * (int)seed), seed, (item, noise) => 0.2 + noise + (item.Slices.Contains(Letters) ? 0.4 : 0));
            IReadOnlyList<SliceFigures> figures = SliceComparison.Of(items, new SliceOptions { Deals = 199 });
            Assert.Equal((Letters, true), (figures[0].Name, figures[0].StandsOut));
            Assert.False(figures.Single(figure => figure.Name == Books).StandsOut);
            Assert.InRange(figures[0].Difference.Value, figures[0].Difference.Low!.Value, figures[0].Difference.High!.Value);
            Assert.InRange(figures[0].Difference.Value, 0.45, 0.75);
            Assert.True(figures[0].Difference.Value - figures[0].Others > figures[0].Noise);
            Assert.InRange(figures[0].PValue!.Value, 1 / 200.0, 0.05);
        }
    }

    [Fact]
    public void A_slice_stands_out_exactly_where_it_exceeds_its_noise() =>
        Gen.Select(Gen.Int[40, 120], Gen.ULong, Gen.Double[0, 0.3]).Sample((count, seed, damage) =>
        {
            SliceItem[] items = Draw(count, seed, (item, noise) => noise + (item.Slices.Contains(Letters) ? damage : 0));
            foreach (SliceFigures figure in SliceComparison.Of(items, new SliceOptions { Deals = 99, Negligible = 0 }))
            {
                Assert.Equal(figure.StandsOut, figure.Noise is double noise && figure.Difference.Value - figure.Others > noise * (1 + 1e-9));
            }
        }, iter: 40);

    [Fact]
    public void What_nobody_minds_is_not_named_however_sure_it_is()
    {
        SliceItem[] items = Draw(300, 5, (item, noise) => (noise * 1e-6) + (item.Slices.Contains(Letters) ? 5e-5 : 0));
        SliceFigures letters = SliceComparison.Of(items).Single(figure => figure.Name == Letters);
        Assert.Equal((0.001, false), (letters.PValue, letters.StandsOut));
        Assert.True(SliceComparison.Of(items, new SliceOptions { Negligible = 1e-6 })[0].StandsOut);
    }

    [Fact]
    public void A_mean_is_weighted_and_of_few_items_there_is_no_more_to_say()
    {
        IReadOnlyList<SliceFigures> figures = SliceComparison.Of([new([Books], 1, 30), new([Books], 4, 10), new([Letters], 7)]);
        Assert.Equal(1.75, figures.Single(figure => figure.Name == Books).Difference.Value);
        SliceFigures letters = figures.Single(figure => figure.Name == Letters);
        Assert.Equal((1, 7.0, null), (letters.Items, letters.Difference.Value, letters.Difference.Low));
        Assert.Equal(1.75, letters.Others!.Value, 1e-12);
        Assert.All(figures, figure => Assert.Equal((null, null, false), (figure.PValue, figure.Noise, figure.StandsOut)));
        Assert.Empty(SliceComparison.Of([]));
        // A slice of all items has no others.
        Assert.Null(SliceComparison.Of([new([Books], 1)]).Single().Others);
    }

    [Fact]
    public void One_item_that_has_nearly_all_of_the_weight_makes_no_figure_meaningless()
    {
        SliceItem[] items = Draw(60, 2, (_, noise) => noise);
        items[0] = items[0] with { Weight = 1e30, Difference = 1e-5 };
        IReadOnlyList<SliceFigures> figures = SliceComparison.Of(items);
        Assert.All(figures.Where(figure => figure.Items is >= 10 and <= 50), figure => Assert.InRange(figure.PValue!.Value, 0.001, 1));
        Assert.All(figures, figure => Assert.True(double.IsFinite(figure.Difference.Value) && double.IsFinite(figure.Others!.Value)));
        Assert.All(figures, figure => Assert.True(figure.Noise is null or > 0));
    }

    [Fact]
    public void The_order_of_slices_does_not_matter()
    {
        SliceItem[] items = Draw(100, 3, (item, noise) => noise);
        SliceItem[] turned = [.. items.Select(item => item with { Slices = [.. item.Slices.Reverse()] })];
        Assert.Equal(SliceComparison.Of(items), SliceComparison.Of(turned));
    }

    [Fact]
    public void Faults_of_the_caller_are_refused()
    {
        Assert.Throws<ArgumentException>(() => SliceComparison.Of([new([Books], double.NaN)]));
        Assert.Throws<ArgumentException>(() => SliceComparison.Of([new([Books], 1, 0)]));
        Assert.Throws<ArgumentException>(() => SliceComparison.Of([new([Books, Books], 1)]));
        Assert.Throws<ArgumentOutOfRangeException>(() => SliceComparison.Of([], new SliceOptions { Significance = 0 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => SliceComparison.Of([], new SliceOptions { Deals = 10 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => SliceComparison.Of([], new SliceOptions { Deals = 99, Significance = 0.001 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => SliceComparison.Of([], new SliceOptions { Negligible = double.NaN }));
    }

    [Fact]
    public void A_cancelled_comparison_ends() =>
        Assert.Throws<OperationCanceledException>(() => SliceComparison.Of(Draw(50, 1, (_, noise) => noise), null, new CancellationToken(true)));

    // Items in one of two sources, of lengths of their own, with slices of several kinds across.
    private static SliceItem[] Draw(int count, ulong seed, Func<SliceItem, double, double> difference)
    {
        var random = new SplitMix64(seed);
        var items = new SliceItem[count];
        for (int i = 0; i < count; i++)
        {
            int draw = random.NextInt(1000);
            SliceName[] slices =
            [
                draw % 5 == 0 ? Letters : Books,
                new(SliceKind.Digits, random.NextInt(2) == 0 ? TextTraits.Yes : TextTraits.No),
                new(SliceKind.Length, $"{random.NextInt(4)}"),
                new(SliceKind.Tag, $"tag {random.NextInt(6)}"),
            ];
            double weight = 1 + random.NextInt(50), noise = (random.NextDouble() + random.NextDouble() + random.NextDouble() - 1.5) * 0.4;
            var item = new SliceItem(slices, 0, weight);
            items[i] = item with { Difference = difference(item, noise) };
        }
        return items;
    }
}
