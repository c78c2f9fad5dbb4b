namespace DecoupleQ.Pilot.Costs;

/// <summary>Values with ranges, and all cases that these make: the values themselves, then each combination of the ends of the ranges.</summary>
internal sealed class CostCases
{
    private readonly List<Spread> _spreads = [];

    /// <summary>A value's range.</summary>
    public Spread this[int index] => _spreads[index];

    /// <summary>Adds a value.</summary>
    /// <returns>Where it stands in each case.</returns>
    public int Add(Spread spread)
    {
        _spreads.Add(spread);
        return _spreads.Count - 1;
    }

    /// <summary>All cases: one more than two to the number of values that are not exact. One array is used for all of them.</summary>
    public IEnumerable<double[]> All()
    {
        double[] values = [.. _spreads.Select(spread => spread.Value)];
        yield return values;
        int[] open = [.. Enumerable.Range(0, _spreads.Count).Where(i => !_spreads[i].IsExact)];
        for (long ends = 0; open.Length > 0 && ends < 1L << open.Length; ends++)
        {
            for (int k = 0; k < open.Length; k++)
            {
                Spread spread = _spreads[open[k]];
                values[open[k]] = (ends >> k & 1) == 0 ? spread.Low : spread.High;
            }
            yield return values;
        }
    }
}
