using System.Text.Json.Serialization;
using DecoupleQ.Generation;
using DecoupleQ.Generation.Sampling;
using DecoupleQ.Tokenization;

namespace DecoupleQ.Cli.Json;

/// <summary>What <c>generate --json</c> prints.</summary>
/// <param name="Text">What was generated, without the prompt.</param>
/// <param name="Ids">The generated ids.</param>
/// <param name="Tokens">Number of generated ids.</param>
/// <param name="PromptTokens">Ids of the prompt, a leading id included.</param>
/// <param name="ReusedTokens">Of the prompt's ids, how many an earlier turn of the conversation had run already.</param>
/// <param name="FinishReason">endToken, stopText, maxTokens or contextFull.</param>
/// <param name="PrefillTokensPerSecond">Prompt tokens a second.</param>
/// <param name="DecodeTokensPerSecond">Generated tokens a second after the first.</param>
/// <param name="Seed">The seed of the draws; absent where none were drawn.</param>
/// <param name="LogProbabilities">Of each id, where they were asked for.</param>
internal sealed record GenerateDocument(
    string Text,
    IReadOnlyList<int> Ids,
    int Tokens,
    int PromptTokens,
    int ReusedTokens,
    string FinishReason,
    double PrefillTokensPerSecond,
    double DecodeTokensPerSecond,
    ulong? Seed,
    [property: JsonPropertyName("logprobs")] IReadOnlyList<GenerateDocument.ChosenToken>? LogProbabilities)
{
    /// <param name="result">The text.</param>
    /// <param name="tokenizer">What made it.</param>
    public static GenerateDocument From(GenerationResult result, Tokenizer tokenizer) => new(
        result.Text,
        result.Ids,
        result.Ids.Count,
        result.PromptTokens,
        result.ReusedTokens,
        Name(result.FinishReason),
        result.PrefillTokensPerSecond,
        result.DecodeTokensPerSecond,
        result.Seed,
        result.LogProbabilities is null ? null : [.. result.LogProbabilities.Select(token => ChosenToken.From(token, tokenizer))]);

    private static string Name(FinishReason reason) => System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(reason.ToString());

    /// <summary>A token that was chosen.</summary>
    /// <param name="Id">Its id.</param>
    /// <param name="Token">As the vocabulary spells it.</param>
    /// <param name="LogProbability">The natural logarithm of the probability that the model gave it.</param>
    /// <param name="Best">The most probable tokens in its place.</param>
    public sealed record ChosenToken(
        int Id, string? Token, [property: JsonPropertyName("logprob")] double LogProbability, IReadOnlyList<LikelyToken> Best)
    {
        public static ChosenToken From(TokenLogProbabilities token, Tokenizer tokenizer) => new(
            token.Id,
            tokenizer.TokenOf(token.Id),
            token.LogProbability,
            [.. token.Best.Select(best => new LikelyToken(best.Id, tokenizer.TokenOf(best.Id), best.LogProbability))]);
    }

    /// <summary>A token that might have been chosen; as <see cref="ChosenToken"/>.</summary>
    public sealed record LikelyToken(int Id, string? Token, [property: JsonPropertyName("logprob")] double LogProbability);
}
