using DecoupleQ.Evaluation;

namespace DecoupleQ.Cli.Json;

/// <summary>What <c>eval --json</c> prints.</summary>
/// <param name="Perplexity">exp of the mean negative log-likelihood; with <c>--exact</c> that of the weights dequantized to float32.</param>
/// <param name="Tokens">Predicted positions.</param>
/// <param name="Windows">Windows evaluated.</param>
/// <param name="Context">Ids in a window.</param>
/// <param name="Seconds">Time taken, loading excluded.</param>
/// <param name="KlDivergence">KL(dense || model) in nats; absent without <c>--against</c>.</param>
/// <param name="Top1Agreement">Share of positions with the same most probable id, 0 to 1; absent without <c>--against</c>.</param>
/// <param name="ReferencePerplexity">Perplexity of the dense model on the same windows; absent without <c>--against</c>.</param>
/// <param name="PackedPerplexity">Perplexity with the packed kernels; only with <c>--exact</c>.</param>
/// <param name="RelativeDifference">|packed - exact| / exact; only with <c>--exact</c>.</param>
/// <param name="Gates">Each threshold given; absent without one.</param>
internal sealed record EvalDocument(
    double Perplexity,
    long Tokens,
    int Windows,
    int Context,
    double Seconds,
    double? KlDivergence,
    double? Top1Agreement,
    double? ReferencePerplexity,
    double? PackedPerplexity,
    double? RelativeDifference,
    IReadOnlyList<EvalDocument.Gate>? Gates)
{
    internal sealed record Gate(string Option, double Limit, double Measured, bool Passed);
}
