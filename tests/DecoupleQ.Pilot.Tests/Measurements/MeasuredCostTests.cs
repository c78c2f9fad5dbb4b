using DecoupleQ.Pilot.Costs;
using DecoupleQ.Pilot.Measurements;
using DecoupleQ.Pilot.Results;
using DecoupleQ.Statistics;

namespace DecoupleQ.Pilot.Tests.Measurements;

/// <summary>What was measured, as assumptions of costs.</summary>
public sealed class MeasuredCostTests
{
    private static readonly SizeFigures Sizes = new(2_000_000_000, 500_000_000, 2_000_000_000, 500_000_000, 2_400_000_000, 900_000_000, 1, 1);
    private static readonly Assumption[] Given =
    [
        CostTerms.PricePerHour.Is(2, AssumptionSource.Given), CostTerms.RequestsPerDay.Is(100_000, AssumptionSource.Given),
        CostTerms.TokensPerRequest.Is(200, AssumptionSource.Given), CostTerms.PricePerGbMonth.Is(0.1, AssumptionSource.Given),
        CostTerms.MaxLatency.Is(0.5, AssumptionSource.Given), CostTerms.MachineMemory.Is(16, AssumptionSource.Given),
    ];

    [Fact]
    public void Costs_follow_from_what_was_measured_and_given()
    {
        CostInputs inputs = MeasuredCosts.Inputs("EUR", Given, MeasuredCosts.Of(Sizes, Figures(Model(10), Model(30)), 7200));
        Assert.Equal([1, 4], inputs.Levels);
        Assert.Equal(new Spread(2, 2, 2), inputs.Find(CostTerms.QuantizingHours)!.Value);
        Assert.Equal(new Spread(30, 27, 33), inputs.Find(CostTerms.Rate(CostModel.Packed, 1))!.Value);
        Assert.Equal(new Spread(0.1, 0.09, 0.12), inputs.Find(CostTerms.Latency(CostModel.Dense, 1))!.Value);
        // Where an interval has no upper end, up to the slowest of a hundred.
        Assert.Equal(new Spread(0.2, 0.1, 0.4), inputs.Find(CostTerms.Latency(CostModel.Dense, 4))!.Value);
        Assert.Equal(0.5, inputs.Find(CostTerms.Stored(CostModel.Packed))!.Value.Value);
        Assert.InRange(2.4, inputs.Find(CostTerms.Memory(CostModel.Dense))!.Value.Low, inputs.Find(CostTerms.Memory(CostModel.Dense))!.Value.High);
        Assert.All(inputs.Assumptions.Where(assumption => assumption.Term.Name.StartsWith("packed", StringComparison.Ordinal)), assumption =>
            Assert.Equal(AssumptionSource.Measured, assumption.Source));
        CostFigures figures = CostFigures.Of(inputs);
        Assert.True(figures.SavingPerMonth!.Value.Value > 0);
    }

    [Fact]
    public void What_is_given_counts_more()
    {
        Assumption hours = CostTerms.QuantizingHours.Is(5, AssumptionSource.Given);
        CostInputs inputs = MeasuredCosts.Inputs("EUR", [.. Given, hours], MeasuredCosts.Of(Sizes, Figures(Model(10), Model(30)), 7200));
        Assert.Equal(hours, inputs.Find(CostTerms.QuantizingHours));
    }

    [Fact]
    public void The_same_model_twice_saves_nothing()
    {
        // The second look differs by what looks differ.
        SizeFigures sizes = new(2_000_000_000, 2_000_000_000, 1, 1, 2_400_000_000, 2_430_000_000, 1, 1);
        CostFigures figures = CostFigures.Of(MeasuredCosts.Inputs("EUR", Given, MeasuredCosts.Of(sizes, Figures(Model(10), Model(10.2)), 0)));
        Assert.Equal(Spread.Exactly(0), figures.SavingPerMonth);
    }

    [Fact]
    public void Models_are_told_apart_by_the_ratio_of_rounds_and_not_by_whether_spreads_overlap()
    {
        SizeFigures sizes = new(2_000_000_000, 2_000_000_000, 1, 1, 2_400_000_000, 2_400_000_000, 1, 1);
        // Rounds that overlap, of which each is a twentieth faster; and rounds that do not overlap, by chance.
        SpeedFigures gain = Figures(Model(10), Model(10.5)) with { Ratios = Ratios(1.05, 1.03, 1.07) };
        SpeedFigures chance = Figures(Model(10), Model(13)) with { Ratios = Ratios(1.3, 0.9, 1.6) };
        Assert.DoesNotContain("dense-tokens-per-second-at-4", Alike(gain));
        Assert.Contains("dense-tokens-per-second-at-4", Alike(chance));
        Assert.Equal(0, Of(chance).SavingPerMonth!.Value.Value);
        // The same files are the same model, whatever the rounds say.
        CostFigures same = Of(Figures(Model(10), Model(13)) with { Ratios = Ratios(1.3, 1.2, 1.4), AreSame = true });
        Assert.Equal(Spread.Exactly(0), same.SavingPerMonth);

        static LoadRatio[] Ratios(double value, double low, double high) =>
            [.. new[] { 1, 4 }.Select(requests => new LoadRatio(requests, new(value, low, high), new(1 / value, 1 / high, 1 / low)))];
        CostFigures Of(SpeedFigures speed) => CostFigures.Of(MeasuredCosts.Inputs("EUR", Given, MeasuredCosts.Of(sizes, speed, null)));
        IReadOnlyList<string> Alike(SpeedFigures speed) => Of(speed).Alike;
    }

    [Fact]
    public void What_was_not_measured_is_no_assumption()
    {
        CostInputs inputs = MeasuredCosts.Inputs("EUR", Given, MeasuredCosts.Of(Sizes, Figures(Model(10), Model(30)), null));
        Assert.Null(inputs.Find(CostTerms.QuantizingHours));
        Assert.Equal(0, CostFigures.Of(inputs).OneTimeCost.Value);
    }

    private static SpeedFigures Figures(ModelSpeed dense, ModelSpeed packed) => new(3, 128, 64, dense, packed, new(3, 2, 4), new(1, 1, 1));

    private static ModelSpeed Model(double rate) => new(
        Spread.Exactly(1),
        Spread.Exactly(1),
        new(192, 1 / rate, new Estimate(1 / rate, 0.9 / rate, 1.2 / rate), 1.5 / rate),
        Spread.Exactly(100),
        [
            new LoadSpeed(1, new Spread(rate, 0.9 * rate, 1.1 * rate), new(192, 0.9 / rate, new Estimate(1 / rate, 0.9 / rate, 1.2 / rate), 1.5 / rate)),
            new LoadSpeed(4, new Spread(2 * rate, 1.9 * rate, 2.1 * rate), new(50, 1 / rate, new Estimate(2 / rate, null, null), 4 / rate)),
        ]);
}
