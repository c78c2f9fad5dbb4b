using DecoupleQ.Tensors;

namespace DecoupleQ.Evaluation;

/// <summary>What is evaluated.</summary>
public sealed record EvaluationOptions
{
    /// <summary>What <see cref="MaxWindows"/> may be.</summary>
    public static OptionRange<int> MaxWindowsRange { get; } = OptionRange.Whole(1);

    /// <summary>Ids in a window, at least 2; null for min(2048, the model's context).</summary>
    public int? Context { get; init; }

    /// <summary>Evaluate only this many windows from the start, at least 1; null for all.</summary>
    public int? MaxWindows { get; init; }

    /// <summary>How keys and values are kept. Default <see cref="KeyValueFormat.F32"/>, so that figures of models are of their weights alone.</summary>
    public KeyValueFormat KeyValues { get; init; } = KeyValueFormat.F32;

    /// <summary>Told of each window what was measured at each of its positions, before the progress is; null for nobody.</summary>
    public Action<WindowMeasurement>? OnWindow { get; init; }
}

/// <summary>What was measured.</summary>
/// <param name="Perplexity">exp of the mean negative log-likelihood of all predicted ids.</param>
/// <param name="Tokens">Predicted positions.</param>
/// <param name="Windows">Windows evaluated.</param>
/// <param name="Context">Ids in a window.</param>
/// <param name="KlDivergence">KL(reference || model) in nats, mean over all predicted positions; null without a reference.</param>
/// <param name="Top1Agreement">Share of predicted positions where both have the same most probable id; null without a reference.</param>
/// <param name="ReferencePerplexity">Perplexity of the reference on the same windows; null without a reference.</param>
/// <param name="Elapsed">Time taken, loading excluded.</param>
public sealed record EvaluationResult(
    double Perplexity,
    long Tokens,
    int Windows,
    int Context,
    double? KlDivergence,
    double? Top1Agreement,
    double? ReferencePerplexity,
    TimeSpan Elapsed);

/// <summary>How far an evaluation is.</summary>
/// <param name="Windows">Windows done.</param>
/// <param name="TotalWindows">Windows in all.</param>
/// <param name="Perplexity">Perplexity so far.</param>
public sealed record EvaluationProgress(int Windows, int TotalWindows, double Perplexity);
