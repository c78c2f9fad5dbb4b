using DecoupleQ.Quantization.Tuning;

namespace DecoupleQ.Cli.Options;

/// <summary><c>--loss divergence|next-token</c>.</summary>
/// <param name="defaultValue">The loss if none is given.</param>
internal sealed class TuningLossOption(TuningLoss defaultValue) : NamedOption<TuningLoss>(
    "--loss",
    "What is trained towards: the dense model's distribution over the next token, or the token that follows in the data",
    [("divergence", TuningLoss.Divergence), ("next-token", TuningLoss.NextToken)],
    defaultValue);
