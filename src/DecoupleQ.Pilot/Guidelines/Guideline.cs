using DecoupleQ.Pilot.Results;
using DecoupleQ.Pilot.Thresholds;

namespace DecoupleQ.Pilot.Guidelines;

/// <summary>Where the bits stand in a case.</summary>
public enum BitsStanding
{
    /// <summary>A setting with these bits passes, in every pilot that tried it.</summary>
    Hold,

    /// <summary>There is not enough to tell, or pilots differ.</summary>
    Undecided,

    /// <summary>Every setting with these bits that was tried fails, in every pilot.</summary>
    Fail,

    /// <summary>It was measured; there was no limit to hold it to.</summary>
    Measured,
}

/// <summary>Some bits in a case.</summary>
/// <param name="Bits">Bits of a weight.</param>
/// <param name="Standing">What follows from the evidence.</param>
/// <param name="Evidence">
/// The cells' evidence, side by side: one for each pilot and setting, of the half that no setting was chosen on where it was measured there; larger groups
/// first.
/// </param>
public sealed record GuidelineBits(int Bits, BitsStanding Standing, IReadOnlyList<GuidelineEvidence> Evidence);

/// <summary>A model, what it was measured on, and the limits that it was held to.</summary>
/// <param name="Family">The architecture.</param>
/// <param name="Parameters">Weights.</param>
/// <param name="Model">The model's name.</param>
/// <param name="Task">What it was measured on.</param>
/// <param name="Limits">The limits; pilots with others are another case.</param>
/// <param name="Bits">Bits that were tried, the fewest first.</param>
/// <param name="Evidence">All that was measured, in the order of bits, groups and pilots.</param>
public sealed record GuidelineCase(
    string Family, long Parameters, string Model, GuidelineTask Task, IReadOnlyList<string> Limits, IReadOnlyList<GuidelineBits> Bits,
    IReadOnlyList<GuidelineEvidence> Evidence)
{
    /// <summary>The fewest bits that hold; null where none is shown to.</summary>
    public int? Holding => Bits.FirstOrDefault(bits => bits.Standing == BitsStanding.Hold)?.Bits;
}

/// <summary>Where 2 bits hold, and where more are needed, as pilots found it.</summary>
/// <param name="Sources">The pilots.</param>
/// <param name="Cases">By family, size, model and task.</param>
public sealed record Guideline(IReadOnlyList<GuidelineSource> Sources, IReadOnlyList<GuidelineCase> Cases)
{
    /// <summary>Makes it from what pilots found, and from nothing else.</summary>
    public static Guideline Of(IReadOnlyList<GuidelineSource> sources)
    {
        ArgumentNullException.ThrowIfNull(sources);
        var cases =
            from source in sources.Index()
            from evidence in EvidenceReading.Of(source.Index, source.Item.Result)
            let model = source.Item.Result.Model
            // Lists are no keys.
            group evidence by (model.Family, model.Parameters, model.Name, evidence.Task, Limits: string.Join('\n', evidence.Limits)) into rows
            orderby rows.Key.Family, rows.Key.Parameters, rows.Key.Name, rows.Key.Task.Metric is not null, rows.Key.Task.Name, rows.Key.Limits
            select Case(rows.Key.Family, rows.Key.Parameters, rows.Key.Name, rows.Key.Task, [.. rows]);
        return new(sources, [.. cases]);
    }

    private static GuidelineCase Case(string family, long parameters, string model, GuidelineTask task, GuidelineEvidence[] rows)
    {
        GuidelineEvidence[] ordered =
        [
            .. rows.OrderBy(row => row.Setting.Bits).ThenByDescending(row => row.Setting.GroupSize < 0 ? int.MaxValue : row.Setting.GroupSize)
                .ThenBy(row => row.Setting.EmbeddingBits).ThenBy(row => row.Setting.HeadBits).ThenBy(row => row.Setting.Preset, StringComparer.Ordinal)
                .ThenBy(row => row.Source).ThenBy(row => row.Part),
        ];
        return new(
            family, parameters, model, task, rows[0].Limits,
            [.. ordered.GroupBy(row => row.Setting.Bits).Select(bits => Bits(bits.Key, bits))], ordered);
    }

    private static GuidelineBits Bits(int bits, IEnumerable<GuidelineEvidence> rows)
    {
        // A setting was chosen because it did well on the half that it was chosen on: the other half is the better witness.
        GuidelineEvidence[] witnesses =
            [.. rows.GroupBy(row => (row.Setting, row.Source)).Select(group => group.MaxBy(row => row.Part)!)];
        IGrouping<SettingResult, Verdict?>[] settings = [.. witnesses.GroupBy(row => row.Setting, row => row.Verdict)];
        BitsStanding standing = witnesses.All(row => row.Verdict is null) ? BitsStanding.Measured
            : settings.Any(setting => setting.All(verdict => verdict == Verdict.Pass)) ? BitsStanding.Hold
            : settings.All(setting => setting.All(verdict => verdict == Verdict.Fail)) ? BitsStanding.Fail
            : BitsStanding.Undecided;
        return new(bits, standing, witnesses);
    }
}
