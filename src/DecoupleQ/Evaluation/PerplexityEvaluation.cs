using DecoupleQ.Models;

namespace DecoupleQ.Evaluation;

/// <summary>What is evaluated.</summary>
public sealed record EvaluationOptions
{
    /// <summary>Ids in a window; null for min(2048, the model's context).</summary>
    public int? Context { get; init; }

    /// <summary>Evaluate only this many windows from the start; null for all.</summary>
    public int? MaxWindows { get; init; }
}

/// <summary>What was measured.</summary>
/// <param name="Perplexity">exp of the mean negative log-likelihood of all predicted ids.</param>
/// <param name="Tokens">Predicted positions.</param>
/// <param name="Windows">Windows evaluated.</param>
/// <param name="Context">Ids in a window.</param>
/// <param name="KlDivergence">KL(reference || model) in nats, mean over all predicted positions; null without a reference.</param>
/// <param name="Top1Agreement">Share of predicted positions where both have the same most probable id; null without a reference.</param>
/// <param name="Elapsed">Time taken, loading excluded.</param>
public sealed record EvaluationResult(
    double Perplexity,
    long Tokens,
    int Windows,
    int Context,
    double? KlDivergence,
    double? Top1Agreement,
    TimeSpan Elapsed);

/// <summary>How far an evaluation is.</summary>
/// <param name="Windows">Windows done.</param>
/// <param name="TotalWindows">Windows in all.</param>
/// <param name="Perplexity">Perplexity so far.</param>
public sealed record EvaluationProgress(int Windows, int TotalWindows, double Perplexity);

/// <summary>
/// Perplexity over non-overlapping windows: the whole text is encoded, a beginning-of-sequence id is put before it if the tokenizer adds one,
/// and each complete window of <c>context</c> ids predicts its ids 2 to context.
/// </summary>
public static class PerplexityEvaluation
{
    /// <summary>Evaluates <paramref name="model"/> on <paramref name="text"/>.</summary>
    /// <param name="model">The model.</param>
    /// <param name="text">The text.</param>
    /// <param name="options">Window size and count.</param>
    /// <param name="reference">A model with the same vocabulary, to compare the predicted distributions with.</param>
    /// <param name="progress">Told after each window.</param>
    /// <param name="cancellationToken">Ends the evaluation between windows.</param>
    /// <exception cref="DecoupleQException">The text is shorter than one window, the context is longer than the model's, or the vocabularies differ.</exception>
    public static EvaluationResult Measure(
        LanguageModel model,
        string text,
        EvaluationOptions? options = null,
        LanguageModel? reference = null,
        IProgress<EvaluationProgress>? progress = null,
        CancellationToken cancellationToken = default) => throw new NotImplementedException();
}
