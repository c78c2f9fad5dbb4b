using DecoupleQ.Monitoring.Comparisons;
using DecoupleQ.Monitoring.Entries;
using DecoupleQ.Statistics;

namespace DecoupleQ.Reports.Periods;

/// <summary>A model agrees too little with the one that its answers are compared with.</summary>
/// <param name="Comparison">The two.</param>
/// <param name="Summary">The figures that say so: of all answers, or of a piece of the time.</param>
/// <param name="At">The piece's middle; null for all.</param>
internal sealed record AgreementConcern(ComparisonFigures Comparison, ComparisonSummary Summary, DateTimeOffset? At);

/// <summary>Too many answers are cut, or empty.</summary>
/// <param name="Model">Whose.</param>
/// <param name="Route">What was asked for.</param>
/// <param name="IsEmpty">Whether they are empty; else they were cut.</param>
/// <param name="Share">The share of the route's answers, from 0 to 1.</param>
/// <param name="Baseline">The same in the baseline; null without one, where a limit holds (<see cref="Concerns.MostEmpty"/>).</param>
internal sealed record ShareConcern(string Model, string Route, bool IsEmpty, double Share, double? Baseline);

/// <summary>What figures of a period need attention by themselves, though nothing in the log says so. The limits are those of the alert rules.</summary>
internal static class Concerns
{
    /// <summary>The least top-1 agreement with the model that answers are compared with.</summary>
    public const double LeastAgreement = 0.8;

    /// <summary>The largest share of answers that are cut, where there is no baseline.</summary>
    public const double MostTruncated = 0.5;

    /// <summary>The largest share of answers that are empty, where there is no baseline.</summary>
    public const double MostEmpty = 0.02;

    // Beyond the baseline's share by so much, and not by chance.
    private const double TruncatedMargin = 0.05, EmptyMargin = 0.02, Chance = 0.001;

    // Of fewer answers nothing is concluded, nor of fewer in a piece of the time; of more, the test is as sure.
    private const int FewestAnswers = 50, FewestOfPiece = 20, MostTested = 100_000;

    /// <summary>Comparisons whose whole 95 % interval lies below the limit: over the period, else in its latest piece of which that is so.</summary>
    public static IEnumerable<AgreementConcern> Agreements(PeriodFigures figures)
    {
        foreach (ComparisonFigures comparison in figures.Comparisons)
        {
            if (IsLow(comparison.Summary, FewestAnswers))
            {
                yield return new(comparison, comparison.Summary, null);
            }
            else if (comparison.Summary.Answers >= FewestAnswers
                && comparison.OverTime.LastOrDefault(piece => IsLow(piece.Summary, FewestOfPiece)) is ComparisonPiece piece)
            {
                yield return new(comparison, piece.Summary, piece.Middle);
            }
        }
    }

    /// <summary>Routes whose answers are cut or empty more often than in their baseline, or than the limit where there is none.</summary>
    public static IEnumerable<ShareConcern> Shares(PeriodFigures figures)
    {
        foreach (ModelFigures model in figures.Models)
        {
            foreach ((string route, AnswerFigures answers) in model.Routes.Where(route => route.Value.Answers >= FewestAnswers))
            {
                BaselineEntry? baseline = model.Baselines.GetValueOrDefault(route);
                foreach ((bool isEmpty, string signal, double share, double most, double margin) in ((bool, string, double, double, double)[])
                [
                    (true, "empty", answers.Empty, MostEmpty, EmptyMargin), (false, "truncated", answers.Truncated, MostTruncated, TruncatedMargin),
                ])
                {
                    double? before = baseline?.Means.TryGetValue(signal, out double mean) == true ? mean : null;
                    if (before is double was ? share >= was + margin && IsMore(was, baseline!.Answers, share, answers.Answers) : share > most)
                    {
                        yield return new(model.Name, route, isEmpty, share, before);
                    }
                }
            }
        }
    }

    private static bool IsLow(ComparisonSummary summary, int fewest) => summary.Answers >= fewest && summary.Agreement.High < LeastAgreement;

    private static bool IsMore(double before, int of, double share, long answers)
    {
        int tested = (int)Math.Min(answers, MostTested);
        of = Math.Min(of, MostTested);
        return FisherExactTest.PValueOfMore(Count(before, of), of, Count(share, tested), tested) < Chance;

        static int Count(double share, int of) => Math.Clamp((int)Math.Round(share * of), 0, of);
    }
}
