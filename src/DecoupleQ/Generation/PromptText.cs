using DecoupleQ.Models;
using DecoupleQ.Storage;
using DecoupleQ.Tokenization;
using DecoupleQ.Tokenization.Streaming;

namespace DecoupleQ.Generation;

/// <summary>Encodes prompts, no further than the model's context: of a text that cannot fit, the rest is not looked at.</summary>
internal static class PromptText
{
    /// <summary>The ids of a prompt.</summary>
    /// <param name="model">The model.</param>
    /// <param name="text">The prompt.</param>
    /// <param name="special">What becomes of control tokens in it.</param>
    /// <param name="what">What it is, for errors: "prompt".</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="DecoupleQException">It has many more ids than the model's context.</exception>
    public static IReadOnlyList<int> Encode(LanguageModel model, string text, SpecialTokens special, string what, CancellationToken cancellationToken) =>
        Encode(model, StringPieces.Of(text), model.Tokenizer.BeginEncoding(special, cancellationToken), what);

    /// <summary>The ids of a prompt with control tokens recognized, except in stretches that are plain.</summary>
    /// <inheritdoc cref="Encode(LanguageModel, string, SpecialTokens, string, CancellationToken)"/>
    /// <param name="model">The model.</param>
    /// <param name="text">The prompt.</param>
    /// <param name="plain">As in <see cref="Tokenizer.Encode(string, IReadOnlyList{Range}, CancellationToken)"/>.</param>
    /// <param name="what">What it is.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public static IReadOnlyList<int> Encode(LanguageModel model, string text, IReadOnlyList<Range> plain, string what, CancellationToken cancellationToken) =>
        Encode(model, StringPieces.Of(text), model.Tokenizer.BeginEncoding(text, plain, cancellationToken), what);

    /// <summary>The ids of a prompt that is read in pieces.</summary>
    /// <inheritdoc cref="Encode(LanguageModel, string, SpecialTokens, string, CancellationToken)"/>
    /// <exception cref="DecoupleQException">It has many more ids than the model's context, or a long stretch that the tokenizer cannot cut.</exception>
    public static IReadOnlyList<int> Encode(
        LanguageModel model, IEnumerable<ReadOnlyMemory<char>> text, SpecialTokens special, string what, CancellationToken cancellationToken)
    {
        TextEncoder encoder = model.Tokenizer.BeginEncoding(special, cancellationToken);
        encoder.MostHeld = TextIds.LongestStretch;
        return Encode(model, text, encoder, what);
    }

    private static List<int> Encode(LanguageModel model, IEnumerable<ReadOnlyMemory<char>> text, TextEncoder encoder, string what)
    {
        encoder.MostIds = model.ContextLength;
        var ids = new List<int>();
        try
        {
            foreach (ReadOnlyMemory<char> piece in text)
            {
                // One that is only a little too long is encoded to its end, to say how long it is.
                if (ids.Count > model.ContextLength)
                {
                    throw new EnoughIdsException(ids.Count);
                }
                ids.AddRange(encoder.Append(piece.Span));
            }
            ids.AddRange(encoder.Finish());
            return ids;
        }
        catch (DecoupleQException error) when (error.File is null && error.Field is null)
        {
            throw error.Of(what);
        }
        catch (EnoughIdsException enough)
        {
            throw TooLong(what, $"{enough.Ids} tokens and more", model.ContextLength);
        }
    }

    /// <summary>The error of a prompt that is too long.</summary>
    /// <param name="what">What it is: "prompt".</param>
    /// <param name="length">How long it is.</param>
    /// <param name="context">The model's context, in tokens.</param>
    public static DecoupleQException TooLong(string what, string length, int context) =>
        new($"The {what} has {length}, but the model's context is {context}.", field: what, expected: $"a shorter {what}");
}
