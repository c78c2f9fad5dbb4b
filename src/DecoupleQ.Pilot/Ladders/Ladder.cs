using DecoupleQ.Pilot.Thresholds;
using DecoupleQ.Quantization.Settings;

namespace DecoupleQ.Pilot.Ladders;

/// <summary>Settings to try, the cheapest first, and which of them is next.</summary>
/// <remarks>
/// <para>
/// Cheap is small: fewer bits a weight come first, of as many the preset that takes less time. The cheapest is tried that is neither tried, nor ruled out, nor
/// larger than one that passes. So the last one that passes is the cheapest that does, as far as what was ruled out would have failed.
/// </para>
/// <para>
/// What clearly fails (<see cref="LadderResult.RulesOut"/>) rules out what is no better (<see cref="LadderSetting.IsNoBetterThan"/>). As that is smaller too,
/// going up one by one would rule out nothing. So after such a failure in a branch (one preset, embedding and head) its best setting is tried, if two others
/// or more wait there: if it fails too, the branch is done with; if it passes, it bounds what is left, and a pilot that is stopped has something to recommend.
/// </para>
/// </remarks>
public sealed class Ladder
{
    // Fewer would not be worth the one that is tried for them.
    private const int WorthTheBest = 2;

    private readonly IReadOnlyList<(LadderSetting Setting, double BitsPerWeight)> _settings;

    /// <param name="weights">The model.</param>
    /// <param name="options">What to combine; null for the defaults.</param>
    /// <exception cref="DecoupleQException">There is no such setting, or the model can have none of them; says why.</exception>
    public Ladder(WeightCounts weights, LadderOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(weights);
        options ??= new LadderOptions();
        var settings = new List<LadderSetting>();
        var leftOut = new List<(LadderSetting, string)>();
        foreach (LadderSetting setting in Combine(weights, options).Distinct())
        {
            // Refused here, not when its turn comes.
            setting.ApplyTo(new QuantizationOptions { Model = "", Output = "" });
            if (weights.Objection(setting) is string objection)
            {
                leftOut.Add((setting, objection));
            }
            else
            {
                settings.Add(setting);
            }
        }
        if (settings.Count == 0)
        {
            throw new DecoupleQException(
                $"There is no setting to try{(leftOut.Count > 0 ? $": {leftOut[0].Item2}" : "")}.",
                expected: "bits, group sizes and tables that the model can have");
        }
        LeftOut = leftOut;
        // In a stable order, so that what is combined first comes first where sizes are equal: presets stand outermost.
        _settings = [.. settings.Select(setting => (setting, Size: weights.BitsPerWeight(setting))).OrderBy(pair => pair.Size)];
        Settings = [.. _settings.Select(pair => pair.Setting)];
    }

    /// <summary>The settings, the cheapest first.</summary>
    public IReadOnlyList<LadderSetting> Settings { get; }

    /// <summary>Settings that the model cannot have, and why, as part of a sentence.</summary>
    public IReadOnlyList<(LadderSetting Setting, string Reason)> LeftOut { get; }

    /// <summary>Where it stands after some results.</summary>
    /// <param name="results">
    /// In any order, one a setting. Those of settings that are not on this ladder rule others out, and are not recommended.
    /// </param>
    public LadderProgress After(IReadOnlyList<LadderResult> results)
    {
        ArgumentNullException.ThrowIfNull(results);
        if (results.Select(result => result.Setting).Distinct().Count() != results.Count)
        {
            throw new ArgumentException("A setting has two results.", nameof(results));
        }
        Rung[] rungs = Rungs(results);
        Rung? passed = rungs.FirstOrDefault(rung => rung.State == RungState.Passed);
        Rung? cheapest = rungs.FirstOrDefault(rung => rung.State == RungState.Waiting);
        return new LadderProgress(rungs, (cheapest is null ? null : BestOfBranch(cheapest, rungs, results) ?? cheapest)?.Setting, passed?.Setting);
    }

    /// <summary>Where a setting that was tried stands.</summary>
    internal static RungState StateOf(Verdict verdict) => verdict switch
    {
        Verdict.Pass => RungState.Passed,
        Verdict.Undecided => RungState.Undecided,
        _ => RungState.Failed,
    };

    private static IEnumerable<LadderSetting> Combine(WeightCounts weights, LadderOptions options) =>
        from preset in options.Presets
        from table in options.Tables
        from bits in options.Bits
        from groupSize in options.GroupSizes
        select new LadderSetting(bits, groupSize, table.Embedding, weights.Head == 0 ? LadderSetting.AsStored : table.Head, preset);

    // One that clearly failed in its branch has its best tried, if enough would be ruled out with it.
    private static Rung? BestOfBranch(Rung cheapest, Rung[] rungs, IReadOnlyList<LadderResult> results)
    {
        if (!results.Any(result => result.RulesOut && result.Setting.IsOfTheBranchOf(cheapest.Setting)))
        {
            return null;
        }
        Rung[] waiting = [.. rungs.Where(rung => rung.State == RungState.Waiting && rung.Setting.IsOfTheBranchOf(cheapest.Setting))];
        Rung? best = waiting.FirstOrDefault(rung => waiting.All(other => other.Setting.IsNoBetterThan(rung.Setting)));
        return waiting.Length > WorthTheBest ? best : null;
    }

    private Rung[] Rungs(IReadOnlyList<LadderResult> results)
    {
        Dictionary<LadderSetting, LadderResult> tried = results.ToDictionary(result => result.Setting);
        LadderResult[] failures = [.. results.Where(result => result.RulesOut)];
        bool passed = false;
        var rungs = new List<Rung>();
        foreach ((LadderSetting setting, double size) in _settings)
        {
            LadderSetting? failed = tried.ContainsKey(setting) ? null : failures.FirstOrDefault(failure => setting.IsNoBetterThan(failure.Setting))?.Setting;
            RungState state = tried.TryGetValue(setting, out LadderResult? result) ? StateOf(result.Verdict)
                : failed is not null ? RungState.RuledOut
                : passed ? RungState.NotNeeded
                : RungState.Waiting;
            rungs.Add(new Rung(setting, size, state, failed));
            passed |= state == RungState.Passed;
        }
        return [.. rungs];
    }
}
