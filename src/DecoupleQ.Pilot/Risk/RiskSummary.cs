using DecoupleQ.Pilot.Quality;
using DecoupleQ.Pilot.Results;
using DecoupleQ.Pilot.Slices;
using DecoupleQ.Pilot.TestData;
using DecoupleQ.Tokenization;

namespace DecoupleQ.Pilot.Risk;

/// <summary>Where two models differ most, put together from what was measured.</summary>
public static class RiskSummary
{
    /// <summary>The most layers that are named.</summary>
    public const int MostLayers = 10;

    /// <summary>Puts it together: the same measurements give the same figures.</summary>
    /// <param name="windows">The half of the test that is judged on.</param>
    /// <param name="figures">What was measured on each window, in the same order.</param>
    /// <param name="tokenizer">The models'.</param>
    /// <param name="continuations">What both models wrote.</param>
    /// <param name="layers">The layers, those with the largest error first; of these, such as have an error are named.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="ArgumentException">The figures are those of other windows.</exception>
    public static RiskFigures Of(
        IReadOnlyList<TestWindow> windows,
        IReadOnlyList<WindowFigures> figures,
        Tokenizer tokenizer,
        IReadOnlyList<ContinuationPair> continuations,
        IReadOnlyList<LayerRisk> layers,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(continuations);
        ArgumentNullException.ThrowIfNull(layers);
        Continuation[] dense = [.. continuations.Select(pair => pair.Dense)], packed = [.. continuations.Select(pair => pair.Packed)];
        return new RiskFigures(
            SliceComparison.Of(WindowSlices.Items(windows, figures), cancellationToken: cancellationToken),
            ChangedTokens.Of(windows, figures, tokenizer),
            [.. layers.Where(layer => layer.RelativeError > 0).Take(MostLayers)],
            Continuations.Repetition(dense),
            Continuations.Repetition(packed),
            Continuations.Empty(dense),
            Continuations.Empty(packed),
            HalvesNoise.Of(figures))
        {
            HalvesAgreementNoise = HalvesNoise.OfAgreement(figures),
            ChangedTokens = Risk.ChangedTokens.InAll(figures),
            ChangedLayers = layers.Count(layer => layer.RelativeError > 0),
        };
    }
}
