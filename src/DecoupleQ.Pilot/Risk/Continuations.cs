using DecoupleQ.Evaluation;
using DecoupleQ.Generation;
using DecoupleQ.Models;
using DecoupleQ.Pilot.Progress;
using DecoupleQ.Pilot.TestData;
using DecoupleQ.Serving;
using DecoupleQ.Statistics;
using DecoupleQ.Tensors;

namespace DecoupleQ.Pilot.Risk;

/// <summary>What both models write when they continue the starts of test windows: whether one repeats itself, or says nothing.</summary>
public static class Continuations
{
    // Decoding gains by every text beside it.
    private const int AtOnce = 16;

    /// <summary>Has both models continue the starts of some windows, greedily, with keys, values and all products in float32.</summary>
    /// <remarks>What is written depends on the model and the start alone.</remarks>
    /// <param name="dense">The dense model.</param>
    /// <param name="packed">The packed model.</param>
    /// <param name="windows">The windows; those whose starts are continued lie evenly among them.</param>
    /// <param name="options">How many, and how long; if null the defaults, or fewer tokens where a context is shorter.</param>
    /// <param name="progress">Told after each text of either model.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="DecoupleQException">Start and continuation do not fit a model's context, or an option is out of its range.</exception>
    public static async Task<IReadOnlyList<ContinuationPair>> WriteAsync(
        LanguageModel dense,
        LanguageModel packed,
        IReadOnlyList<TestWindow> windows,
        ContinuationOptions? options = null,
        IProgress<StepProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(dense);
        ArgumentNullException.ThrowIfNull(packed);
        ArgumentNullException.ThrowIfNull(windows);
        int context = Math.Min(dense.ContextLength, packed.ContextLength);
        options ??= ContinuationOptions.For(context);
        options.Check(context);
        IReadOnlyList<TestWindow> chosen = EvenChoice.Of(windows, options.Texts);
        var clock = new StepClock(2 * chosen.Count, finished: 0, progress);
        IReadOnlyList<Continuation> own = await WriteAsync(dense, chosen, options, clock, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<Continuation> other = await WriteAsync(packed, chosen, options, clock, cancellationToken).ConfigureAwait(false);
        return [.. chosen.Select((window, i) => new ContinuationPair(window.Key, own[i], other[i]))];
    }

    /// <summary>The mean share of repeated runs of four tokens, with a 95 % interval from resampling texts; none of fewer than ten.</summary>
    public static Estimate Repetition(IEnumerable<Continuation> texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        return Bootstrap.Estimate([.. texts.Select(text => new[] { text.Repetition, 1.0 })], sums => sums[0] / sums[1])[0];
    }

    /// <summary>The share of texts that are empty, with Wilson's 95 % interval.</summary>
    public static Estimate Empty(IReadOnlyList<Continuation> texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        return Proportions.Of(texts.Count(text => text.IsEmpty), texts.Count);
    }

    private static async Task<IReadOnlyList<Continuation>> WriteAsync(
        LanguageModel model, IReadOnlyList<TestWindow> windows, ContinuationOptions options, StepClock clock, CancellationToken cancellationToken)
    {
        var generation = new GenerationOptions
        {
            MaxTokens = options.Tokens,
            // Greedily, whatever the model's authors advise: penalties would hide what is measured.
            Temperature = 0,
            RepetitionPenalty = 1,
            Signals = true,
            KeyValues = KeyValueFormat.F32,
            Products = ProductArithmetic.Float32,
        };
        using var service = new TextService(model, new() { Running = AtOnce, Waiting = int.MaxValue, PromptCacheBytes = 0 });
        var written = new Continuation[windows.Count];
        await Parallel.ForEachAsync(
            Enumerable.Range(0, windows.Count),
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken },
            async (place, ended) =>
            {
                int[] start = [.. windows[place].Ids.Take(options.StartTokens)];
                GenerationResult? result = null;
                await foreach (GeneratedToken token in service.GenerateAsync(start, new() { Options = generation }, ended).ConfigureAwait(false))
                {
                    result = token.Result;
                }
                written[place] = new Continuation(result!.Text, result.Ids.Count, result.Signals!.Repetition, string.IsNullOrWhiteSpace(result.Text));
                clock.Step();
            }).ConfigureAwait(false);
        return written;
    }
}
