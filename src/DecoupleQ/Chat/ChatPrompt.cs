using DecoupleQ.Tokenization;

namespace DecoupleQ.Chat;

/// <summary>A conversation as the model reads it.</summary>
/// <param name="Text">The whole text, equal to what transformers makes of the same template.</param>
/// <param name="Given">
/// Stretches of the text that come from the conversation (or tools, or variables) and not from the template, in order. Control tokens count
/// only outside them: what a user types stays text.
/// </param>
public sealed record ChatPrompt(string Text, IReadOnlyList<Range> Given)
{
    /// <summary>The ids of the prompt: control tokens where the template wrote them, text where the conversation did.</summary>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public IReadOnlyList<int> Encode(Tokenizer tokenizer, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        return tokenizer.Encode(Text, Given, cancellationToken);
    }
}
