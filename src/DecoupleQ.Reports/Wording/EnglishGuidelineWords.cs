using DecoupleQ.Pilot.Guidelines;

namespace DecoupleQ.Reports.Wording;

/// <summary>In English.</summary>
internal static class EnglishGuidelineWords
{
    public static GuidelineWords Words { get; } = new()
    {
        Title = "Where 2 bits hold",
        Subtitle = "From pilots: {0}; settings that were tried: {1}.",
        Footer = "Made by DecoupleQ from the results of pilots, and from nothing else.",
        Summary = "Bits by model and task",
        SummaryNote =
            "Bits hold if a setting with them keeps the limits in every pilot that tried it: the whole 95 % interval lies within. They do not hold if all "
            + "settings that were tried are wholly beyond. Each line of a cell is a setting in a pilot, whose number is in brackets; the chosen one with its "
            + "figures of the half of the test that it was not chosen on. Another model, text or limit is another case: try yours.",
        SummaryNone = "No pilot tried a setting.",
        Family = "Family",
        Parameters = "Parameters",
        Model = "Model",
        Task = "Task",
        Limits = "Limits",
        NoLimits = "none",
        InShort = "In short",
        Text = "text: {0}",
        TaskForm = "{0} ({1})",
        Witness = "{0}: {1} ({2}) [{3}]",
        EvidenceTitle = "Evidence: {0}, {1}; limits: {2}",
        EvidenceNote = "{0}, {1} parameters. In brackets below a figure its 95 % interval, below a group size the bits of embedding and head.",
        Bits = "Bits",
        GroupSize = "Group size",
        Tables = "({0}, {1})",
        AsStored = "as stored",
        Part = "Half of the test",
        PerplexityIncrease = "Perplexity increase",
        Agreement = "Top-1 agreement",
        AccuracyLoss = "Accuracy loss",
        Windows = "Windows",
        Items = "Items",
        Verdict = "Verdict",
        NotJudged = "not judged",
        Preset = "Preset",
        Digest = "{0}\n({1})",
        Pilot = "Pilot, version, date",
        Pilots = "Pilots",
        PilotsNote =
            "The command that makes each of them again; files stand in it by their names. In brackets below a preset is a digest of its values: two presets of "
            + "the same name with another digest are not the same.",
        PilotLabel = "[{0}] {1}: {2}, {3}",
        Repeated = "Given again, and not counted: {0}.",
        Command = "This page",
        CommandNote = "The command that makes it, where the files are.",
        Standings = new Dictionary<BitsStanding, string>
        {
            [BitsStanding.Hold] = "{0} bits hold",
            [BitsStanding.Undecided] = "{0} bits not decided",
            [BitsStanding.Fail] = "{0} bits do not hold",
            [BitsStanding.Measured] = "{0} bits measured, no limit",
        },
        Parts = new Dictionary<TestPart, string> { [TestPart.Choosing] = "choosing", [TestPart.Judging] = "judging" },
    };
}
