using System.Runtime.CompilerServices;
using DecoupleQ.Models;

namespace DecoupleQ.Generation;

/// <summary>Continues texts with a language model. Safe for any number of threads; texts that are written at the same time share steps.</summary>
/// <param name="model">The model; it is not disposed.</param>
public sealed class TextGenerator(LanguageModel model)
{
    private const string What = "prompt";

    /// <summary>Continues <paramref name="prompt"/>.</summary>
    /// <param name="prompt">The text; the model's beginning-of-sequence token, if it has one, is put before it.</param>
    /// <param name="options">Sampling and limits; the model's own way, 128 tokens if null.</param>
    /// <param name="onText">Called with each new piece of text as soon as it is certain.</param>
    /// <param name="cancellationToken">Ends the generation, also within the prompt.</param>
    /// <exception cref="DecoupleQException">The prompt is empty or does not fit the model's context, or an option is out of its range.</exception>
    /// <exception cref="ObjectDisposedException">The model is disposed.</exception>
    public GenerationResult Generate(
        string prompt, GenerationOptions? options = null, Action<string>? onText = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        options ??= new();
        return Generate(PromptText.Encode(model, prompt, options.SpecialTokens, What, cancellationToken), options, onText, cancellationToken);
    }

    /// <summary>Continues a prompt that is read in pieces, and no further than the model's context.</summary>
    /// <inheritdoc cref="Generate(string, GenerationOptions?, Action{string}?, CancellationToken)"/>
    /// <param name="prompt">
    /// The text in pieces that may end anywhere, such as those of <see cref="TextFile.ReadPieces"/>; the model's beginning-of-sequence token, if it has one, is
    /// put before it.
    /// </param>
    /// <param name="options">Sampling and limits.</param>
    /// <param name="onText">Called with each new piece of text.</param>
    /// <param name="cancellationToken">Ends the generation, also within the prompt.</param>
    /// <exception cref="DecoupleQException">
    /// The prompt is empty, does not fit the model's context or has more than 16 MiB that the tokenizer cannot cut, or an option is out of its range.
    /// </exception>
    public GenerationResult Generate(
        IEnumerable<ReadOnlyMemory<char>> prompt, GenerationOptions? options = null, Action<string>? onText = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        options ??= new();
        return Generate(PromptText.Encode(model, prompt, options.SpecialTokens, What, cancellationToken), options, onText, cancellationToken);
    }

    /// <summary>Continues ids, among which control tokens are what they are.</summary>
    /// <inheritdoc cref="Generate(string, GenerationOptions?, Action{string}?, CancellationToken)"/>
    /// <param name="ids">The prompt's ids; the model's beginning-of-sequence id, if it has one, is put before them unless they begin with it.</param>
    /// <param name="options">Sampling and limits.</param>
    /// <param name="onText">Called with each new piece of text.</param>
    /// <param name="cancellationToken">Ends the generation.</param>
    public GenerationResult Generate(
        IReadOnlyList<int> ids, GenerationOptions? options = null, Action<string>? onText = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(ids);
        var loop = new TokenLoop(model, options ?? new(), model.EndIds);
        int[] prompt = TokenLoop.Prompt(model, ids, What);
        using Sequence sequence = loop.Begin(model, prompt);
        return loop.Run(sequence, prompt, onText, cancellationToken);
    }

    /// <summary>Continues <paramref name="prompt"/> token by token, without blocking a thread.</summary>
    /// <inheritdoc cref="Generate(string, GenerationOptions?, Action{string}?, CancellationToken)"/>
    public IAsyncEnumerable<GeneratedToken> GenerateAsync(string prompt, GenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        options ??= new();
        return GenerateAsync(PromptText.Encode(model, prompt, options.SpecialTokens, What, cancellationToken), options, cancellationToken);
    }

    /// <summary>Continues ids token by token, without blocking a thread.</summary>
    /// <inheritdoc cref="Generate(IReadOnlyList{int}, GenerationOptions?, Action{string}?, CancellationToken)"/>
    public IAsyncEnumerable<GeneratedToken> GenerateAsync(
        IReadOnlyList<int> ids, GenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(ids);
        var loop = new TokenLoop(model, options ?? new(), model.EndIds);
        return StreamAsync(loop, TokenLoop.Prompt(model, ids, What), cancellationToken);
    }

    private async IAsyncEnumerable<GeneratedToken> StreamAsync(TokenLoop loop, int[] prompt, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using Sequence sequence = loop.Begin(model, prompt);
        await foreach (GeneratedToken token in loop.StreamAsync(sequence, prompt, cancellationToken).ConfigureAwait(false))
        {
            yield return token;
        }
    }
}
