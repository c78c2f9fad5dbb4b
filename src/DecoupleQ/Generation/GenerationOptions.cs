using System.Collections.ObjectModel;
using DecoupleQ.Generation.Sampling;
using DecoupleQ.Models;
using DecoupleQ.Tokenization;

namespace DecoupleQ.Generation;

/// <summary>How a text is continued.</summary>
/// <remarks>
/// What is null is taken from the model's <c>generation_config.json</c> if that says <c>do_sample: true</c> (<c>temperature</c>, 1 if it names none,
/// <c>top_k</c>, <c>top_p</c>, <c>min_p</c>, <c>typical_p</c>, <c>repetition_penalty</c>); else the best token is taken each time, unless a temperature is
/// given. The file's lengths (<c>max_length</c>, <c>max_new_tokens</c>) and everything else in it but the end ids have no effect.
/// </remarks>
public sealed record GenerationOptions
{
    /// <summary>The most tokens to generate, at least 1. Default 128.</summary>
    public int MaxTokens { get; init; } = 128;

    /// <summary>0 takes the most probable token each time (greedy); above 0 the logits are divided by it and a token is drawn.</summary>
    public double? Temperature { get; init; }

    /// <summary>Draw among this many most probable tokens only; 0 for all. Needs a temperature.</summary>
    public int? TopK { get; init; }

    /// <summary>Draw among the most probable tokens that together reach this probability, in (0, 1]; 1 for all. Needs a temperature.</summary>
    public double? TopP { get; init; }

    /// <summary>Draw among the tokens that are at least this many times as probable as the best, in [0, 1]; 0 for all. Needs a temperature.</summary>
    public double? MinP { get; init; }

    /// <summary>
    /// Draw among the tokens whose information is nearest to the entropy and that together reach this probability, in (0, 1]; 1 for all. Needs a temperature.
    /// </summary>
    public double? TypicalP { get; init; }

    /// <summary>Divides positive logits of tokens of the prompt and the answer, and multiplies negative ones, 0.001 to 1000; 1 for none.</summary>
    public double? RepetitionPenalty { get; init; }

    /// <summary>Taken from a token's logit for each time that the answer holds it, in [-2, 2]. Default 0.</summary>
    public double FrequencyPenalty { get; init; }

    /// <summary>Taken from the logits of tokens that the answer holds, in [-2, 2]. Default 0.</summary>
    public double PresencePenalty { get; init; }

    /// <summary>Added to the logits of tokens, by id, each in [-100, 100].</summary>
    public IReadOnlyDictionary<int, double> LogitBias { get; init; } = ReadOnlyDictionary<int, double>.Empty;

    /// <summary>What says before each token which ones may come, such as a grammar; null (the default) for all.</summary>
    public ITokenConstraint? Constraint { get; init; }

    /// <summary>Seed of the draws; null (the default) for one that is drawn, and reported in <see cref="GenerationResult.Seed"/>.</summary>
    public ulong? Seed { get; init; }

    /// <summary>
    /// Of how many of the most probable tokens log-probabilities are given beside the generated one's, from 0 to 20; null (the default) for none at all.
    /// </summary>
    public int? LogProbabilities { get; init; }

    /// <summary>Whether <see cref="GenerationResult.Signals"/> are measured: one more look at each token's logits. Default: no.</summary>
    public bool Signals { get; init; }

    /// <summary>
    /// Texts that end the generation; they and what follows are not returned. One that spells a special token is matched by its id, as such tokens are not part
    /// of the text.
    /// </summary>
    public IReadOnlyList<string> Stop { get; init; } = [];

    /// <summary>Ids that end the generation, beside those of the model.</summary>
    public IReadOnlyList<int> EndIds { get; init; } = [];

    /// <summary>Whether special tokens in the prompt are recognised. Default: they are plain text.</summary>
    public SpecialTokens SpecialTokens { get; init; } = SpecialTokens.AsText;

    /// <summary>How keys and values are kept; null for the model's choice, <see cref="Models.LanguageModelOptions.KeyValues"/>.</summary>
    public Tensors.KeyValueFormat? KeyValues { get; init; }

    /// <summary>
    /// How the text goes through quantized weights. Default <see cref="ProductArithmetic.Rounded"/>; <see cref="ProductArithmetic.Float32"/>, which is slower,
    /// for answers that are compared with another model's.
    /// </summary>
    public ProductArithmetic Products { get; init; } = ProductArithmetic.Rounded;
}

/// <summary>Why a generation ended.</summary>
public enum FinishReason
{
    /// <summary>The model produced one of its end tokens.</summary>
    EndToken,

    /// <summary>A stop text appeared, or the special token that one spells.</summary>
    StopText,

    /// <summary><see cref="GenerationOptions.MaxTokens"/> was reached.</summary>
    MaxTokens,

    /// <summary>The model's context is full.</summary>
    ContextFull,
}

/// <summary>A finished generation.</summary>
/// <param name="Text">What was generated, without the prompt.</param>
/// <param name="Ids">The generated ids, the token included that ended it, if one did.</param>
/// <param name="PromptTokens">Ids of the prompt, a leading id included.</param>
/// <param name="FinishReason">Why it ended.</param>
/// <param name="PrefillTime">Time from the start to the logits of the prompt's last token.</param>
/// <param name="DecodeTime">Time from then to the last token.</param>
public sealed record GenerationResult(
    string Text,
    IReadOnlyList<int> Ids,
    int PromptTokens,
    FinishReason FinishReason,
    TimeSpan PrefillTime,
    TimeSpan DecodeTime)
{
    /// <summary>Of the prompt's ids, how many were still there from an earlier turn of a conversation and were not run again.</summary>
    public int ReusedTokens { get; init; }

    /// <summary>The seed of the draws, which gives the same tokens again; null where none were drawn.</summary>
    public ulong? Seed { get; init; }

    /// <summary>Of each id of <see cref="Ids"/> the log-probability, if they were asked for.</summary>
    public IReadOnlyList<TokenLogProbabilities>? LogProbabilities { get; init; }

    /// <summary>How sure the model was and how much it repeated itself, if that was asked for.</summary>
    public AnswerSignals? Signals { get; init; }

    /// <summary>Prompt tokens a second, of those that were run.</summary>
    public double PrefillTokensPerSecond => (PromptTokens - ReusedTokens) / PrefillTime.TotalSeconds;

    /// <summary>Tokens a second after the first generated one, which the prefill yields; 0 if there was no other.</summary>
    public double DecodeTokensPerSecond => Ids.Count > 1 ? (Ids.Count - 1) / DecodeTime.TotalSeconds : 0;
}
