using DecoupleQ.Pilot.Ladders;
using DecoupleQ.Pilot.Thresholds;
using DecoupleQ.Statistics;

namespace DecoupleQ.Pilot.Results;

/// <summary>A setting.</summary>
/// <param name="Bits">Bits of a weight.</param>
/// <param name="GroupSize">Inputs that share a scale; -1 per channel.</param>
/// <param name="EmbeddingBits">Bits of the embedding; 16 as stored.</param>
/// <param name="HeadBits">Bits of the head; 16 as stored.</param>
/// <param name="Preset">The preset, as the option names it.</param>
public sealed record SettingResult(int Bits, int GroupSize, int EmbeddingBits, int HeadBits, string Preset);

/// <summary>How a setting of the ladder fared.</summary>
/// <param name="Setting">The setting.</param>
/// <param name="BitsPerWeight">Bits of the whole model over its weights: measured where it was tried, else estimated.</param>
/// <param name="State">Whether it was tried.</param>
/// <param name="RuledOutBy">The setting whose failure ruled it out.</param>
/// <param name="Judgements">What the thresholds say on the half of the test that settings are chosen on.</param>
/// <param name="Verdict">All of them together.</param>
/// <param name="Quality">What was measured there; null where it was not tried.</param>
/// <param name="Bytes">Bytes of the packed tensors.</param>
/// <param name="Seconds">Time that quantizing took.</param>
public sealed record RungResult(
    SettingResult Setting,
    double BitsPerWeight,
    RungState State,
    SettingResult? RuledOutBy,
    IReadOnlyList<JudgementResult> Judgements,
    Verdict? Verdict,
    QualityFigures? Quality,
    long? Bytes,
    double? Seconds);

/// <summary>What a threshold says.</summary>
/// <param name="Threshold">Its name, as the option's.</param>
/// <param name="Limit">Its limit, as written.</param>
/// <param name="Measured">What was measured, in the limit's unit: shares in 1, times in seconds.</param>
/// <param name="Items">Items that this is from.</param>
/// <param name="Verdict">What follows.</param>
/// <param name="Doubt">Of an undecided one: why.</param>
/// <param name="ItemsToDecide">Of an undecided one: about how many items would decide.</param>
public sealed record JudgementResult(string Threshold, string Limit, Estimate Measured, long Items, Verdict Verdict, Doubt? Doubt, long? ItemsToDecide)
{
    /// <summary>What <see cref="Thresholds.Judgement"/> says.</summary>
    public static JudgementResult Of(Judgement judgement)
    {
        ArgumentNullException.ThrowIfNull(judgement);
        return new(
            judgement.Threshold.Kind.Name, judgement.Threshold.Text, judgement.Measured, judgement.Items, judgement.Verdict, judgement.Doubt,
            judgement.ItemsToDecide);
    }
}

/// <summary>Both models on windows of text.</summary>
/// <param name="Windows">Windows.</param>
/// <param name="Tokens">Predicted tokens.</param>
/// <param name="DensePerplexity">The dense model's.</param>
/// <param name="PackedPerplexity">The packed model's.</param>
/// <param name="PerplexityIncrease">What the packed model's is above the dense model's, as a share of that.</param>
/// <param name="KlDivergence">KL(dense || packed), nats a token.</param>
/// <param name="Agreement">Share of positions with the same most probable token.</param>
public sealed record QualityFigures(
    int Windows, long Tokens, Estimate DensePerplexity, Estimate PackedPerplexity, Estimate PerplexityIncrease, Estimate KlDivergence, Estimate Agreement);
