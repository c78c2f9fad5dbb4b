namespace DecoupleQ.Reports.Wording;

/// <summary>In English.</summary>
internal static class EnglishSummaryWords
{
    public static SummaryWords Words { get; } = new()
    {
        Pass = "{0} can be quantized to {1}: all limits ({2}) are kept, with 95 % confidence.",
        PassOne = "{0} can be quantized to {1}: the limit is kept, with 95 % confidence.",
        Undecided = "Whether {0} can be quantized to {1} is not decided: {2} of {3} limits need more evidence, and none is broken.",
        UndecidedChoosing =
            "Whether {0} can be quantized to {1} is not decided: on the half of the test that settings are chosen on, it is open "
            + "({2}), though the other half keeps the limits.",
        Fail = "{0} should not be quantized to {1}: {2} of {3} limits are broken ({4}).",
        FailChoosing =
            "{0} should not be quantized to {1}: on the half of the test that settings are chosen on, limits are broken ({2}), though not on the other half.",
        NoLimits = "{0} was quantized to {1} and measured. No limits were given, so there is no verdict.",
        NothingChosen = "No setting for {0} was measured to the end, so there is nothing to recommend.",
        Same = "The two models give the same results: no figure of quality differs, and nothing stands out.",
        CriticalLost = "{0} of {1} critical questions became wrong: {2}.",
        CriticalQuestion = "{0} (“{1}”)",
        VerdictKey = "Verdict",
        NoVerdict = "none",
        VerdictNote = "{0} of {1} limits kept",
        SavingKey = "Saving a month",
        SavingNote = "range: {0}",
        SavingIfKey = "For reference: saving a month, were the limits kept",
        IfFail = "For reference alone, as limits are broken.",
        IfUndecided = "For reference alone, as it is not decided.",
        IfNoLimits = "For reference alone, as there are no limits.",
        SameMachines = "machines before and after: {0}",
        NotReckoned = "not reckoned",
        NeedsPrices = "Give prices for it.",
        CannotBeServed = "cannot be reckoned",
        PayBackKey = "Paid back after",
        PayBackIfKey = "For reference: paid back after, were the limits kept",
        PayBackNote = "at best {0}, at worst {1}",
        OnceNote = "one-time cost {0}",
        SizeKey = "Size on disk",
        SizeNote = "{1} of the dense model’s {0}",
        SpeedKey = "Speed of one request",
        SpeedNote = "of the dense model’s: median of the rounds’ ratios; range: {0}",
        SpeedNoisy = "The measurement varies much: measure again while nothing else runs.",
        TaskKey = "Right answers: {0}",
        TaskOf = "{0} of {1}, 95 % interval {2}",
        TaskNote = "dense {0}; {1} became wrong, {2} right",
        Next = "What to do next",
        NextPass =
            "Put it into service step by step: a week of the dense model as the baseline, then in its shadow, then 5 %, 25 % and 100 % of the "
            + "requests. Each step has a condition, and a way back (docs/operations.md).",
        NextNoSaving =
            "At this load as many machines are needed before as after ({0}), so the costs stay the same. Decide whether room in memory or speed are worth it.",
        NextItems =
            "{0}: about {1} that judge would decide, in place of {2}. Where settings are tried, one half of the test chooses and "
            + "the other judges: that takes {3} "
            + "in all, and as large a --windows as those that judge.",
        NextOtherSetting = "more bits or smaller groups",
        NextOther = "{0}: about {1} that judge would be needed, {2} times as many as there were. Rather take the next setting ({3}), or another limit.",
        NextAgain = "Judge this model again on more, without quantizing anew and without halves: {0}",
        NextQuestions =
            "{0}: about {1} that judge would decide, in place of {2}. Where settings are tried, one half of the test chooses and "
            + "the other judges: that takes {3} "
            + "in all.",
        NextTimes = "{0}: about {1} that are timed would decide, in place of {2}. Raise --speed-seconds, or measure while nothing else runs.",
        NextTimesNoisy = "{0}: the rounds differ too much to tell. Raise --speed-seconds, and measure while nothing else runs.",
        NextAtLimit = "{0}: the figure lies at the limit, so more test data would hardly decide. Choose a setting with more bits, or another limit.",
        NextNoInterval = "{0}: there are too few test items for an interval; ten are the least, and several hundred tell more.",
        NextNoCritical = "{0}: no critical question was left to judge by. Add some that the calibration data does not have.",
        NextFewTimes = "{0}: too few tokens were timed for an interval. Raise --speed-seconds and measure again.",
        NextMoreBits = "Try more bits or smaller groups than {0}: 3 or 4 bits, or groups of 32.",
        NextWidest = "{0} is near the top of what can be tried: use the dense model, 8 bits, or another model of this size.",
        NextLayers = "Give the layers that lose most more bits by overrides in a recipe: {0}.",
        NextSlices = "Texts that suffer most: {0}. Add such texts to the calibration data.",
        NextLatency = "The time a token takes depends on the machine as much as on the bits: answer fewer requests together, or take a faster machine.",
        NextNoLimits = "Decide on limits before the next run, such as --max-perplexity-increase 5% and --min-agreement 0.9, and there will be a verdict.",
        NextNothing = "Look at the findings and at the ladder below for what stood in the way.",
        NextSame = "Check that the two folders hold what they should: a quantized model always differs a little.",
        Tried = "What was tried",
        TriedLadder = "{0} of {1} settings were tried. Shown is {2}: {3}.",
        TriedGiven = "The quantized model was given, {0}; no setting was tried.",
        TriedNothing = "{0} of {1} settings were tried.",
        TriedOn = "Judged on {0} windows of {1} tokens from {2}, which no setting was chosen on; calibrated with {3}.",
        TriedOnAll = "Judged on {0} windows of {1} tokens from {2}: all of the test, as nothing was chosen on it.",
        TriedMachine = "Both models were measured in turns in one run on {0}, with {1} threads.",
        OverlapNone = "No test text occurs in the calibration data.",
        OverlapLeftOut = "{0} windows and {1} task items ({2} of the test) also occur in the calibration data and were left out.",
        OverlapUnchecked = "Whether test text occurs in the calibration data could not be checked, as the model writes that itself.",
        OverlapThinned = "As the calibration data is long, {0} of its runs of words were looked for.",
        OverlapPartly = "This could not be looked at: {0}.",
        OverlapUnknown =
            "Whether test text occurs in the calibration data could not be checked, as the packed folder does not name it: give it as --calibration.",
        PlotAccuracy = "Accuracy kept",
        PlotAccuracyNote = "dot: measured; line: 95 % interval; shaded: beyond the limit",
        StripLimit = "{0}; limit {1}",
        StripNoLimit = "{0}; no limit",
        PlotSpeed = "Tokens a second",
        PlotSpeedUnit = "tokens/s, all requests together",
        PlotSpreadNote = "thin lines: least and greatest",
        PlotSpeedNote = "bars: median of each model; thin lines: least and greatest",
        PlotTask = "Loss of right answers: {0}",
        PlotRequests = "{0} at once",
        PlotOneRequest = "1 request",
        PlotSizes = "Size and memory",
        PlotFiles = "On disk",
        PlotWeights = "Weights",
        PlotPeak = "Peak memory",
        PlotRead = "Read a token",
        PlotCost = "Cost a month",
    };
}
