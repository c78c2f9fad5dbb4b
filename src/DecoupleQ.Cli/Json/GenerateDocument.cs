using DecoupleQ.Generation;

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
internal sealed record GenerateDocument(
    string Text,
    IReadOnlyList<int> Ids,
    int Tokens,
    int PromptTokens,
    int ReusedTokens,
    string FinishReason,
    double PrefillTokensPerSecond,
    double DecodeTokensPerSecond)
{
    public static GenerateDocument From(GenerationResult result) => new(
        result.Text,
        result.Ids,
        result.Ids.Count,
        result.PromptTokens,
        result.ReusedTokens,
        Name(result.FinishReason),
        result.PrefillTokensPerSecond,
        result.DecodeTokensPerSecond);

    private static string Name(FinishReason reason) => System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(reason.ToString());
}
