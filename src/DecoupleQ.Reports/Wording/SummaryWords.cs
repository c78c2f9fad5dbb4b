namespace DecoupleQ.Reports.Wording;

/// <summary>The first page, for who decides. Numbers in braces stand for what is put there.</summary>
public sealed record SummaryWords
{
#pragma warning disable CS1591 // Each is what its name says.
    public required string Pass { get; init; }

    public required string PassOne { get; init; }

    public required string Undecided { get; init; }

    public required string UndecidedChoosing { get; init; }

    public required string Fail { get; init; }

    public required string FailChoosing { get; init; }

    public required string NoLimits { get; init; }

    public required string NothingChosen { get; init; }

    public required string Same { get; init; }

    public required string CriticalLost { get; init; }

    public required string CriticalQuestion { get; init; }

    public required string VerdictKey { get; init; }

    public required string NoVerdict { get; init; }

    public required string VerdictNote { get; init; }

    public required string SavingKey { get; init; }

    public required string SavingNote { get; init; }

    public required string SavingIfKey { get; init; }

    public required string IfFail { get; init; }

    public required string IfUndecided { get; init; }

    public required string IfNoLimits { get; init; }

    public required string SameMachines { get; init; }

    public required string NotReckoned { get; init; }

    public required string NeedsPrices { get; init; }

    public required string CannotBeServed { get; init; }

    public required string PayBackKey { get; init; }

    public required string PayBackIfKey { get; init; }

    public required string PayBackNote { get; init; }

    public required string OnceNote { get; init; }

    public required string SizeKey { get; init; }

    public required string SizeNote { get; init; }

    public required string SpeedKey { get; init; }

    public required string SpeedNote { get; init; }

    public required string SpeedNoisy { get; init; }

    public required string TaskKey { get; init; }

    public required string TaskOf { get; init; }

    public required string TaskNote { get; init; }

    public required string Next { get; init; }

    public required string NextPass { get; init; }

    public required string NextNoSaving { get; init; }

    public required string NextItems { get; init; }

    public required string NextOtherSetting { get; init; }

    public required string NextOther { get; init; }

    public required string NextAgain { get; init; }

    public required string NextQuestions { get; init; }

    public required string NextTimes { get; init; }

    public required string NextTimesNoisy { get; init; }

    public required string NextAtLimit { get; init; }

    public required string NextNoInterval { get; init; }

    public required string NextNoCritical { get; init; }

    public required string NextFewTimes { get; init; }

    public required string NextMoreBits { get; init; }

    public required string NextWidest { get; init; }

    public required string NextLayers { get; init; }

    public required string NextSlices { get; init; }

    public required string NextLatency { get; init; }

    public required string NextNoLimits { get; init; }

    public required string NextNothing { get; init; }

    public required string NextSame { get; init; }

    public required string Tried { get; init; }

    public required string TriedLadder { get; init; }

    public required string TriedGiven { get; init; }

    public required string TriedNothing { get; init; }

    public required string TriedOn { get; init; }

    public required string TriedOnAll { get; init; }

    public required string TriedMachine { get; init; }

    public required string OverlapNone { get; init; }

    public required string OverlapLeftOut { get; init; }

    public required string OverlapUnchecked { get; init; }

    public required string OverlapThinned { get; init; }

    public required string OverlapPartly { get; init; }

    public required string OverlapUnknown { get; init; }

    public required string PlotAccuracy { get; init; }

    public required string PlotAccuracyNote { get; init; }

    public required string StripLimit { get; init; }

    public required string StripNoLimit { get; init; }

    public required string PlotSpeed { get; init; }

    public required string PlotSpeedUnit { get; init; }

    public required string PlotSpreadNote { get; init; }

    public required string PlotSpeedNote { get; init; }

    public required string PlotTask { get; init; }

    public required string PlotRequests { get; init; }

    public required string PlotOneRequest { get; init; }

    public required string PlotSizes { get; init; }

    public required string PlotFiles { get; init; }

    public required string PlotWeights { get; init; }

    public required string PlotPeak { get; init; }

    public required string PlotRead { get; init; }

    public required string PlotCost { get; init; }
#pragma warning restore CS1591
}
