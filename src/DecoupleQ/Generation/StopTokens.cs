using DecoupleQ.Tokenization;

namespace DecoupleQ.Generation;

/// <summary>Special tokens that stop texts spell: as they are no part of the text, they are looked for among the ids.</summary>
internal static class StopTokens
{
    /// <summary>The ids of those of <paramref name="stops"/> that spell a token of which <see cref="Tokenizer.Decode"/> shows nothing.</summary>
    public static HashSet<int> Of(Tokenizer tokenizer, IEnumerable<string> stops) =>
        [.. stops.Select(stop => Hidden(tokenizer, stop)).OfType<int>()];

    private static int? Hidden(Tokenizer tokenizer, string text) =>
        tokenizer.IdOf(text) is int id && tokenizer.Decode([id]).Length == 0 && tokenizer.DecodeWithSpecialTokens([id]) == text ? id : null;
}
