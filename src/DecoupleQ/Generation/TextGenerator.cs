using System.Diagnostics;
using DecoupleQ.Models;
using DecoupleQ.Tokenization;

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
        var sampler = new Sampler(options);
        int[] promptIds = Encode(prompt, options.SpecialTokens);
        var decoder = new TokenStream(model.Tokenizer, promptIds);
        var stops = new StopTexts(options.Stop);
        var sequence = new Sequence(model);
        var generated = new List<int>();

        long start = Stopwatch.GetTimestamp();
        ReadOnlySpan<float> logits = sequence.Append(promptIds, cancellationToken);
        TimeSpan prefill = Stopwatch.GetElapsedTime(start);
        start = Stopwatch.GetTimestamp();
        FinishReason? finish = null;
        while (finish is null)
        {
            // Rows of the head beyond the tokenizer's ids stand for nothing.
            int id = sampler.Next(logits[..model.Tokenizer.VocabularySize]);
            generated.Add(id);
            if (model.EndIds.Contains(id))
            {
                finish = FinishReason.EndToken;
                break;
            }
            Show(stops.Push(decoder.Push(id)));
            if (stops.Stopped)
            {
                finish = FinishReason.StopText;
            }
            else if (generated.Count == options.MaxTokens)
            {
                finish = FinishReason.MaxTokens;
            }
            else if (sequence.Length == model.ContextLength)
            {
                finish = FinishReason.ContextFull;
            }
            else
            {
                logits = sequence.Append([id], cancellationToken);
            }
        }
        if (!stops.Stopped)
        {
            Show(stops.Push(decoder.Flush()));
            Show(stops.Finish());
        }
        return new GenerationResult(stops.Text, generated, promptIds.Length, finish.Value, prefill, Stopwatch.GetElapsedTime(start));

        void Show(string text)
        {
            if (text.Length > 0)
            {
                onText?.Invoke(text);
            }
        }
    }

    private int[] Encode(string prompt, SpecialTokens special)
    {
        IReadOnlyList<int> ids = model.Tokenizer.Encode(prompt, special);
        // A prompt that spells its own beginning-of-sequence token does not get a second one.
        int[] all = model.Tokenizer.LeadingId is int leading && (ids.Count == 0 || ids[0] != leading) ? [leading, .. ids] : [.. ids];
        if (all.Length == 0)
        {
            throw new DecoupleQException("The prompt is empty.", field: "prompt", expected: "some text");
        }
        if (all.Length > model.ContextLength)
        {
            throw new DecoupleQException(
                $"The prompt has {all.Length} tokens, but the model's context is {model.ContextLength}.", field: "prompt", expected: "a shorter prompt");
        }
        return all;
    }
}
