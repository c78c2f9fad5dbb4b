using DecoupleQ.Pilot.Costs;
using DecoupleQ.Pilot.Slices;
using DecoupleQ.Statistics;

namespace DecoupleQ.Pilot.Results;

/// <summary>The chosen setting, measured on the half of the test that no setting was chosen on.</summary>
/// <param name="Setting">The setting.</param>
/// <param name="Reason">Why this one.</param>
/// <param name="Folder">The name of its folder, beside the page.</param>
/// <param name="BitsPerWeight">Bits of the whole model over its weights.</param>
/// <param name="QuantizedBitsPerWeight">The same of the quantized layers alone.</param>
/// <param name="Judgements">What the thresholds say.</param>
/// <param name="Quality">Both models on text.</param>
/// <param name="Tasks">Both on the user's own tasks.</param>
/// <param name="Size">What both take.</param>
/// <param name="Speed">How fast both are.</param>
/// <param name="Risk">Where they differ most.</param>
/// <param name="QuantizingSeconds">Time that quantizing took, in all runs of a pilot that was resumed; null of a model that was given.</param>
/// <param name="QuantizingMemoryBytes">What the process grew by while quantizing, at most; null of a model that was given.</param>
public sealed record ChosenResult(
    SettingResult Setting,
    ChoiceReason Reason,
    string Folder,
    double BitsPerWeight,
    double QuantizedBitsPerWeight,
    IReadOnlyList<JudgementResult> Judgements,
    QualityFigures Quality,
    IReadOnlyList<TaskPart> Tasks,
    SizeFigures Size,
    SpeedFigures Speed,
    RiskFigures Risk,
    double? QuantizingSeconds,
    long? QuantizingMemoryBytes);

/// <summary>Why a setting was chosen.</summary>
public enum ChoiceReason
{
    /// <summary>It is the cheapest that passes.</summary>
    CheapestThatPasses,

    /// <summary>None passes for certain; it is the cheapest that is not ruled out.</summary>
    CheapestInDoubt,

    /// <summary>All fail; it is the one that is nearest to passing.</summary>
    NearestToPassing,

    /// <summary>There is no threshold; it is the first of the ladder.</summary>
    FirstOfLadder,

    /// <summary>It is a packed model that was given; nothing was quantized.</summary>
    Given,
}

/// <summary>What both models take.</summary>
/// <param name="DenseFiles">Bytes of the dense model's files.</param>
/// <param name="PackedFiles">Bytes of the packed model's files.</param>
/// <param name="DenseWeights">Bytes of weights that the dense model has in memory.</param>
/// <param name="PackedWeights">The same of the packed model.</param>
/// <param name="DensePeak">The most memory that the process grew by with the dense model, at the most requests together.</param>
/// <param name="PackedPeak">The same of the packed model.</param>
/// <param name="DenseBytesPerToken">Bytes of weights that a decoded token reads.</param>
/// <param name="PackedBytesPerToken">The same of the packed model.</param>
public sealed record SizeFigures(
    long DenseFiles, long PackedFiles, long DenseWeights, long PackedWeights, long DensePeak, long PackedPeak, long DenseBytesPerToken,
    long PackedBytesPerToken);

/// <summary>How fast both models are: measured in one run, in turns.</summary>
/// <param name="Rounds">How often.</param>
/// <param name="PromptTokens">Tokens of a prompt.</param>
/// <param name="DecodedTokens">Tokens that each request then writes.</param>
/// <param name="Dense">The dense model.</param>
/// <param name="Packed">The packed model.</param>
/// <param name="DecodeRatio">Packed over dense, tokens a second of one request, of each round.</param>
/// <param name="PrefillRatio">The same of prompts.</param>
public sealed record SpeedFigures(
    int Rounds, int PromptTokens, int DecodedTokens, ModelSpeed Dense, ModelSpeed Packed, Spread DecodeRatio, Spread PrefillRatio)
{
    /// <summary>At each number of requests together, the packed model over the dense one; none in results of versions that did not say.</summary>
    public IReadOnlyList<LoadRatio> Ratios { get => field ?? []; init; } = [];

    /// <summary>Tokens of prompts a second, packed over dense: the median of the rounds, with a 99 % interval.</summary>
    public Estimate? PromptRatio { get; init; }

    /// <summary>Whether the files of the two models are the same, so that no difference between them is one of the models.</summary>
    public bool AreSame { get; init; }
}

/// <summary>The packed model over the dense one, measured in the same rounds: the median of the ratios, with a 99 % interval.</summary>
/// <param name="Requests">Requests together.</param>
/// <param name="TokensPerSecond">Of tokens a second.</param>
/// <param name="TokenSeconds">Of the 95th percentile of the time of a token.</param>
public sealed record LoadRatio(int Requests, Estimate TokensPerSecond, Estimate TokenSeconds);

/// <summary>How fast a model is. Spreads are the median, the least and the greatest of the rounds.</summary>
/// <param name="LoadSeconds">Loading it from the page cache.</param>
/// <param name="FirstTokenSeconds">From a request to its first token.</param>
/// <param name="TokenSeconds">Each token after that, of one request alone.</param>
/// <param name="PrefillTokensPerSecond">Tokens of prompts a second.</param>
/// <param name="Loads">Several requests together.</param>
public sealed record ModelSpeed(
    Spread LoadSeconds, Spread FirstTokenSeconds, TimeQuantiles TokenSeconds, Spread PrefillTokensPerSecond, IReadOnlyList<LoadSpeed> Loads);

/// <summary>Quantiles of times, in seconds.</summary>
/// <param name="Times">How many times.</param>
/// <param name="Median">The median.</param>
/// <param name="P95">What 95 in 100 are at most, with a 95 % interval over rounds.</param>
/// <param name="P99">What 99 in 100 are at most.</param>
public sealed record TimeQuantiles(int Times, double Median, Estimate P95, double P99);

/// <summary>Several requests together.</summary>
/// <param name="Requests">How many.</param>
/// <param name="TokensPerSecond">Tokens a second of all of them.</param>
/// <param name="TokenSeconds">Time between two tokens of a request.</param>
public sealed record LoadSpeed(int Requests, Spread TokensPerSecond, TimeQuantiles TokenSeconds);

/// <summary>Where the two models differ most.</summary>
/// <param name="Slices">Kinds of text, those that stand out first.</param>
/// <param name="Tokens">The tokens that changed most, in context.</param>
/// <param name="Layers">The layers with the largest error, in order.</param>
/// <param name="DenseRepetition">Share of repeated n-grams in what the dense model writes.</param>
/// <param name="PackedRepetition">The same of the packed model.</param>
/// <param name="DenseEmpty">Share of empty answers of the dense model.</param>
/// <param name="PackedEmpty">The same of the packed model.</param>
/// <param name="HalvesNoise">
/// By how much what packing loses (the packed model's loss less the dense one's) differs between two random halves of the test: at most so much in 95 of 100
/// divisions, nats a token.
/// </param>
public sealed record RiskFigures(
    IReadOnlyList<SliceFigures> Slices,
    IReadOnlyList<ChangedToken> Tokens,
    IReadOnlyList<LayerRisk> Layers,
    Estimate DenseRepetition,
    Estimate PackedRepetition,
    Estimate DenseEmpty,
    Estimate PackedEmpty,
    double HalvesNoise)
{
    /// <summary>As <see cref="HalvesNoise"/>, of the top-1 agreement; null in results of versions that did not say.</summary>
    public double? HalvesAgreementNoise { get; init; }

    /// <summary>Positions that changed and are among the one in a hundred that changed most: <see cref="Tokens"/> has at most 40 of them.</summary>
    public int? ChangedTokens { get; init; }

    /// <summary>Layers that have an error: <see cref="Layers"/> has at most ten of them.</summary>
    public int? ChangedLayers { get; init; }
}

/// <summary>A token whose probability changed much.</summary>
/// <param name="Source">The file.</param>
/// <param name="Before">The text before it.</param>
/// <param name="Token">Its text.</param>
/// <param name="After">The text after it.</param>
/// <param name="DenseProbability">The dense model's probability of it.</param>
/// <param name="PackedProbability">The packed model's.</param>
/// <param name="DenseChoice">The dense model's most probable token.</param>
/// <param name="PackedChoice">The packed model's.</param>
/// <param name="KlDivergence">KL(dense || packed) there, nats.</param>
public sealed record ChangedToken(
    string Source, string Before, string Token, string After, double DenseProbability, double PackedProbability, string DenseChoice, string PackedChoice,
    double KlDivergence);

/// <summary>A layer.</summary>
/// <param name="Name">Its module path.</param>
/// <param name="RelativeError">
/// The relative error of its outputs on dense inputs of the test text, measured from the packed model.
/// </param>
/// <param name="MoreBits">Bits that were tried for it alone; null where none was.</param>
/// <param name="RelativeErrorThere">Its relative error there.</param>
/// <param name="ExtraBytes">What they would cost.</param>
public sealed record LayerRisk(string Name, double RelativeError, int? MoreBits, double? RelativeErrorThere, long? ExtraBytes);

/// <summary>Both models on a task.</summary>
/// <param name="File">The task's file.</param>
/// <param name="Metric">The metric, as the option names it.</param>
/// <param name="Items">Items that were judged: of the half that no setting was chosen on, or all where a packed model was given.</param>
/// <param name="DenseAccuracy">Share that the dense model has right.</param>
/// <param name="PackedAccuracy">The packed model's.</param>
/// <param name="AccuracyLoss">The difference, dense less packed.</param>
/// <param name="Lost">Items that only the dense model has right.</param>
/// <param name="Gained">Items that only the packed model has right.</param>
/// <param name="PValue">McNemar's exact test.</param>
/// <param name="DenseScore">The mean score of metrics that have one.</param>
/// <param name="PackedScore">The packed model's.</param>
/// <param name="Critical">Critical items, those of both halves: all of them are judged.</param>
/// <param name="CriticalLost">Those of them that only the dense model has right.</param>
/// <param name="Flips">
/// All items that flipped: critical ones first, then those that became wrong; within these those whose numbers, negations or names changed.
/// </param>
/// <param name="Samples">Some others, side by side: at most 12 of those that are neither here nor there.</param>
public sealed record TaskPart(
    string File,
    string Metric,
    int Items,
    Estimate DenseAccuracy,
    Estimate PackedAccuracy,
    Estimate AccuracyLoss,
    int Lost,
    int Gained,
    double PValue,
    Estimate? DenseScore,
    Estimate? PackedScore,
    int Critical,
    int CriticalLost,
    IReadOnlyList<AnswerPair> Flips,
    IReadOnlyList<AnswerPair> Samples)
{
    /// <summary>All items that are as right as before, but whose numbers, negations or names changed; in the order of <see cref="Flips"/>.</summary>
    public IReadOnlyList<AnswerPair> Changed { get => field ?? []; init; } = [];

    /// <summary>The loss of accuracy by tag, as slices: a share of answers, with Newcombe's interval.</summary>
    public IReadOnlyList<SliceFigures> Tags { get => field ?? []; init; } = [];

    /// <summary>How answers were written; null of choices, which nobody writes.</summary>
    public WritingFigures? Writing { get; init; }

    /// <summary>The options of the task that were given, as words of a command line, but for its file and metric.</summary>
    public IReadOnlyList<string> Options { get => field ?? []; init; } = [];
}

/// <summary>Signs of a model that has lost its way, in answers to a task.</summary>
/// <param name="DenseRepetition">Mean share of the dense model's runs of four words that occur earlier in the same answer.</param>
/// <param name="PackedRepetition">The same of the packed model.</param>
/// <param name="DenseEmpty">Share of its answers that are empty.</param>
/// <param name="PackedEmpty">The same of the packed model.</param>
public sealed record WritingFigures(Estimate DenseRepetition, Estimate PackedRepetition, Estimate DenseEmpty, Estimate PackedEmpty);

/// <summary>Both models' answers to an item.</summary>
/// <param name="Id">The item.</param>
/// <param name="Prompt">What was asked, cut where it is long.</param>
/// <param name="Dense">The dense model's answer.</param>
/// <param name="Packed">The packed model's.</param>
/// <param name="DenseIsRight">Whether the dense model's counts as right.</param>
/// <param name="PackedIsRight">Whether the packed model's does.</param>
/// <param name="IsCritical">Whether the item is one in which errors are not allowed.</param>
/// <param name="Numbers">Numbers that changed: <c>-</c> stands before what went, <c>+</c> before what came.</param>
/// <param name="Negations">Negations that changed.</param>
/// <param name="Names">Names that changed.</param>
public sealed record AnswerPair(
    string Id, string Prompt, string Dense, string Packed, bool DenseIsRight, bool PackedIsRight, bool IsCritical,
    IReadOnlyList<string> Numbers, IReadOnlyList<string> Negations, IReadOnlyList<string> Names)
{
    /// <summary>Whether it is of the half that settings are chosen on, and is here because it is critical; the counts of that half leave it out.</summary>
    public bool IsOfChoosingHalf { get; init; }

    /// <summary>What counts as right: accepted texts, or the right choice; none in results of versions that did not say.</summary>
    public IReadOnlyList<string> Expected { get => field ?? []; init; } = [];

    /// <summary>The answers that were given to choose from; none where there were none.</summary>
    public IReadOnlyList<string> Choices { get => field ?? []; init; } = [];
}
