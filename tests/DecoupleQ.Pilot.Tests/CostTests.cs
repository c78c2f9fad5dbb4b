using CsCheck;
using DecoupleQ.Pilot.Costs;

namespace DecoupleQ.Pilot.Tests;

public sealed class CostTests
{
    private static readonly int[] Levels = [1, 4, 16];

    [Fact]
    public void A_month_is_what_its_machines_cost()
    {
        CostFigures figures = CostFigures.Of(Example());
        // 1e8 tokens a day are 1157.4 a second, 3472.2 at the busiest time; a machine takes 70 or 175.
        Assert.Equal(50, figures.Dense.Machines!.Value.Value);
        Assert.Equal(20, figures.Packed.Machines!.Value.Value);
        Assert.Equal(50 * 2 * 730, figures.Dense.CostPerMonth!.Value.Value);
        Assert.Equal(30 * 2 * 730, figures.SavingPerMonth!.Value.Value);
        Assert.Equal(10_010, figures.OneTimeCost.Value);
        Assert.Equal(10_010.0 / 43_800, figures.PayBack!.Months!.Value, 1e-12);
        Assert.Equal(24, figures.Dense.CostPerMillionTokens!.Value.Value, 1e-9);
        Assert.Equal(2 / (70.0 * 3600) * 1e6, figures.Dense.BusyCostPerMillionTokens!.Value.Value, 1e-9);
        Assert.Equal(16, figures.Dense.Requests);
        Assert.Empty(figures.Alike);
        // Peak 2 to 4 and use 0.6 to 0.8 by default: 2314.8 over 80 is 28.9, 4629.6 over 60 is 77.2.
        Assert.Equal((29, 78), (figures.Dense.Machines.Value.Low, figures.Dense.Machines.Value.High));
    }

    [Fact]
    public void A_machine_of_ones_own_costs_its_price_over_its_years_and_its_electricity()
    {
        CostInputs inputs = Example(CostTerms.PricePerHour,
        [
            Given(CostTerms.MachinePrice, 17_520), Given(CostTerms.Years, 4), Given(CostTerms.Watts, 500), Given(CostTerms.PricePerKwh, 0.4),
        ]);
        // 0.5 an hour for the machine, 0.2 for electricity.
        Assert.Equal(50 * 0.7 * 730, CostFigures.Of(inputs).Dense.CostPerMonth!.Value.Value, 1e-6);
    }

    [Fact]
    public void Prompts_take_their_time_too()
    {
        Assumption[] prompts =
        [
            Given(CostTerms.PromptTokensPerRequest, 300), Measured(CostTerms.PromptRate(CostModel.Dense), 600),
            Measured(CostTerms.PromptRate(CostModel.Packed), 750),
        ];
        CostFigures figures = CostFigures.Of(Example(null, prompts));
        // A request takes 100/100 + 300/600 seconds of a machine, or 100/250 + 300/750; 1e6 of them a day, three times as many at the busiest time, at 70 %.
        double each = 1e6 / 86_400 * 3 / 0.7;
        Assert.Equal(Math.Ceiling(each * 1.5), figures.Dense.Machines!.Value.Value);
        Assert.Equal(Math.Ceiling(each * 0.8), figures.Packed.Machines!.Value.Value);
        Assert.Equal(2 / 3600.0 * 1.5 / 0.7 / 100 * 1e6, figures.Dense.BusyCostPerMillionTokens!.Value.Value, 1e-9);
        // Where it is known how fast they are read, some are reckoned with; where it is not, none.
        Assert.Equal(CostTerms.PromptTokensPerRequest.Default, Example(null, prompts[1..]).Find(CostTerms.PromptTokensPerRequest)!.Value);
        Assert.Null(Example().Find(CostTerms.PromptTokensPerRequest));
        Assert.Equal("dense-prompt-tokens-per-second", Assert.Throws<DecoupleQException>(() => Example(null, prompts[0])).Field);
        Assert.Equal("packed-prompt-tokens-per-second", Assert.Throws<DecoupleQException>(() => Example(null, prompts[..2])).Field);
    }

    [Fact]
    public void A_ratio_of_rounds_decides_of_what_was_measured_alone()
    {
        Assumption near = Measured(CostTerms.RateRatio(16), 2.5).Term.Is(new Spread(2.5, 0.9, 3), AssumptionSource.Measured);
        Assert.Contains("dense-tokens-per-second-at-16", CostFigures.Of(Example(null, near)).Alike);
        CostInputs said = Example(CostTerms.Rate(CostModel.Packed, 16), near, Given(CostTerms.Rate(CostModel.Packed, 16), 250));
        Assert.DoesNotContain("dense-tokens-per-second-at-16", CostFigures.Of(said).Alike);
        Assert.Equal("rate-ratio-at-2", Assert.Throws<DecoupleQException>(() => Example(null, Measured(CostTerms.RateRatio(2), 1))).Field);
        foreach (string name in (string[])["rate-ratio-at-16", "time-ratio-at-1", "prompt-rate-ratio", "dense-prompt-tokens-per-second"])
        {
            Assert.Equal(name, CostTerms.Find(name)!.Name);
        }
        Assert.Null(CostTerms.Find("rate-ratio-at-016"));
    }

    [Fact]
    public void Storage_is_paid_for_each_copy()
    {
        CostInputs inputs = Example(null,
        [
            Given(CostTerms.PricePerGbMonth, 0.1), Measured(CostTerms.Stored(CostModel.Dense), 20), Measured(CostTerms.Stored(CostModel.Packed), 5),
        ]);
        CostFigures figures = CostFigures.Of(inputs);
        Assert.Equal((50 * 2 * 730) + (50 * 20 * 0.1), figures.Dense.CostPerMonth!.Value.Value, 1e-9);
        Assert.Equal((20 * 2 * 730) + (20 * 5 * 0.1), figures.Packed.CostPerMonth!.Value.Value, 1e-9);
    }

    [Fact]
    public void Models_share_a_machine_as_far_as_its_memory_goes()
    {
        // Little load: 12 models of 16 GB on 24 GB have a machine each, of 4 GB six share one.
        CostInputs inputs = Example(CostTerms.RequestsPerDay,
        [
            Given(CostTerms.RequestsPerDay, 10), Given(CostTerms.Models, 12), Measured(CostTerms.MachineMemory, 24),
            Measured(CostTerms.Memory(CostModel.Dense), 16), Measured(CostTerms.Memory(CostModel.Packed), 4),
        ]);
        CostFigures figures = CostFigures.Of(inputs);
        Assert.Equal((12, 2), (figures.Dense.Machines!.Value.Value, figures.Packed.Machines!.Value.Value));
        Assert.Equal(10_000 + (12 * 5 * 2), figures.OneTimeCost.Value);
    }

    [Fact]
    public void The_rate_is_that_of_the_most_requests_together_that_keep_the_latency()
    {
        CostFigures figures = CostFigures.Of(WithLatencies(0.1));
        Assert.Equal((4, 16), (figures.Dense.Requests, figures.Packed.Requests));
        // Dense 80 tokens a second at 4.
        Assert.Equal(Math.Ceiling(1e8 / 86_400 * 3 / (80 * 0.7)), figures.Dense.Machines!.Value.Value);
        figures = CostFigures.Of(WithLatencies(0.03));
        Assert.Equal((CostObstacle.Latency, null), (figures.Dense.Obstacle, figures.Packed.Obstacle));
        Assert.Null(figures.SavingPerMonth);
        Assert.Null(figures.PayBack);
        Assert.NotNull(figures.Packed.CostPerMonth);
        Assert.Null(figures.Dense.CostPerMonth);

        static CostInputs WithLatencies(double most) => Example(null,
        [
            Given(CostTerms.MaxLatency, most),
            .. Levels.Select(level => Measured(CostTerms.Latency(CostModel.Dense, level), 0.04 * Math.Sqrt(level))),
            .. Levels.Select(level => Measured(CostTerms.Latency(CostModel.Packed, level), 0.02 * Math.Sqrt(level))),
        ]);
    }

    [Fact]
    public void A_model_that_may_not_fit_a_machine_is_not_served()
    {
        CostFigures figures = CostFigures.Of(Example(null,
        [
            Measured(CostTerms.MachineMemory, 16),
            CostTerms.Memory(CostModel.Dense).Is(new Spread(15.5, 15, 16.5), AssumptionSource.Measured), Measured(CostTerms.Memory(CostModel.Packed), 4),
        ]));
        Assert.Equal((CostObstacle.Memory, null), (figures.Dense.Obstacle, figures.Packed.Obstacle));
        Assert.Null(figures.SavingPerMonth);
    }

    [Fact]
    public void Rates_that_cannot_be_told_apart_save_nothing()
    {
        CostTerm rate = CostTerms.Rate(CostModel.Packed, 16);
        CostInputs inputs = Example(rate, [rate.Is(new Spread(104, 99, 109), AssumptionSource.Measured)]);
        CostFigures figures = CostFigures.Of(inputs);
        Assert.Equal(new Spread(0, 0, 0), figures.SavingPerMonth);
        Assert.Equal(new PayBack(null, null, null), figures.PayBack);
        Assert.Equal(["dense-tokens-per-second-at-16"], figures.Alike);
        Assert.Equal(figures.Dense, figures.Packed);
    }

    [Fact]
    public void At_worst_it_may_never_be_paid_back()
    {
        // A machine or two now, one then: with the lowest load there is nothing to save.
        CostInputs inputs = Example(CostTerms.RequestsPerDay,
            [CostTerms.RequestsPerDay.Is(new Spread(30_000, 1000, 40_000), AssumptionSource.Given)]);
        PayBack months = CostFigures.Of(inputs).PayBack!;
        Assert.NotNull(months.Months);
        Assert.NotNull(months.Low);
        Assert.Null(months.High);
    }

    [Fact]
    public void Figures_are_numbers_whatever_is_assumed_and_lie_in_their_ranges() =>
        Inputs(Extreme).Sample(inputs =>
        {
            CostFigures figures = CostFigures.Of(inputs);
            foreach (Spread spread in All(figures))
            {
                Assert.True(double.IsFinite(spread.Low) && double.IsFinite(spread.High), spread.ToString());
                Assert.InRange(spread.Value, spread.Low, spread.High);
            }
            if (figures.PayBack is PayBack months)
            {
                Assert.InRange(months.Months ?? double.MaxValue, months.Low ?? double.MaxValue, months.High ?? double.MaxValue);
                Assert.True(months.Months is null == figures.SavingPerMonth!.Value.Value <= 0 || figures.SavingPerMonth.Value.Value < 1e-200);
            }
            foreach (ServingCost cost in (ServingCost[])[figures.Dense, figures.Packed])
            {
                Assert.True(cost.Machines is null || (cost.Machines.Value.Low >= 1 && double.IsInteger(cost.Machines.Value.Value)));
            }
        }, iter: 300);

    // The least and the greatest of what the ends of the ranges make, all at once.
    [Fact]
    public void With_nearly_every_assumption_in_a_range_figures_lie_between_those_of_the_best_and_the_worst_case()
    {
        CostTerm[] owned =
            [CostTerms.MachinePrice, CostTerms.Years, CostTerms.Watts, CostTerms.PricePerKwh, CostTerms.PricePerGbMonth, CostTerms.MachineMemory];
        double[] values = [20_000, 4, 500, 0.3, 0.1, 64];
        CostInputs exact = Example(CostTerms.PricePerHour, [
            .. owned.Zip(values, Given), Given(CostTerms.Models, 3), Given(CostTerms.PeakFactor, 3), Given(CostTerms.Utilisation, 0.7),
            .. new[] { CostModel.Dense, CostModel.Packed }.SelectMany(model => new[]
            {
                Measured(CostTerms.Memory(model), model == CostModel.Dense ? 20 : 5), Measured(CostTerms.Stored(model), model == CostModel.Dense ? 16 : 4),
            }),
        ]);
        CostInputs ranged = new("EUR", exact.Assumptions.Select(one => one.Term.Is(
            one.Term == CostTerms.Models ? new Spread(3, 2, 4)
                : one.Term == CostTerms.HoursPerMonth ? new Spread(730, 720, 744)
                : one.Term.Name.Contains("stored", StringComparison.Ordinal) || one.Term == CostTerms.OneTimeCost ? one.Value
                : new Spread(one.Value.Value, one.Value.Value * 0.9, one.Value.Value * 1.1),
            one.Source)));
        CostFigures figures = CostFigures.Of(ranged), worst = Of(Worst);
        CostFigures dearest = Of(one => one.Term == CostTerms.HoursPerMonth ? one.Term.Is(720, one.Source) : Worst(one));
        Assert.Equal(CostFigures.Of(exact).Dense.CostPerMonth!.Value.Value, figures.Dense.CostPerMonth!.Value.Value);
        Assert.Equal(worst.Dense.CostPerMonth!.Value.Value, figures.Dense.CostPerMonth.Value.High, 1e-6);
        // A month with more hours has more electricity; an hour costs more where a machine's price is spread over fewer.
        Assert.Equal(dearest.OneTimeCost.Value, figures.OneTimeCost.High, 1e-6);

        CostFigures Of(Func<Assumption, Assumption> end) => CostFigures.Of(new CostInputs("EUR", ranged.Assumptions.Select(end)));

        static Assumption Worst(Assumption one) => one.Term.Is(
            one.Term == CostTerms.Years || one.Term == CostTerms.Utilisation || one.Term == CostTerms.MachineMemory
                || one.Term.Name.Contains("per-second", StringComparison.Ordinal)
                ? one.Value.Low
                : one.Value.High,
            one.Source);
    }

    // What rises or falls with each assumption has its ends where those have theirs; a saving, which need not, is not among these.
    [Fact]
    public void Whatever_lies_within_the_ranges_leads_to_figures_within_theirs() =>
        Gen.Select(Inputs(Usual), Gen.Double[0, 1].Array[40]).Sample((inputs, draws) =>
        {
            CostFigures figures = CostFigures.Of(inputs);
            CostInputs inside = new("EUR", inputs.Assumptions.Zip(draws, (one, draw) =>
            {
                double value = one.Value.Low + (draw * (one.Value.High - one.Value.Low));
                return one.Term.Is(one.Term == CostTerms.Models ? Math.Round(value) : Math.Clamp(value, one.Value.Low, one.Value.High), one.Source);
            }));
            CostFigures others = CostFigures.Of(inside);
            // Where noise was taken for one value, or a limit decides otherwise without it, other figures are reckoned.
            if (figures.Alike.Count > 0 || others.Dense.Requests != figures.Dense.Requests || others.Dense.Obstacle != figures.Dense.Obstacle)
            {
                return;
            }
            foreach ((Spread range, Spread value) in Ranges(figures).Zip(Ranges(others)))
            {
                Assert.InRange(value.Value, range.Low * (1 - 1e-12), range.High * (1 + 1e-12));
            }

            static IEnumerable<Spread> Ranges(CostFigures all) => new[]
            {
                all.OneTimeCost, all.Dense.Machines, all.Dense.CostPerMonth, all.Dense.CostPerMillionTokens, all.Dense.BusyCostPerMillionTokens,
            }.OfType<Spread>();
        }, iter: 300);

    [Fact]
    public void A_model_beside_itself_saves_exactly_nothing() =>
        Inputs(Usual, identical: true).Sample(inputs =>
        {
            CostFigures figures = CostFigures.Of(inputs);
            if (figures.Dense.Obstacle is null)
            {
                Assert.Equal(new Spread(0, 0, 0), figures.SavingPerMonth);
                Assert.Equal(new PayBack(null, null, null), figures.PayBack);
            }
            Assert.Equal(figures.Dense, figures.Packed);
        }, iter: 300);

    [Fact]
    public void In_another_currency_all_is_as_much_dearer() =>
        Gen.Select(Inputs(Usual), One.Of(0.5, 2.0, 157.3)).Sample((inputs, rate) =>
        {
            CostFigures figures = CostFigures.Of(inputs), others = CostFigures.Of(Priced(inputs, rate));
            Assert.Equal(figures.Dense.Machines, others.Dense.Machines);
            Assert.Equal(figures.Packed.Machines, others.Packed.Machines);
            foreach ((Spread one, Spread other) in Money(figures).Zip(Money(others)))
            {
                AssertNear(one.Value * rate, other.Value);
                AssertNear(one.Low * rate, other.Low);
                AssertNear(one.High * rate, other.High);
            }
            // What is saved may be the rounding of two sums that are nearly equal, and the months with it.
            if (figures.SavingPerMonth is Spread saving && Math.Abs(saving.Value) > 1e-6 * figures.Dense.CostPerMonth!.Value.Value)
            {
                Assert.Equal(saving.Value * rate, others.SavingPerMonth!.Value.Value, Math.Abs(saving.Value * rate) * 1e-6);
                Assert.Equal(figures.PayBack!.Months is null, others.PayBack!.Months is null);
                Assert.Equal(figures.PayBack.Months ?? 0, others.PayBack.Months ?? 0, (figures.PayBack.Months ?? 0) * 1e-6);
            }
        }, iter: 300);

    [Fact]
    public void What_costs_more_costs_no_less() =>
        Gen.Select(Inputs(Usual), Gen.Double[1, 10]).Sample((inputs, dearer) =>
        {
            CostFigures figures = CostFigures.Of(inputs), others = CostFigures.Of(Priced(inputs, dearer));
            Assert.All(Money(figures).Zip(Money(others)), pair => Assert.True(pair.Second.Value >= pair.First.Value && pair.Second.High >= pair.First.High));
        }, iter: 200);

    [Fact]
    public void More_requests_take_no_fewer_machines_and_a_higher_rate_no_more() =>
        Gen.Select(Inputs(Usual), Gen.Double[1, 50]).Sample((inputs, factor) =>
        {
            double before = Machines(inputs);
            Assert.True(Machines(Times(inputs, factor, term => term == CostTerms.RequestsPerDay)) >= before);
            Assert.True(Machines(Times(inputs, factor, term => term.Name.Contains("tokens-per-second", StringComparison.Ordinal))) <= before);

            static double Machines(CostInputs all) => CostFigures.Of(all).Dense.Machines?.Value ?? 0;
        }, iter: 200);

    [Fact]
    public void One_model_takes_its_load_rounded_up() =>
        Gen.Double[1e-6, 1000].Sample(load => Assert.Equal((Math.Ceiling(load), Math.Ceiling(load)), MachineCount.Of(1, load, 3)), iter: 1000);

    [Theory]
    [InlineData(3, 0.5, 1, 3)] // each to itself by memory
    [InlineData(3, 0.5, 4, 2)] // two by load, then one
    [InlineData(3, 0.1, 4, 1)]
    [InlineData(12, 0.1, 4, 3)]
    [InlineData(3, 1.5, 1, 6)]
    [InlineData(3, 1.5, 2, 5)]
    [InlineData(3, 2.0000000001, 2, 6)] // rounding is no machine
    [InlineData(10, 0.3333333333333, 9, 4)]
    public void Models_of_equal_load_share_what_is_left_of_them(double models, double load, double fit, double machines) =>
        Assert.Equal(machines, MachineCount.Of(models, load, fit).Machines);

    // Laid out machine by machine: none has more models than fit it, nor more load than one.
    [Fact]
    public void No_plan_without_split_rests_takes_fewer_machines() =>
        Gen.Select(Gen.Int[1, 12], Gen.Double[0.01, 0.99], Gen.Int[1, 6]).Sample((models, load, fit) =>
        {
            int machines = 0;
            for (int left = models; left > 0; machines++)
            {
                double used = 0;
                for (int own = 0; own < fit && left > 0 && used + load <= 1 + 1e-9; own++)
                {
                    used += load;
                    left--;
                }
            }
            Assert.Equal((machines, models), MachineCount.Of(models, load, fit));
        }, iter: 2000);

    private static IEnumerable<Spread> All(CostFigures figures) => Money(figures)
        .Concat(new[] { figures.SavingPerMonth, figures.Dense.Machines, figures.Packed.Machines }.OfType<Spread>());

    private static IEnumerable<Spread> Money(CostFigures figures) => new[]
    {
        figures.OneTimeCost, figures.Dense.CostPerMonth, figures.Dense.CostPerMillionTokens, figures.Dense.BusyCostPerMillionTokens,
        figures.Packed.CostPerMonth, figures.Packed.CostPerMillionTokens, figures.Packed.BusyCostPerMillionTokens,
    }.OfType<Spread>();

    private static void AssertNear(double expected, double actual) => Assert.Equal(expected, actual, Math.Abs(expected) * 1e-9);

    private static CostInputs Priced(CostInputs inputs, double rate)
    {
        CostTerm[] prices = [CostTerms.PricePerHour, CostTerms.MachinePrice, CostTerms.PricePerKwh, CostTerms.PricePerGbMonth, CostTerms.OneTimeCost];
        return Times(inputs, rate, prices.Contains);
    }

    private static CostInputs Times(CostInputs inputs, double factor, Func<CostTerm, bool> which) => new(
        inputs.Currency,
        inputs.Assumptions.Select(one => which(one.Term)
            ? one.Term.Is(new Spread(one.Value.Value * factor, one.Value.Low * factor, one.Value.High * factor), one.Source)
            : one));

    private static Assumption Given(CostTerm term, double value) => term.Is(value, AssumptionSource.Given);

    private static Assumption Measured(CostTerm term, double value) => term.Is(value, AssumptionSource.Measured);

    internal static CostInputs Example(CostTerm? without = null, params IEnumerable<Assumption> more) => new(
        "EUR",
        new[]
        {
            Given(CostTerms.PricePerHour, 2), Given(CostTerms.OneTimeCost, 10_000), Measured(CostTerms.QuantizingHours, 5),
            Given(CostTerms.RequestsPerDay, 1e6), Given(CostTerms.TokensPerRequest, 100),
            Measured(CostTerms.Rate(CostModel.Dense, 1), 40), Measured(CostTerms.Rate(CostModel.Dense, 4), 80),
            Measured(CostTerms.Rate(CostModel.Dense, 16), 100),
            Measured(CostTerms.Rate(CostModel.Packed, 1), 90), Measured(CostTerms.Rate(CostModel.Packed, 4), 200),
            Measured(CostTerms.Rate(CostModel.Packed, 16), 250),
        }.Where(assumption => assumption.Term != without).Concat(more));

    // Powers of ten: the first for money and counts, from there on for what is above 0.
    private static Gen<double> Usual => Gen.Double[-2, 5].Select(power => Math.Pow(10, power));

    private static Gen<double> Extreme => Gen.OneOf(Usual, Gen.Const(1e-9), Gen.Const(1e15), Gen.Double[-9, 15].Select(power => Math.Pow(10, power)));

    internal static Gen<CostInputs> AnyInputs => Inputs(Usual);

    private static Gen<CostInputs> Inputs(Gen<double> number, bool identical = false)
    {
        Gen<(double, double, double, bool)> spread = Gen.Select(number, Gen.Double[0, 1], Gen.Double[0, 1], Gen.Bool);
        return Gen.Select(spread.Array[32], Gen.Bool.Array[8]).Select((draws, choices) =>
        {
            int next = 0;
            List<Assumption> all = [];
            Add(CostTerms.QuantizingHours, CostTerms.RequestsPerDay, CostTerms.TokensPerRequest);
            if (choices[0])
            {
                Add(CostTerms.PricePerHour);
            }
            else
            {
                Add(CostTerms.MachinePrice, CostTerms.Years, CostTerms.Watts, CostTerms.PricePerKwh);
            }
            if (choices[1])
            {
                Add(CostTerms.PricePerGbMonth, CostTerms.OneTimeCost);
                AddBoth(CostTerms.Stored);
            }
            if (choices[2])
            {
                Add(CostTerms.MachineMemory);
                AddBoth(CostTerms.Memory);
            }
            if (choices[3])
            {
                Add(CostTerms.PeakFactor, CostTerms.Utilisation, CostTerms.Models);
            }
            foreach (int level in Levels)
            {
                AddBoth(model => CostTerms.Rate(model, level));
            }
            if (choices[4])
            {
                Add(CostTerms.MaxLatency);
                foreach (int level in Levels)
                {
                    AddBoth(model => CostTerms.Latency(model, level));
                }
            }
            return new CostInputs("EUR", all);

            void Add(params CostTerm[] terms) => all.AddRange(terms.Select(term => term.Is(Next(term), AssumptionSource.Given)));

            void AddBoth(Func<CostModel, CostTerm> of)
            {
                Spread dense = Next(of(CostModel.Dense)), packed = identical ? dense : Next(of(CostModel.Packed));
                all.Add(of(CostModel.Dense).Is(dense, AssumptionSource.Measured));
                all.Add(of(CostModel.Packed).Is(packed, AssumptionSource.Measured));
            }

            // Few with ranges, as each doubles the cases.
            Spread Next(CostTerm term)
            {
                (double value, double below, double above, bool isExact) = draws[next++ % draws.Length];
                value = Fit(term, value);
                return isExact || next % 4 != 0
                    ? Spread.Exactly(value)
                    : new Spread(value, Math.Min(value, Fit(term, value * below)), Math.Max(value, Fit(term, value / (1 - (above / 2)))));
            }
        });
    }

    private static double Fit(CostTerm term, double value)
    {
        (double least, double most) = term.Name switch
        {
            "years" => (0.01, 100),
            "peak-factor" => (1, 1000),
            "utilisation" => (0.01, 1),
            "models" => (1, 1e6),
            _ => (1e-9, 1e15),
        };
        double fit = Math.Clamp(value, least, most);
        return term == CostTerms.Models ? Math.Round(fit) : fit;
    }
}
