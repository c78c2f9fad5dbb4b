using DecoupleQ.Generation;
using DecoupleQ.Serving;

namespace DecoupleQ.Monitoring.Drift;

/// <summary>Texts that a model writes by itself, from nothing: whatever is damaged in it, it finds them less probable. Nobody's prompt is in them.</summary>
public static class OwnTexts
{
    private const int Texts = 8, Tokens = 64;

    /// <summary>Lets a model write eight texts of 64 tokens, or of what its context holds, and scores them.</summary>
    /// <param name="texts">The model.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public static async Task<IReadOnlyList<ReferenceText>> WriteAsync(TextService texts, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        var written = new List<ReferenceText>();
        for (int text = 0; text < Texts; text++)
        {
            // Behind the id that texts begin with, or the one that ends them, a token that each text has to itself.
            int start = texts.Model.Tokenizer.LeadingId ?? texts.Model.EndIds.Order().FirstOrDefault();
            int[] prompt = [start, (int)((long)(text + 1) * texts.Model.Tokenizer.VocabularySize / (Texts + 1))];
            int room = Math.Min(Tokens, texts.Model.ContextLength - prompt.Length);
            var request = new TextRequest
            {
                Options = new() { Temperature = 1, Seed = (ulong)text, MaxTokens = Math.Max(1, room) }, IsWhole = true, Follows = true,
            };
            int[] ids = prompt;
            await foreach (GeneratedToken token in texts.GenerateAsync(prompt, request, cancellationToken).ConfigureAwait(false))
            {
                ids = [.. ids, token.Id];
            }
            written.Add(await SelfCheck.ScoreAsync(texts, ids, cancellationToken).ConfigureAwait(false));
        }
        return written;
    }
}
