using System.Runtime.CompilerServices;
using DecoupleQ.Generation.Sampling;
using DecoupleQ.Models;

namespace DecoupleQ.Generation;

/// <summary>Generates token by token.</summary>
internal sealed class TokenLoop
{
    /// <param name="model">The model.</param>
    /// <param name="options">Sampling and limits.</param>
    /// <param name="endIds">The ids that end the generation, those of the options aside.</param>
    /// <exception cref="DecoupleQException">An option is out of its range.</exception>
    public TokenLoop(LanguageModel model, GenerationOptions options, IReadOnlySet<int> endIds)
    {
        Options = options;
        Settings = SamplingResolution.Resolve(options, model.SamplingDefaults, model.Tokenizer.VocabularySize);
        EndIds = [.. endIds, .. options.EndIds];
        StopIds = StopTokens.Of(model.Tokenizer, options.Stop);
    }

    /// <summary>Limits.</summary>
    public GenerationOptions Options { get; }

    /// <summary>How tokens are chosen.</summary>
    public SamplingSettings Settings { get; }

    /// <summary>The ids that end the generation.</summary>
    public HashSet<int> EndIds { get; }

    /// <summary>The ids whose texts are stop texts.</summary>
    public HashSet<int> StopIds { get; }

    /// <summary>
    /// Whether what is written is a text of its own, as an answer is, and not the end of the prompt's: a space that a vocabulary puts before every text is
    /// then not shown at its start.
    /// </summary>
    public bool TextStandsAlone { get; init; }

    /// <summary>The ids of a prompt with the model's beginning-of-sequence id before them, if it has one.</summary>
    /// <param name="model">The model.</param>
    /// <param name="ids">The ids; those that begin with it do not get a second one.</param>
    /// <param name="what">What the prompt is, for errors: "prompt".</param>
    /// <param name="isWhole">Whether nothing is put before the ids.</param>
    /// <exception cref="DecoupleQException">There are none, or so many that the model's context has no place for a token behind them.</exception>
    public static int[] Prompt(LanguageModel model, IReadOnlyList<int> ids, string what, bool isWhole = false)
    {
        int[] all = !isWhole && model.Tokenizer.LeadingId is int leading && (ids.Count == 0 || ids[0] != leading) ? [leading, .. ids] : [.. ids];
        if (all.Length == 0)
        {
            throw new DecoupleQException($"The {what} is empty.", field: what, expected: "some text");
        }
        // Though the last token of a text is predicted from those before it and needs no keys and values, it is one of the text's, which has as many at most.
        if (all.Length == model.ContextLength)
        {
            throw new DecoupleQException(
                $"The {what} has {all.Length} tokens, as many as the model's context: there is no place for what is written.", field: what,
                expected: $"a shorter {what}");
        }
        if (all.Length > model.ContextLength)
        {
            throw PromptText.TooLong(what, $"{all.Length} tokens", model.ContextLength);
        }
        return all;
    }

    /// <summary>A sequence for a prompt and what follows it.</summary>
    public Sequence Begin(LanguageModel model, int[] prompt) => model.Begin(new()
    {
        Length = (int)Math.Min(model.ContextLength, (long)prompt.Length + Options.MaxTokens),
        KeyValues = Options.KeyValues,
        Products = Options.Products,
    });

    /// <summary>Continues a prompt.</summary>
    /// <param name="sequence">What it is run in.</param>
    /// <param name="prompt">Ids of the prompt, at least one.</param>
    /// <param name="onText">Called with each new piece of text as soon as it is certain.</param>
    /// <param name="cancellationToken">Ends the generation, also within the prompt.</param>
    public GenerationResult Run(Sequence sequence, int[] prompt, Action<string>? onText, CancellationToken cancellationToken)
    {
        var run = new TextRun(this, sequence, prompt);
        using var turns = new Turns(sequence);
        ReadOnlySpan<float> logits = sequence.Append(run.PromptRest.Span, cancellationToken);
        while (true)
        {
            GeneratedToken token = run.Next(logits);
            if (token.Text.Length > 0)
            {
                onText?.Invoke(token.Text);
            }
            if (run.Finished)
            {
                return run.Result;
            }
            logits = sequence.Decode(token.Id, cancellationToken);
        }
    }

    /// <summary>Continues a prompt token by token, without blocking a thread.</summary>
    /// <inheritdoc cref="Run"/>
    public async IAsyncEnumerable<GeneratedToken> StreamAsync(
        Sequence sequence, int[] prompt, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var run = new TextRun(this, sequence, prompt);
        using var turns = new Turns(sequence);
        ReadOnlyMemory<float> logits = await sequence.AppendAsync(run.PromptRest, cancellationToken).ConfigureAwait(false);
        while (true)
        {
            GeneratedToken token = run.Next(logits.Span);
            yield return token;
            if (run.Finished)
            {
                yield break;
            }
            logits = await sequence.DecodeAsync(token.Id, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Says that the sequence's caller comes back at once with every next id: steps wait for it a little, so that they are shared.</summary>
    private readonly struct Turns : IDisposable
    {
        private readonly Sequence _sequence;

        public Turns(Sequence sequence)
        {
            _sequence = sequence;
            sequence.Request.Continues = true;
        }

        public void Dispose()
        {
            _sequence.Request.Continues = false;
            _sequence.Model.Engine.Leave(_sequence.Request);
        }
    }
}
