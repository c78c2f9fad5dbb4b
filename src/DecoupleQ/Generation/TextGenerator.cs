using DecoupleQ.Models;

namespace DecoupleQ.Generation;

/// <summary>Continues texts with a language model.</summary>
/// <param name="model">The model; it is not disposed.</param>
public sealed class TextGenerator(LanguageModel model)
{
    /// <summary>Continues <paramref name="prompt"/>.</summary>
    /// <param name="prompt">The text; the model's beginning-of-sequence token, if it has one, is put before it.</param>
    /// <param name="options">Sampling and limits; greedy, 128 tokens if null.</param>
    /// <param name="onText">Called with each new piece of text as soon as it is certain.</param>
    /// <param name="cancellationToken">Ends the generation between two tokens.</param>
    /// <exception cref="DecoupleQException">The prompt is empty or does not fit the model's context, or an option is out of its range.</exception>
    public GenerationResult Generate(string prompt, GenerationOptions? options = null, Action<string>? onText = null, CancellationToken cancellationToken = default)
    {
        options ??= new();
        var loop = new TokenLoop(model, options, model.EndIds);
        int[] ids = TokenLoop.Prompt(model, model.Tokenizer.Encode(prompt, options.SpecialTokens), "prompt");
        using Sequence sequence = model.Begin(new() { Length = Math.Min(model.ContextLength, ids.Length + options.MaxTokens) });
        return loop.Run(sequence, ids, onText, cancellationToken);
    }
}
