using DecoupleQ.Pilot.Ladders;
using DecoupleQ.Pilot.Results;

namespace DecoupleQ.Pilot.Guidelines;

/// <summary>A pilot that a guideline is made from.</summary>
/// <param name="File">Its file, as it was given.</param>
/// <param name="Result">What it found.</param>
public sealed record GuidelineSource(string File, PilotResult Result);

/// <summary>The pilots that a guideline is made from.</summary>
/// <param name="Sources">Each once, in the order in which they were given.</param>
/// <param name="Repeated">Files that hold one of them again, and do not count.</param>
public sealed record GuidelineInput(IReadOnlyList<GuidelineSource> Sources, IReadOnlyList<string> Repeated)
{
    /// <summary>Reads results of pilots.</summary>
    /// <param name="paths">Files, as <c>pilot</c> writes them. One that holds the same pilot as another, be it with other costs, counts once.</param>
    /// <exception cref="DecoupleQException">A file is no result of a pilot; names file and field.</exception>
    public static GuidelineInput Read(IReadOnlyList<string> paths)
    {
        ArgumentNullException.ThrowIfNull(paths);
        HashSet<string> known = new(StringComparer.Ordinal);
        var sources = new List<GuidelineSource>();
        var repeated = new List<string>();
        foreach (string path in paths)
        {
            var result = PilotResult.Read(path);
            Check(result, path);
            // Costs can be reckoned anew, which makes no other pilot of it.
            if (known.Add((result with { Cost = null }).ToJson()))
            {
                sources.Add(new(path, result));
            }
            else
            {
                repeated.Add(path);
            }
        }
        return new(sources, repeated);
    }

    // What the form of the file leaves open, and the table needs.
    private static void Check(PilotResult result, string path)
    {
        if (result.Model.Parameters <= 0)
        {
            throw Wrong("model.parameters", "a number above 0");
        }
        foreach ((int index, RungResult? rung) in result.Ladder.Index())
        {
            string field = $"ladder[{index}]";
            if (rung is null)
            {
                throw Wrong(field, "a setting");
            }
            CheckSetting(rung.Setting, $"{field}.setting");
            CheckJudgements(rung.Judgements, $"{field}.judgements");
            if (rung.State is RungState.Passed or RungState.Undecided or RungState.Failed && rung.Quality is null)
            {
                throw Wrong($"{field}.quality", "what was measured of a setting that was tried");
            }
        }
        if (result.Chosen is ChosenResult chosen)
        {
            CheckSetting(chosen.Setting, "chosen.setting");
            CheckJudgements(chosen.Judgements, "chosen.judgements");
            if (chosen.Tasks.Any(task => task is null))
            {
                throw Wrong("chosen.tasks", "tasks");
            }
        }

        void CheckSetting(SettingResult setting, string field)
        {
            if (setting.Bits is < 1 or > LadderSetting.AsStored)
            {
                throw Wrong($"{field}.bits", $"a number from 1 to {LadderSetting.AsStored}");
            }
            if (setting.GroupSize is 0 or < -1)
            {
                throw Wrong($"{field}.groupSize", "-1, or a number above 0");
            }
        }

        void CheckJudgements(IReadOnlyList<JudgementResult> judgements, string field)
        {
            if (judgements.Any(judgement => judgement is null))
            {
                throw Wrong(field, "judgements");
            }
        }

        DecoupleQException Wrong(string field, string expected) => new("It is no result of a pilot.", path, field, expected);
    }
}
