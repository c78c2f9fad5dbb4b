using System.Diagnostics;
using DecoupleQ.Models;
using DecoupleQ.Tokenization;

namespace DecoupleQ.Generation;

/// <summary>Generates token by token.</summary>
/// <param name="model">The model.</param>
/// <param name="options">Sampling and limits.</param>
/// <param name="endIds">The ids that end the generation.</param>
internal sealed class TokenLoop(LanguageModel model, GenerationOptions options, IReadOnlySet<int> endIds)
{
    private readonly Sampler _sampler = new(options);

    /// <summary>The ids of a prompt with the model's beginning-of-sequence id before them, if it has one.</summary>
    /// <param name="model">The model.</param>
    /// <param name="ids">The ids; those that begin with it do not get a second one.</param>
    /// <param name="what">What the prompt is, for errors: "prompt".</param>
    /// <exception cref="DecoupleQException">There are none, or more than the model's context holds.</exception>
    public static int[] Prompt(LanguageModel model, IReadOnlyList<int> ids, string what)
    {
        int[] all = model.Tokenizer.LeadingId is int leading && (ids.Count == 0 || ids[0] != leading) ? [leading, .. ids] : [.. ids];
        if (all.Length == 0)
        {
            throw new DecoupleQException($"The {what} is empty.", field: what, expected: "some text");
        }
        if (all.Length > model.ContextLength)
        {
            throw new DecoupleQException(
                $"The {what} has {all.Length} tokens, but the model's context is {model.ContextLength}.", field: what, expected: $"a shorter {what}");
        }
        return all;
    }

    /// <summary>Continues a prompt.</summary>
    /// <param name="sequence">What it is run in: it holds nothing yet, or the start of another text, of which it keeps what the two have in common.</param>
    /// <param name="prompt">Ids of the prompt, at least one.</param>
    /// <param name="onText">Called with each new piece of text as soon as it is certain.</param>
    /// <param name="cancellationToken">Ends the generation between two tokens.</param>
    public GenerationResult Run(Sequence sequence, int[] prompt, Action<string>? onText, CancellationToken cancellationToken)
    {
        var decoder = new TokenStream(model.Tokenizer, prompt);
        var stops = new StopTexts(options.Stop);
        var generated = new List<int>();

        long start = Stopwatch.GetTimestamp();
        int reused = sequence.KeepCommonPrefix(prompt);
        ReadOnlySpan<float> logits = sequence.Append(prompt.AsSpan(reused), cancellationToken);
        TimeSpan prefill = Stopwatch.GetElapsedTime(start);
        start = Stopwatch.GetTimestamp();
        FinishReason? finish = null;
        while (finish is null)
        {
            // Rows of the head beyond the tokenizer's ids stand for nothing.
            int id = _sampler.Next(logits[..model.Tokenizer.VocabularySize]);
            generated.Add(id);
            if (endIds.Contains(id))
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
            else if (sequence.Length == sequence.MaxLength)
            {
                finish = FinishReason.ContextFull;
            }
            else
            {
                logits = sequence.Decode(id, cancellationToken);
            }
        }
        if (!stops.Stopped)
        {
            Show(stops.Push(decoder.Flush()));
            Show(stops.Finish());
        }
        return new GenerationResult(stops.Text, generated, prompt.Length, finish.Value, prefill, Stopwatch.GetElapsedTime(start)) { ReusedTokens = reused };

        void Show(string text)
        {
            if (text.Length > 0)
            {
                onText?.Invoke(text);
            }
        }
    }
}
