using DecoupleQ.Pilot.Costs;
using DecoupleQ.Pilot.Jobs;
using DecoupleQ.Pilot.Results;
using DecoupleQ.Reports.Wording;

namespace DecoupleQ.Reports.Pilots;

/// <summary>A result, and how it is told: what every part of the page is made from.</summary>
public sealed class PilotView
{
    /// <param name="result">What was found.</param>
    /// <param name="words">In which language it is told.</param>
    public PilotView(PilotResult result, PilotWords words)
    {
        ArgumentNullException.ThrowIfNull(result);
        Result = result;
        Phrases = new Phrases(words);
        if (result.Cost is not null)
        {
            try
            {
                // Reckoned here from what they follow from, so that the page never differs from its assumptions.
                CostInputs = PilotCosts.Read(result, "cost");
                Costs = CostFigures.Of(CostInputs);
            }
            catch (DecoupleQException e)
            {
                CostFault = e.Message;
            }
        }
    }

    /// <summary>What was found.</summary>
    public PilotResult Result { get; }

    /// <summary>What is said of it.</summary>
    public Phrases Phrases { get; }

    /// <summary>What costs follow from; null where there are none.</summary>
    public CostInputs? CostInputs { get; }

    /// <summary>Costs; null where there are none.</summary>
    public CostFigures? Costs { get; }

    /// <summary>Whether there is a cost to be drawn: a model that cannot be served has none.</summary>
    public bool HasCostPlot => Costs is CostFigures costs && (costs.Dense.CostPerMonth ?? costs.Packed.CostPerMonth) is not null;

    /// <summary>Why costs that are there cannot be reckoned.</summary>
    public string? CostFault { get; }

    /// <summary>Whether the quantized model cannot be told from the dense one.</summary>
    public bool IsSame => Result.Chosen is ChosenResult chosen && HasSameQuality(chosen.Quality)
        && chosen.Tasks.All(task => task.Lost == 0 && task.Gained == 0) && !chosen.Risk.Slices.Any(slice => slice.StandsOut);

    /// <summary>Whether no figure of quality differs.</summary>
    public static bool HasSameQuality(QualityFigures quality)
    {
        ArgumentNullException.ThrowIfNull(quality);
        return quality.KlDivergence.Value == 0 && quality.PerplexityIncrease.Value == 0 && quality.Agreement.Value == 1;
    }
}
