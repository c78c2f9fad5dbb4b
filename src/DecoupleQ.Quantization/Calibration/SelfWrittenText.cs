using DecoupleQ.Generation.Sampling;
using DecoupleQ.Models;
using DecoupleQ.Tensors;

namespace DecoupleQ.Quantization.Calibration;

/// <summary>
/// Text that a model writes itself, to be calibrated on: ids drawn from its distribution as it is (temperature 1, nothing left out), from the beginning of a
/// text on. Where it ends a text, another one begins. As in LLM-QAT (arXiv 2305.17888), but without a first token drawn uniformly.
/// </summary>
/// <remarks>
/// Sequences share steps, each with draws of its own, so that what is written depends on the model, the seed, the window's number and the instruction set, but
/// neither on threads nor on how many sequences go together.
/// </remarks>
/// <param name="model">The model.</param>
/// <param name="context">Ids of a window, at most the model's context.</param>
/// <param name="seed">Of the draws.</param>
internal sealed class SelfWrittenText(LanguageModel model, int context, ulong seed)
{
    // As many as a step of the engine takes.
    private const int MostTogether = 64;

    /// <summary>Bytes of keys and values that are always allowed.</summary>
    public const long KeyValueBytes = 1L << 30;

    private readonly int _beginning = BeginningOf(model);

    /// <summary>
    /// Writes windows of exactly as many ids as the context. An id that ends a text is among them, one that begins it where the tokenizer puts it there.
    /// </summary>
    /// <param name="windows">How many.</param>
    /// <param name="keyValueBytes">About the most bytes of keys and values.</param>
    /// <param name="done">Told how many ids have been written since it was last told.</param>
    /// <param name="cancellationToken">Ends the work within a step.</param>
    /// <exception cref="DecoupleQException">The model has no id to begin with, or its logits are not finite.</exception>
    public int[][] Write(int windows, long keyValueBytes, Action<int> done, CancellationToken cancellationToken)
    {
        int together = Together(model.KeyValueBytesPerToken(KeyValueFormat.F16), context, keyValueBytes);
        var written = new List<int[]>(windows);
        for (int first = 0; first < windows; first += together)
        {
            written.AddRange(WriteTogether(first, Math.Min(together, windows - first), done, cancellationToken));
        }
        return [.. written];
    }

    /// <summary>How many sequences go together.</summary>
    /// <param name="bytesPerToken">Of keys and values.</param>
    /// <param name="context">Tokens of a sequence.</param>
    /// <param name="keyValueBytes">About the most bytes of keys and values.</param>
    public static int Together(double bytesPerToken, int context, long keyValueBytes) =>
        (int)Math.Clamp(keyValueBytes / Math.Max(1, bytesPerToken * context), 1, MostTogether);

    private int[][] WriteTogether(int first, int count, Action<int> done, CancellationToken cancellationToken)
    {
        Window[] windows = [.. Enumerable.Range(first, count).Select(Begin)];
        try
        {
            for (Window[] open = windows; open.Length > 0; open = [.. open.Where(window => window.Ids.Count < context)])
            {
                cancellationToken.ThrowIfCancellationRequested();
                int before = open.Sum(window => window.Ids.Count);
                model.Decode([.. open.Select(window => window.Sequence)], [.. open.Select(window => window.Next)], cancellationToken);
                // Each has its own draws: the order in which they draw is no matter.
                Parallel.ForEach(open, GoOn);
                done(open.Sum(window => window.Ids.Count) - before);
            }
        }
        catch (AggregateException errors)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw errors.Flatten().InnerExceptions.OfType<DecoupleQException>().FirstOrDefault() ?? (Exception)errors;
        }
        finally
        {
            Array.ForEach(windows, window => window.Sequence.Dispose());
        }
        return [.. windows.Select(window => window.Ids.ToArray())];
    }

    private Window Begin(int number)
    {
        // Neighbouring windows have unrelated draws.
        ulong own = new SplitMix64(new SplitMix64(seed).Next() + (ulong)number).Next();
        var window = new Window(
            model.Begin(new() { Length = context, KeyValues = KeyValueFormat.F16 }),
            new TokenSampler(new SamplingSettings { Temperature = 1, Seed = own }, model.VocabularySize));
        BeginText(window);
        return window;
    }

    private void BeginText(Window window)
    {
        window.Next = _beginning;
        if (model.Tokenizer.LeadingId is int leading && window.Ids.Count < context)
        {
            window.Ids.Add(leading);
        }
    }

    private void GoOn(Window window)
    {
        if (window.Ids.Count == context)
        {
            return;
        }
        int id = window.Sampler.Next(window.Sequence.Logits, [], [], out _);
        window.Ids.Add(id);
        window.Next = id;
        if (model.EndIds.Contains(id))
        {
            window.Sequence.Truncate(0);
            BeginText(window);
        }
    }

    // Models without an id that begins a text were trained on texts that one that ends them separates; of several the lowest is the base model's.
    private static int BeginningOf(LanguageModel model) =>
        model.Tokenizer.LeadingId ?? model.Tokenizer.BeginningId ?? (model.EndIds.Count > 0 ? model.EndIds.Min() : throw new DecoupleQException(
            "The model has no token that begins or ends a text, with which it could begin to write.", model.Path, "calibration",
            $"a text file, or {CalibrationSource.Builtin}"));

    /// <summary>A window that is being written.</summary>
    private sealed class Window(Sequence sequence, TokenSampler sampler)
    {
        public Sequence Sequence { get; } = sequence;

        public TokenSampler Sampler { get; } = sampler;

        public List<int> Ids { get; } = [];

        /// <summary>The id that the sequence takes next.</summary>
        public int Next { get; set; }
    }
}
