using System.CommandLine;
using System.Globalization;
using DecoupleQ.Cli.Json;
using DecoupleQ.Cli.Options;

namespace DecoupleQ.Cli.Commands;

/// <summary>Thresholds that turn an evaluation into a check.</summary>
internal sealed class EvaluationGate
{
    private readonly NumberOption<double> _maxPerplexity = new(
        "--max-perplexity", "Fail unless the perplexity is at most this", OptionRange.Positive);

    private readonly NumberOption<double> _maxKl = new(
        "--max-kl", "Fail unless the KL divergence to DENSE is at most this, in nats", OptionRange.NotNegative);

    private readonly ShareOption _minAgreement = new(
        "--min-agreement", "Fail unless the top-1 agreement with DENSE is at least this share of the tokens, such as 85% or 0.85", oneIsAll: true);

    public IReadOnlyList<Option> Options => [_maxPerplexity, _maxKl, _minAgreement];

    /// <exception cref="UsageException">A threshold needs a reference and there is none.</exception>
    public void RequireReference(ParseResult parse, string? reference)
    {
        foreach (Option<double?> option in (Option<double?>[])[_maxKl, _minAgreement])
        {
            if (reference is null && parse.GetValue(option) is not null)
            {
                throw new UsageException("It compares with a dense model, and none is given.", option.Name, "--against DENSE beside it");
            }
        }
    }

    /// <summary>Each threshold given, held against what was measured; null if none was given.</summary>
    public IReadOnlyList<EvalDocument.Gate>? Check(ParseResult parse, double perplexity, double? klDivergence, double? top1Agreement)
    {
        List<EvalDocument.Gate> gates = [];
        if (parse.GetValue(_maxPerplexity) is double maxPerplexity)
        {
            gates.Add(new(_maxPerplexity.Name, maxPerplexity, perplexity, perplexity <= maxPerplexity));
        }
        if (parse.GetValue(_maxKl) is double maxKl && klDivergence is double kl)
        {
            gates.Add(new(_maxKl.Name, maxKl, kl, kl <= maxKl));
        }
        if (parse.GetValue(_minAgreement) is double minAgreement && top1Agreement is double agreement)
        {
            gates.Add(new(_minAgreement.Name, minAgreement, agreement, agreement >= minAgreement));
        }
        return gates.Count > 0 ? gates : null;
    }

    /// <summary>One line that says by how much a threshold was missed.</summary>
    public static string Failure(EvalDocument.Gate gate) => string.Create(
        CultureInfo.InvariantCulture,
        $"{gate.Option} {gate.Limit:R} is not met: {gate.Measured:0.######}, {Math.Abs(gate.Measured - gate.Limit):0.######} " +
            $"{(gate.Measured < gate.Limit ? "below" : "above")} it");
}
