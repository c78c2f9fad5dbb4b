using System.Diagnostics;
using System.Runtime.CompilerServices;
using DecoupleQ.Generation;
using DecoupleQ.Generation.Sampling;
using DecoupleQ.Models;
using DecoupleQ.Tensors;

namespace DecoupleQ.Serving;

/// <summary>
/// Writes texts for many callers on one model: so many at a time, the others in a queue with an end; what prompts have in common at their starts is read
/// once. A text is the same, token for token, whoever else is served, and whatever was asked before.
/// </summary>
/// <remarks>Safe for any number of threads. Texts that are written at the same time share steps through the weights.</remarks>
public sealed class TextService : IDisposable
{
    // A quarter of the memory for keys and values: the rest is for weights and whoever else is on the machine.
    private const int MemoryShare = 4;

    private readonly Admission _admission;
    private readonly PromptCache _prompts;
    private bool _ownsModel;

    /// <summary>Starts a service.</summary>
    /// <param name="model">The model; it is not disposed. Its <see cref="LanguageModelOptions.KeyValueLimit"/> holds for all texts together: one that might
    /// need more than is left waits.</param>
    /// <param name="limits">How much it takes on; the defaults if null.</param>
    /// <exception cref="DecoupleQException">A limit is out of its range.</exception>
    public TextService(LanguageModel model, ServiceLimits? limits = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        Model = model;
        Limits = (limits ?? new()).Checked();
        _prompts = new PromptCache(model, Limits.PromptCacheBytes);
        _admission = new Admission(Limits, model.KeyValueLimit, MakeRoom);
    }

    /// <summary>Bytes of keys and values that a model which is loaded to be served may have where no limit is given: a quarter of the memory.</summary>
    public static long DefaultKeyValueLimit => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / MemoryShare;

    /// <summary>The model.</summary>
    public LanguageModel Model { get; }

    /// <summary>How much it takes on.</summary>
    public ServiceLimits Limits { get; }

    /// <summary>What goes on now.</summary>
    public ServiceStatus Status => new(_admission.Running, _admission.Waiting, Model.KeyValueBytes, _prompts.KeptBytes);

    /// <summary>Loads a model and starts a service of it. The model is disposed with the service.</summary>
    /// <param name="path">The model: a folder, dense or packed, or a GGUF file.</param>
    /// <param name="options">How it is loaded; without a limit of keys and values, <see cref="DefaultKeyValueLimit"/>.</param>
    /// <param name="limits">How much it takes on; the defaults if null.</param>
    /// <param name="cancellationToken">Ends the loading.</param>
    /// <exception cref="DecoupleQException">A file cannot be used, or an option or a limit is out of its range.</exception>
    public static TextService Load(
        string path, LanguageModelOptions? options = null, ServiceLimits? limits = null, CancellationToken cancellationToken = default)
    {
        options ??= new();
        LanguageModel model = LanguageModel.Load(
            path, options with { KeyValueLimit = options.KeyValueLimit ?? DefaultKeyValueLimit }, cancellationToken);
        try
        {
            // The tokenizer is loaded now, so that no text waits for it or finds it broken.
            _ = model.Tokenizer.VocabularySize;
            return new TextService(model, limits) { _ownsModel = true };
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>How many tokens a prompt has, with the id that the model puts before it.</summary>
    public int PromptLength(IReadOnlyList<int> prompt)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        return TokenLoop.Prompt(Model, prompt, "prompt").Length;
    }

    /// <summary>Continues a prompt token by token.</summary>
    /// <param name="prompt">
    /// The prompt's ids; the model's beginning-of-sequence id, if it has one, is put before them unless they begin with it or the request says that they are
    /// all.
    /// </param>
    /// <param name="request">How.</param>
    /// <param name="cancellationToken">Ends the text: while it waits, within the prompt, and between two tokens.</param>
    /// <exception cref="BusyException">Too many wait. Thrown with the first token.</exception>
    /// <exception cref="DecoupleQException">
    /// The prompt is empty or does not fit the model's context, or an option is out of its range; or, with the first token, the text may need more memory than
    /// there is.
    /// </exception>
    public IAsyncEnumerable<GeneratedToken> GenerateAsync(IReadOnlyList<int> prompt, TextRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        ArgumentNullException.ThrowIfNull(request);
        GenerationOptions options = request.Watch is null ? request.Options : request.Options with { Signals = true };
        var loop = new TokenLoop(Model, options, Model.EndIds) { TextStandsAlone = request.TextStandsAlone };
        return StreamAsync(loop, TokenLoop.Prompt(Model, prompt, "prompt", request.IsWhole), request, cancellationToken);
    }

    /// <summary>The log-probabilities of a text's own tokens, computed with products and, unless said otherwise, keys and values in float32.</summary>
    /// <param name="ids">The text, at least one id and at most the model's context; nothing is put before it.</param>
    /// <param name="best">Of how many of the most probable tokens in each place log-probabilities are given too, from 0 to 20.</param>
    /// <param name="keyValues">How keys and values are kept.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <param name="follows">As <see cref="TextRequest.Follows"/>.</param>
    /// <returns>One an id; null for the first, before which there is nothing.</returns>
    /// <exception cref="BusyException">Too many wait.</exception>
    /// <exception cref="DecoupleQException">The text does not fit the model's context or the memory, or a value is out of its range.</exception>
    public async Task<IReadOnlyList<TokenLogProbabilities?>> ScoreAsync(
        IReadOnlyList<int> ids, int best = 0, KeyValueFormat keyValues = KeyValueFormat.F32, CancellationToken cancellationToken = default,
        bool follows = false)
    {
        ArgumentNullException.ThrowIfNull(ids);
        GenerationRanges.LogProbabilities.Require(best, nameof(best));
        int[] text = [.. ids];
        if (text.Length == 0 || text.Length > Model.ContextLength)
        {
            throw new DecoupleQException(
                $"The text has {text.Length} tokens.", field: "prompt", expected: $"1 to {Model.ContextLength}, the model's context");
        }
        using Admission.Place place =
            await _admission.EnterAsync(Model.KeyValueBytesFor(text.Length, keyValues), cancellationToken, follows).ConfigureAwait(false);
        var scores = new TokenLogProbabilities?[text.Length];
        // Steps are given to their callers in pieces, within the call.
        await Task.Run(
            () =>
            {
                using Sequence sequence = Model.Begin(new() { Length = text.Length, KeyValues = keyValues, Products = ProductArithmetic.Float32 });
                sequence.AppendAll(text, Take, cancellationToken);
            },
            cancellationToken).ConfigureAwait(false);
        return scores;

        void Take(int first, int count, ReadOnlySpan<float> rows)
        {
            int width = rows.Length / count, vocabulary = Math.Min(width, Model.Tokenizer.VocabularySize);
            for (int row = 0; row < count && first + row + 1 < text.Length; row++)
            {
                scores[first + row + 1] = TokenLogProbabilities.Of(rows.Slice(row * width, vocabulary), text[first + row + 1], best);
            }
        }
    }

    /// <summary>A text's embedding.</summary>
    /// <param name="ids">The text, at least one id and at most the model's context.</param>
    /// <param name="pooling">How the text becomes one vector.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <param name="follows">As <see cref="TextRequest.Follows"/>.</param>
    /// <returns>As many numbers as <see cref="LanguageModel.Width"/>, of length 1 if <paramref name="pooling"/> says so.</returns>
    /// <exception cref="BusyException">Too many wait.</exception>
    /// <exception cref="DecoupleQException">The text does not fit the model's context or the memory.</exception>
    public async Task<float[]> EmbedAsync(
        IReadOnlyList<int> ids, PoolingConfig pooling, CancellationToken cancellationToken = default, bool follows = false)
    {
        ArgumentNullException.ThrowIfNull(ids);
        ArgumentNullException.ThrowIfNull(pooling);
        int most = Math.Min(Model.ContextLength, pooling.MaxTokens ?? int.MaxValue);
        if (ids.Count == 0 || ids.Count > most)
        {
            throw new DecoupleQException($"The text has {ids.Count} tokens.", field: "input", expected: $"1 to {most}, which the model is for");
        }
        using Admission.Place place =
            await _admission.EnterAsync(Model.KeyValueBytesFor(ids.Count, KeyValueFormat.F32), cancellationToken, follows).ConfigureAwait(false);
        float[] vector = await Task.Run(() => Model.Embed(ids, pooling.Pooling, cancellationToken), cancellationToken).ConfigureAwait(false);
        pooling.Finish(vector);
        return vector;
    }

    /// <summary>Takes memory for keys and values of work beside the texts, which is nobody's request.</summary>
    /// <param name="bytes">How much it may need.</param>
    /// <returns>Dispose it when the work is done; null if somebody waits, or less than as much again would be left for requests.</returns>
    public IDisposable? TryReserve(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        return _admission.TryReserve(bytes);
    }

    /// <summary>
    /// Lets go of the prompts that are kept. Texts that are being written end as they would have, unless the service has loaded the model: it is disposed with
    /// it, and they end with an <see cref="ObjectDisposedException"/>.
    /// </summary>
    public void Dispose()
    {
        _prompts.Dispose();
        if (_ownsModel)
        {
            Model.Dispose();
        }
    }

    private async IAsyncEnumerable<GeneratedToken> StreamAsync(
        TokenLoop loop, int[] prompt, TextRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        KeyValueFormat? format = request.Options.KeyValues;
        int most = (int)Math.Min(Model.ContextLength, (long)prompt.Length + request.Options.MaxTokens);
        long start = Stopwatch.GetTimestamp();
        request.Watch?.Queued();
        using Admission.Place place = await _admission.EnterAsync(
            Model.KeyValueBytesFor(most, format), cancellationToken, request.Follows).ConfigureAwait(false);
        request.Watch?.Started();
        TimeSpan queued = Stopwatch.GetElapsedTime(start), reading = default;
        start = Stopwatch.GetTimestamp();
        var options = new SequenceOptions { KeyValues = format, Length = Model.LengthMatters ? most : null, Products = request.Options.Products };
        using PromptCache.Lease lease = await _prompts.BeginAsync(prompt, options, cancellationToken).ConfigureAwait(false);
        bool read = false;
        await foreach (GeneratedToken token in loop.StreamAsync(lease.Sequence, prompt, cancellationToken).ConfigureAwait(false))
        {
            if (!read)
            {
                read = true;
                lease.PromptRead();
                reading = Stopwatch.GetElapsedTime(start);
            }
            yield return token;
            // Behind it: nobody waits for what is noted.
            if (token.Result is GenerationResult result)
            {
                request.Watch?.Written(new WrittenText(prompt, result) { QueueTime = queued, ReadTime = reading });
            }
        }
    }

    private void MakeRoom(long reserved)
    {
        if (Model.KeyValueLimit is long limit)
        {
            _prompts.Allow(limit - reserved);
        }
    }
}
