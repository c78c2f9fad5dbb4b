namespace DecoupleQ.Reports.Wording;

/// <summary>Tables and lists, for engineers. Numbers in braces stand for what is put there.</summary>
public sealed record DetailWords
{
#pragma warning disable CS1591 // Each is what its name says.
    public required string Judgements { get; init; }

    public required string JudgementsNote { get; init; }

    public required string JudgementsNoteGiven { get; init; }

    public required string JudgementsNone { get; init; }

    public required string JudgementsOpen { get; init; }

    public required string Limit { get; init; }

    public required string LimitValue { get; init; }

    public required string Measured { get; init; }

    public required string Items { get; init; }

    public required string Verdict { get; init; }

    public required string Remark { get; init; }

    public required string ItemsToDecide { get; init; }

    public required string Quality { get; init; }

    public required string QualityNote { get; init; }

    public required string QualitySame { get; init; }

    public required string Perplexity { get; init; }

    public required string PerplexityIncrease { get; init; }

    public required string Kl { get; init; }

    public required string Agreement { get; init; }

    public required string Difference { get; init; }

    public required string Ladder { get; init; }

    public required string LadderNote { get; init; }

    public required string LadderShared { get; init; }

    public required string LadderNone { get; init; }

    public required string Setting { get; init; }

    public required string BitsPerWeight { get; init; }

    public required string State { get; init; }

    public required string RuledOutBy { get; init; }

    public required string Size { get; init; }

    public required string Time { get; init; }

    public required string IsChosen { get; init; }

    public required string Tasks { get; init; }

    public required string TasksNote { get; init; }

    public required string TasksNone { get; init; }

    public required string TaskChanged { get; init; }

    public required string TaskTags { get; init; }

    public required string File { get; init; }

    public required string FileAndMetric { get; init; }

    public required string AccuracyDense { get; init; }

    public required string AccuracyPacked { get; init; }

    public required string AccuracyLoss { get; init; }

    public required string Flipped { get; init; }

    public required string PValue { get; init; }

    public required string CriticalLost { get; init; }

    public required string CriticalOf { get; init; }

    public required string ScoreNote { get; init; }

    public required string Flips { get; init; }

    public required string FlipsNone { get; init; }

    public required string Samples { get; init; }

    public required string BecameWrong { get; init; }

    public required string BecameRight { get; init; }

    public required string BothRight { get; init; }

    public required string BothWrong { get; init; }

    public required string Critical { get; init; }

    public required string OtherHalf { get; init; }

    public required string NumbersChanged { get; init; }

    public required string NegationsChanged { get; init; }

    public required string NamesChanged { get; init; }

    public required string Prompt { get; init; }

    public required string DenseAnswer { get; init; }

    public required string PackedAnswer { get; init; }

    public required string Expected { get; init; }

    public required string Choices { get; init; }

    public required string CutText { get; init; }

    public required string EmptyText { get; init; }

    public required string Speed { get; init; }

    public required string SpeedNote { get; init; }

    public required string Ratio { get; init; }

    public required string Load { get; init; }

    public required string FirstToken { get; init; }

    public required string Prefill { get; init; }

    public required string Decode { get; init; }

    public required string TokenMedian { get; init; }

    public required string TokenP95 { get; init; }

    public required string TokenP99 { get; init; }

    public required string Requests { get; init; }

    public required string Model { get; init; }

    public required string TokensPerSecond { get; init; }

    public required string Median { get; init; }

    public required string P95 { get; init; }

    public required string P99 { get; init; }

    public required string SlowerTogether { get; init; }

    public required string Sizes { get; init; }

    public required string SizesNote { get; init; }

    public required string SizesNoteGiven { get; init; }

    public required string Files { get; init; }

    public required string Weights { get; init; }

    public required string Peak { get; init; }

    public required string Read { get; init; }

    public required string Costs { get; init; }

    public required string CostsNote { get; init; }

    public required string CostsNone { get; init; }

    public required string CostsUnreadable { get; init; }

    public required string Machines { get; init; }

    public required string CostPerMonth { get; init; }

    public required string PerMillion { get; init; }

    public required string PerMillionBusy { get; init; }

    public required string Obstacle { get; init; }

    public required string SavingPerMonth { get; init; }

    public required string OneTimeCost { get; init; }

    public required string PayBack { get; init; }

    public required string Alike { get; init; }

    public required string Assumption { get; init; }

    public required string Unit { get; init; }

    public required string Source { get; init; }

    public required string Risk { get; init; }

    public required string RiskNote { get; init; }

    public required string Slices { get; init; }

    public required string SlicesNote { get; init; }

    public required string SlicesNone { get; init; }

    public required string SlicesStandOut { get; init; }

    public required string HalvesAgreement { get; init; }

    public required string HalvesCompared { get; init; }

    public required string Slice { get; init; }

    public required string LossMore { get; init; }

    public required string Others { get; init; }

    public required string Noise { get; init; }

    public required string StandsOut { get; init; }

    public required string Tokens { get; init; }

    public required string TokensNote { get; init; }

    public required string TokensNone { get; init; }

    public required string InContext { get; init; }

    public required string Probability { get; init; }

    public required string Choice { get; init; }

    public required string KlShort { get; init; }

    public required string Layers { get; init; }

    public required string LayersNote { get; init; }

    public required string LayersNone { get; init; }

    public required string LayersSame { get; init; }

    public required string Layer { get; init; }

    public required string Error { get; init; }

    public required string MoreBits { get; init; }

    public required string ErrorThere { get; init; }

    public required string ExtraBytes { get; init; }

    public required string Writing { get; init; }

    public required string TaskEmpty { get; init; }

    public required string TaskWriting { get; init; }

    public required string WritingNote { get; init; }

    public required string Repetition { get; init; }

    public required string Empty { get; init; }

    public required string Findings { get; init; }

    public required string FindingsNote { get; init; }

    public required string FindingsNone { get; init; }

    public required string FindingValue { get; init; }

    public required string Environment { get; init; }

    public required string ModelName { get; init; }

    public required string Family { get; init; }

    public required string Parameters { get; init; }

    public required string LinearShare { get; init; }

    public required string ModelBytes { get; init; }

    public required string ModelContext { get; init; }

    public required string Processor { get; init; }

    public required string Cores { get; init; }

    public required string CoresAndThreads { get; init; }

    public required string Memory { get; init; }

    public required string Instructions { get; init; }

    public required string System { get; init; }

    public required string Calibration { get; init; }

    public required string Test { get; init; }

    public required string Windows { get; init; }

    public required string RepeatedWindows { get; init; }

    public required string WindowsOfTokens { get; init; }

    public required string Limits { get; init; }

    public required string Concurrency { get; init; }

    public required string Overlap { get; init; }

    public required string Tool { get; init; }

    public required string Took { get; init; }

    public required string Method { get; init; }

    public required string Recompute { get; init; }

    public required string RecomputeNote { get; init; }

    public required string LadderPlot { get; init; }
#pragma warning restore CS1591
}
