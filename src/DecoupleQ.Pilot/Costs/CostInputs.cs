namespace DecoupleQ.Pilot.Costs;

/// <summary>All that costs are reckoned from: complete, each value once, in a fixed order.</summary>
public sealed class CostInputs
{
    private readonly Dictionary<string, Assumption> _byName;

    /// <param name="currency">The currency of all prices; see <see cref="CurrencyName"/>.</param>
    /// <param name="assumptions">In any order. What has a default may be left out.</param>
    /// <exception cref="DecoupleQException">One is there twice, one is missing, or some do not go together; names it and what to do.</exception>
    public CostInputs(string currency, IEnumerable<Assumption> assumptions)
    {
        ArgumentNullException.ThrowIfNull(assumptions);
        Currency = CurrencyName.Require(currency);
        _byName = [];
        foreach (Assumption assumption in assumptions)
        {
            if (!_byName.TryAdd(assumption.Term.Name, assumption))
            {
                throw new DecoupleQException("The assumption is there twice.", field: assumption.Term.Name, expected: "each once");
            }
        }
        Dictionary<string, Assumption> given = new(_byName);
        // Results of versions that did not say how fast prompts are read have no prompts in their costs.
        bool countsPrompts = Enum.GetValues<CostModel>().All(model => given.ContainsKey(CostTerms.PromptRate(model).Name));
        foreach (CostTerm term in CostTerms.Common.Where(term => !_byName.ContainsKey(term.Name)))
        {
            if (term.Default is Spread value && (countsPrompts || term != CostTerms.PromptTokensPerRequest))
            {
                _byName.Add(term.Name, term.Is(value, AssumptionSource.Default));
            }
        }
        CheckMachine(given);
        Require(CostTerms.RequestsPerDay);
        Require(CostTerms.TokensPerRequest);
        Levels = FindLevels(CostModel.Dense);
        CheckModels();
        Assumptions = [.. _byName.Values.OrderBy(assumption => Place(assumption.Term)).ThenBy(assumption => RequestsOf(assumption.Term))];
    }

    /// <summary>The currency.</summary>
    public string Currency { get; }

    /// <summary>Every value, those by default included: prices and load, then the dense model, then the packed one.</summary>
    public IReadOnlyList<Assumption> Assumptions { get; }

    /// <summary>How many requests together rates are known of, for both models; ascending.</summary>
    public IReadOnlyList<int> Levels { get; }

    /// <summary>A value; null if it is not known.</summary>
    public Assumption? Find(CostTerm term)
    {
        ArgumentNullException.ThrowIfNull(term);
        return _byName.GetValueOrDefault(term.Name);
    }

    /// <summary>A value that is known.</summary>
    internal Spread ValueOf(CostTerm term) => _byName[term.Name].Value;

    private void CheckMachine(Dictionary<string, Assumption> given)
    {
        CostTerm[] owned = [CostTerms.MachinePrice, CostTerms.Years, CostTerms.Watts, CostTerms.PricePerKwh];
        CostTerm[] known = [.. owned.Where(term => given.ContainsKey(term.Name))];
        if (given.ContainsKey(CostTerms.PricePerHour.Name))
        {
            if (known.Length > 0)
            {
                throw new DecoupleQException("The machine is rented and owned.", field: known[0].Name, expected: $"this or {CostTerms.PricePerHour}, not both");
            }
        }
        else if (known.Length == 0)
        {
            throw new DecoupleQException(
                "What a machine costs is missing.", field: CostTerms.PricePerHour.Name, expected: $"this, or {string.Join(", ", owned.Select(t => t.Name))}");
        }
        else
        {
            foreach (CostTerm term in owned)
            {
                Require(term);
            }
        }
    }

    private void CheckModels()
    {
        foreach (CostModel model in Enum.GetValues<CostModel>())
        {
            if (!Levels.SequenceEqual(FindLevels(model)))
            {
                throw new DecoupleQException(
                    "The rates of the two models are at different numbers of requests.",
                    field: CostTerms.Rate(model, FindLevels(model).Concat(Levels).Max()).Name,
                    expected: "rates of both at the same");
            }
            if (_byName.ContainsKey(CostTerms.MaxLatency.Name))
            {
                foreach (int level in Levels)
                {
                    Require(CostTerms.Latency(model, level));
                }
            }
            if (_byName.ContainsKey(CostTerms.MachineMemory.Name))
            {
                Require(CostTerms.Memory(model));
            }
            if (_byName.ContainsKey(CostTerms.PromptTokensPerRequest.Name))
            {
                Require(CostTerms.PromptRate(model));
            }
            if (ValueOf(CostTerms.PricePerGbMonth).High > 0)
            {
                Require(CostTerms.Stored(model));
            }
            foreach (Assumption assumption in _byName.Values)
            {
                if (CostTerms.RequestsOfLatency(assumption.Term, model) is int requests && !Levels.Contains(requests))
                {
                    throw new DecoupleQException(
                        "It is the time of a token at a number of requests whose rate is not known.",
                        field: assumption.Term.Name,
                        expected: CostTerms.Rate(model, requests).Name + " beside it");
                }
            }
        }
        foreach (Assumption ratio in _byName.Values.Where(
            assumption => CostTerms.RequestsOfRatio(assumption.Term) is int requests && !Levels.Contains(requests)))
        {
            throw new DecoupleQException(
                "It is a ratio at a number of requests whose rates are not known.", field: ratio.Term.Name, expected: "rates of both models beside it");
        }
        // With the memory or the size of one model alone there would be nothing to compare it with.
        foreach (Func<CostModel, CostTerm> of in (Func<CostModel, CostTerm>[])[CostTerms.Memory, CostTerms.Stored, CostTerms.PromptRate])
        {
            if (_byName.ContainsKey(of(CostModel.Dense).Name) || _byName.ContainsKey(of(CostModel.Packed).Name))
            {
                Require(of(CostModel.Dense));
                Require(of(CostModel.Packed));
            }
        }
    }

    private int[] FindLevels(CostModel model)
    {
        int[] levels = [.. _byName.Values.Select(a => CostTerms.RequestsOfRate(a.Term, model)).OfType<int>().Order()];
        return levels.Length > 0
            ? levels
            : throw new DecoupleQException("There is no rate of the model.", field: CostTerms.Rate(model, 1).Name, expected: "at least one measured rate");
    }

    private void Require(CostTerm term)
    {
        if (!_byName.ContainsKey(term.Name))
        {
            throw new DecoupleQException("The assumption is missing.", field: term.Name, expected: term.Range.Expected);
        }
    }

    // Common terms, then model by model: memory, size, rates, times.
    private static int Place(CostTerm term)
    {
        int common = CostTerms.Common.TakeWhile(other => other.Name != term.Name).Count();
        if (common < CostTerms.Common.Count)
        {
            return common;
        }
        int place = CostTerms.Common.Count;
        foreach (CostModel model in Enum.GetValues<CostModel>())
        {
            bool[] kinds =
            [
                term.Name == CostTerms.Memory(model).Name,
                term.Name == CostTerms.Stored(model).Name,
                term.Name == CostTerms.PromptRate(model).Name,
                CostTerms.RequestsOfRate(term, model) is not null,
                CostTerms.RequestsOfLatency(term, model) is not null,
            ];
            int kind = Array.IndexOf(kinds, true);
            if (kind >= 0)
            {
                return place + kind;
            }
            place += kinds.Length;
        }
        return place;
    }

    private static int RequestsOf(CostTerm term) => Enum.GetValues<CostModel>()
        .Select(model => CostTerms.RequestsOfRate(term, model) ?? CostTerms.RequestsOfLatency(term, model) ?? CostTerms.RequestsOfRatio(term) ?? 0).Max();
}
