using DecoupleQ.Monitoring.Comparisons;

namespace DecoupleQ.Reports.Periods;

/// <summary>How far a model's answers are from another's.</summary>
/// <param name="Model">The model.</param>
/// <param name="Reference">The model that it is compared with.</param>
/// <param name="Answers">Answers that were compared.</param>
/// <param name="Sampled">Whether the figures are of a random sample of them, as they are many.</param>
/// <param name="Summary">All together.</param>
/// <param name="OverTime">Piece by piece, those without an answer left out.</param>
public sealed record ComparisonFigures(
    string Model, string Reference, long Answers, bool Sampled, ComparisonSummary Summary, IReadOnlyList<ComparisonPiece> OverTime);

/// <summary>A piece of a period.</summary>
/// <param name="Start">When it begins.</param>
/// <param name="Middle">Its middle.</param>
/// <param name="Summary">The answers in it.</param>
public sealed record ComparisonPiece(DateTimeOffset Start, DateTimeOffset Middle, ComparisonSummary Summary);
