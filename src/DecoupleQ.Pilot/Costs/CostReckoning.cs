namespace DecoupleQ.Pilot.Costs;

/// <summary>Finds the figures of some assumptions, in each combination of the ends of their ranges.</summary>
internal sealed class CostReckoning
{
    private readonly CostInputs _inputs;
    private readonly CostCases _cases = new();
    private readonly SortedSet<string> _alike = new(StringComparer.Ordinal);

    // Of the machine: rented, or what it cost, over how long, and what it draws.
    private readonly int _rent, _price, _years, _watts, _kwh;
    private readonly int _storage, _once, _quantizing, _requests, _tokens, _prompt, _peak, _utilisation, _models, _hours, _machineMemory;
    private readonly ServedModel _dense, _packed;

    public CostReckoning(CostInputs inputs)
    {
        _inputs = inputs;
        _rent = Add(CostTerms.PricePerHour);
        (_price, _years) = (Add(CostTerms.MachinePrice), Add(CostTerms.Years));
        (_watts, _kwh) = (Add(CostTerms.Watts), Add(CostTerms.PricePerKwh));
        (_storage, _once, _quantizing) = (Add(CostTerms.PricePerGbMonth), Add(CostTerms.OneTimeCost), Add(CostTerms.QuantizingHours));
        (_requests, _tokens, _peak) = (Add(CostTerms.RequestsPerDay), Add(CostTerms.TokensPerRequest), Add(CostTerms.PeakFactor));
        _prompt = Add(CostTerms.PromptTokensPerRequest);
        (_utilisation, _models, _hours) = (Add(CostTerms.Utilisation), Add(CostTerms.Models), Add(CostTerms.HoursPerMonth));
        _machineMemory = Add(CostTerms.MachineMemory);
        int? dense = LevelOf(CostModel.Dense), packed = LevelOf(CostModel.Packed);
        (int denseMemory, int packedMemory) = AddBoth(CostTerms.Memory);
        (int denseStored, int packedStored) = AddBoth(CostTerms.Stored);
        (int denseRate, int packedRate) = dense == packed && dense is int level
            ? AddBoth(model => CostTerms.Rate(model, level), CostTerms.RateRatio(level))
            : (AddRate(CostModel.Dense, dense), AddRate(CostModel.Packed, packed));
        (int densePrompts, int packedPrompts) = _prompt >= 0 ? AddBoth(CostTerms.PromptRate, CostTerms.PromptRateRatio) : (-1, -1);
        _dense = new ServedModel(dense, Fits(denseMemory), denseRate, densePrompts, denseMemory, denseStored);
        _packed = new ServedModel(packed, Fits(packedMemory), packedRate, packedPrompts, packedMemory, packedStored);
    }

    public CostFigures Figures()
    {
        var once = new Figure();
        var saving = new Figure();
        var months = new Figure();
        var dense = new ServedFigures();
        var packed = new ServedFigures();
        bool both = _dense.Obstacle is null && _packed.Obstacle is null;
        foreach (double[] values in _cases.All())
        {
            double hour = Hour(values), cost = values[_once] + (_quantizing >= 0 ? values[_models] * values[_quantizing] * hour : 0);
            once.Add(cost);
            double now = _dense.Obstacle is null ? Serve(_dense, values, hour, dense) : 0;
            double then = _packed.Obstacle is null ? Serve(_packed, values, hour, packed) : 0;
            if (both)
            {
                saving.Add(now - then);
                // Infinite for never.
                months.Add(now > then ? cost / (now - then) : double.PositiveInfinity);
            }
        }
        return new CostFigures(
            dense.Of(_dense),
            packed.Of(_packed),
            both ? saving.Spread : null,
            once.Spread,
            both ? new PayBack(Ending(months.Spread.Value), Ending(months.Spread.Low), Ending(months.Spread.High)) : null,
            [.. _alike]);
    }

    private static double? Ending(double months) => double.IsFinite(months) ? months : null;

    private double Hour(double[] values) => _rent >= 0
        ? values[_rent]
        : (values[_price] / (values[_years] * 12 * values[_hours])) + (values[_watts] / 1000 * values[_kwh]);

    // What a model costs a month.
    private double Serve(ServedModel model, double[] values, double hour, ServedFigures figures)
    {
        const double SecondsPerDay = 86_400, SecondsPerHour = 3600, HoursPerDay = 24, Million = 1e6;
        double tokensPerDay = values[_requests] * values[_tokens];
        double request = (values[_tokens] / values[model.Rate]) + (model.Prompts >= 0 ? values[_prompt] / values[model.Prompts] : 0);
        double busy = request / values[_utilisation];
        double fit = _machineMemory >= 0 ? Math.Max(1, Math.Floor(values[_machineMemory] / values[model.Memory])) : 1;
        (double machines, double copies) = MachineCount.Of(values[_models], values[_requests] / SecondsPerDay * values[_peak] * busy, fit);
        double month = (machines * hour * values[_hours]) + (model.Stored >= 0 ? copies * values[model.Stored] * values[_storage] : 0);
        figures.Machines.Add(machines);
        figures.Month.Add(month);
        figures.Million.Add(month / (values[_models] * tokensPerDay * values[_hours] / HoursPerDay) * Million);
        figures.Busy.Add(hour / SecondsPerHour * busy / values[_tokens] * Million);
        return month;
    }

    private int Add(CostTerm term) => _inputs.Find(term) is Assumption assumption ? _cases.Add(assumption.Value) : -1;

    private int AddRate(CostModel model, int? level) => level is int requests ? Add(CostTerms.Rate(model, requests)) : -1;

    private (int Dense, int Packed) AddBoth(Func<CostModel, CostTerm> of, CostTerm? ratio = null)
    {
        if (_inputs.Find(of(CostModel.Dense)) is null)
        {
            return (-1, -1);
        }
        Spread dense = ValueOf(of, CostModel.Dense, ratio), packed = ValueOf(of, CostModel.Packed, ratio);
        if (!AreAlike(of, ratio))
        {
            return (_cases.Add(dense), _cases.Add(packed));
        }
        int both = _cases.Add(dense);
        return (both, both);
    }

    // Of a measured term: that of the model, or what both have where they cannot be told apart.
    private Spread ValueOf(Func<CostModel, CostTerm> of, CostModel model, CostTerm? ratio = null)
    {
        Spread dense = _inputs.ValueOf(of(CostModel.Dense)), packed = _inputs.ValueOf(of(CostModel.Packed));
        if (AreAlike(of, ratio))
        {
            _alike.Add(of(CostModel.Dense).Name);
            return dense.With(packed);
        }
        return model == CostModel.Dense ? dense : packed;
    }

    // What somebody has said is not what the ratio was measured of.
    private bool AreAlike(Func<CostModel, CostTerm> of, CostTerm? ratio)
    {
        Assumption dense = _inputs.Find(of(CostModel.Dense))!, packed = _inputs.Find(of(CostModel.Packed))!;
        bool isMeasured = dense.Source == AssumptionSource.Measured && packed.Source == AssumptionSource.Measured;
        return ratio is not null && isMeasured && _inputs.Find(ratio) is Assumption { Value: Spread known }
            ? known.Low <= 1 && 1 <= known.High
            : dense.Value.Overlaps(packed.Value);
    }

    // The most requests together, of those that were measured, up to which all take no longer than they may.
    private int? LevelOf(CostModel model)
    {
        if (_inputs.Find(CostTerms.MaxLatency) is not Assumption most)
        {
            return _inputs.Levels[^1];
        }
        int kept = _inputs.Levels.TakeWhile(
            level => ValueOf(of => CostTerms.Latency(of, level), model, CostTerms.LatencyRatio(level)).High <= most.Value.Low).Count();
        return kept > 0 ? _inputs.Levels[kept - 1] : null;
    }

    private bool Fits(int memory) => _machineMemory < 0 || _cases[memory].High <= _cases[_machineMemory].Low;

    /// <param name="Requests">Requests together; null if a token takes too long with one.</param>
    /// <param name="Fits">Whether a machine holds it.</param>
    /// <param name="Rate">Where its rate is among the values; the same for what follows. -1 for none.</param>
    /// <param name="Prompts">How fast it reads prompts.</param>
    /// <param name="Memory">Its memory.</param>
    /// <param name="Stored">Its size.</param>
    private sealed record ServedModel(int? Requests, bool Fits, int Rate, int Prompts, int Memory, int Stored)
    {
        public CostObstacle? Obstacle => Requests is null ? CostObstacle.Latency : !Fits ? CostObstacle.Memory : null;
    }

    private sealed class ServedFigures
    {
        public Figure Machines { get; } = new();

        public Figure Month { get; } = new();

        public Figure Million { get; } = new();

        public Figure Busy { get; } = new();

        public ServingCost Of(ServedModel model) => model.Obstacle is CostObstacle obstacle
            ? new ServingCost(obstacle, null, null, null, null, null)
            : new ServingCost(null, model.Requests, Machines.Spread, Month.Spread, Million.Spread, Busy.Spread);
    }

    // The first case is the one that is reckoned with.
    private sealed class Figure
    {
        private double _low = double.PositiveInfinity, _high = double.NegativeInfinity, _value = double.NaN;

        public Spread Spread => new(_value, _low, _high);

        public void Add(double value)
        {
            _value = double.IsNaN(_value) ? value : _value;
            _low = Math.Min(_low, value);
            _high = Math.Max(_high, value);
        }
    }
}
