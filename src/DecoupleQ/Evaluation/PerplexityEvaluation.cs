using System.Diagnostics;
using DecoupleQ.Models;
using DecoupleQ.Storage;
using DecoupleQ.Tensors;
using DecoupleQ.Tokenization;

namespace DecoupleQ.Evaluation;

/// <summary>
/// Perplexity over non-overlapping windows: the whole text is encoded, a beginning-of-sequence id is put before it if the tokenizer adds one,
/// and each complete window of <c>context</c> ids predicts its ids 2 to context.
/// </summary>
public static class PerplexityEvaluation
{
    private const int DefaultContext = 2048;

    // Logits of the reference are kept for pieces of about this many numbers.
    private const int PieceNumbers = 1 << 24;

    /// <summary>Evaluates <paramref name="model"/> on the text of a file, which is read in pieces and no further than windows are asked for.</summary>
    /// <inheritdoc cref="Measure"/>
    /// <param name="model">The model.</param>
    /// <param name="path">
    /// A UTF-8 text file; a byte order mark is left out. It is read twice where it has more than 2^26 ids.
    /// </param>
    /// <param name="options">Window size and count.</param>
    /// <param name="reference">A model with the same vocabulary, to compare the predicted distributions with.</param>
    /// <param name="progress">Told after each window.</param>
    /// <param name="cancellationToken">Ends the evaluation.</param>
    /// <exception cref="DecoupleQException">
    /// The file cannot be read, is shorter than one window, or has more than 16 MiB that the tokenizer cannot cut; the context does not fit the model, or the
    /// vocabularies differ.
    /// </exception>
    public static EvaluationResult MeasureFile(
        LanguageModel model,
        string path,
        EvaluationOptions? options = null,
        LanguageModel? reference = null,
        IProgress<EvaluationProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(path);
        TextIds Open() => new(TextFile.ReadPieces(path), path, model.Tokenizer) { MostHeld = TextIds.LongestStretch };
        return MeasureText(model, Open, path, options ?? new(), reference, progress, cancellationToken);
    }

    /// <summary>Evaluates <paramref name="model"/> on <paramref name="text"/>.</summary>
    /// <param name="model">The model.</param>
    /// <param name="text">The text.</param>
    /// <param name="options">Window size and count.</param>
    /// <param name="reference">A model with the same vocabulary, to compare the predicted distributions with.</param>
    /// <param name="progress">Told after each window.</param>
    /// <param name="cancellationToken">Ends the evaluation.</param>
    /// <exception cref="DecoupleQException">The text is shorter than one window, the context does not fit the model, or the vocabularies differ.</exception>
    public static EvaluationResult Measure(
        LanguageModel model,
        string text,
        EvaluationOptions? options = null,
        LanguageModel? reference = null,
        IProgress<EvaluationProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(text);
        TextIds Open() => new(StringPieces.Of(text), name: null, model.Tokenizer);
        return MeasureText(model, Open, file: null, options ?? new(), reference, progress, cancellationToken);
    }

    /// <summary>Measures one window, as the others do each of theirs.</summary>
    /// <param name="model">The model.</param>
    /// <param name="window">At least two ids, at most the models' context.</param>
    /// <param name="reference">A model with the same vocabulary, to compare the predicted distributions with.</param>
    /// <param name="keyValues">How keys and values are kept.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="ArgumentOutOfRangeException">An id is none of the model's.</exception>
    /// <exception cref="DecoupleQException">The window does not fit the models, or the vocabularies differ.</exception>
    public static WindowMeasurement MeasureWindow(
        LanguageModel model,
        ReadOnlySpan<int> window,
        LanguageModel? reference = null,
        KeyValueFormat keyValues = KeyValueFormat.F32,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        CheckModels(model, reference, window.Length);
        model.CheckIds(window);
        return MeasureWhole(model, window, reference, keyValues, cancellationToken);
    }

    private static EvaluationResult MeasureText(
        LanguageModel model,
        Func<TextIds> open,
        string? file,
        EvaluationOptions options,
        LanguageModel? reference,
        IProgress<EvaluationProgress>? progress,
        CancellationToken cancellationToken)
    {
        int context = options.Context ?? Math.Min(DefaultContext, model.ContextLength);
        CheckModels(model, reference, context);
        if (options.MaxWindows is int mostWindows)
        {
            EvaluationOptions.MaxWindowsRange.Require(mostWindows, "max-windows");
        }
        long most = (long)context * (options.MaxWindows ?? int.MaxValue);
        var text = new EvaluationText(open, model.Tokenizer.LeadingId, most, cancellationToken);
        int windows = (int)(Math.Min(text.Count, most) / context), done = 0;
        if (windows == 0)
        {
            throw new DecoupleQException(
                $"The text has {text.Count} tokens, fewer than one window.", file, "text", $"at least {context} tokens, or a smaller context");
        }

        long start = Stopwatch.GetTimestamp();
        var totals = new Totals();
        foreach (int[] window in text.Windows(context).Take(windows))
        {
            cancellationToken.ThrowIfCancellationRequested();
            WindowMeasurement measured = MeasureWhole(model, window, reference, options.KeyValues, cancellationToken);
            totals.Add(measured);
            options.OnWindow?.Invoke(measured);
            done++;
            progress?.Report(new(done, windows, Math.Exp(totals.LogLoss / totals.Tokens)));
        }
        if (done < windows)
        {
            throw new DecoupleQException("The text changed while it was read.", file, "text", "a file that nothing writes to");
        }
        return new EvaluationResult(
            Math.Exp(totals.LogLoss / totals.Tokens),
            totals.Tokens,
            windows,
            context,
            reference is null ? null : totals.Divergence / totals.Tokens,
            reference is null ? null : (double)totals.Agreements / totals.Tokens,
            reference is null ? null : Math.Exp(totals.ReferenceLogLoss / totals.Tokens),
            Stopwatch.GetElapsedTime(start));
    }

    private static void CheckModels(LanguageModel model, LanguageModel? reference, int context)
    {
        int longest = Math.Min(model.ContextLength, reference?.ContextLength ?? int.MaxValue);
        if (!OptionRange.Context.Contains(context) || context > longest)
        {
            throw new DecoupleQException(
                $"A context of {context} cannot be evaluated.", field: "context", expected: $"{OptionRange.Context.Expected}, at most {longest}, the model's");
        }
        if (reference is not null && reference.VocabularySize != model.VocabularySize)
        {
            throw new DecoupleQException(
                $"It has {reference.VocabularySize} ids, but {model.Path} has {model.VocabularySize}.",
                reference.Path, "vocab_size", "a model with the same vocabulary");
        }
    }

    private static WindowMeasurement MeasureWhole(
        LanguageModel model, ReadOnlySpan<int> window, LanguageModel? reference, KeyValueFormat format, CancellationToken cancellationToken)
    {
        int piece = Math.Min(window.Length - 1, Math.Clamp(PieceNumbers / model.VocabularySize, 16, 512));
        var losses = new WindowLosses(window.ToArray(), model.VocabularySize, piece, model.Workers);
        if (reference is null)
        {
            // The last position predicts nothing; its logits are not needed.
            model.ForEachLogits(window[..^1], losses.Take, cancellationToken, format);
        }
        else
        {
            MeasureTogether(model, reference, window[..^1], piece, format, losses, cancellationToken);
        }
        return losses.Measurement(reference is not null);
    }

    // Both models piece by piece, so that no more than a piece's logits are held; the pieces change nothing.
    private static void MeasureTogether(
        LanguageModel model, LanguageModel reference, ReadOnlySpan<int> ids, int step, KeyValueFormat format, WindowLosses losses,
        CancellationToken cancellationToken)
    {
        KeyValueFormat ownFormat = format, otherFormat = format;
        bool asAsked;
        do
        {
            asAsked = true;
            using Sequence own = Begin(model, ids.Length, ownFormat), other = Begin(reference, ids.Length, otherFormat);
            for (int first = 0; first < ids.Length && asAsked; first += step)
            {
                ReadOnlySpan<int> piece = ids.Slice(first, Math.Min(step, ids.Length - first));
                other.AppendAll(piece, losses.KeepReference, cancellationToken);
                own.AppendAll(piece, losses.Take, cancellationToken);
                asAsked = own.KeyValues == ownFormat && other.KeyValues == otherFormat;
            }
            // Where one goes over to float32, the window does so from its start, as it would in one piece: no position is measured with less.
            (ownFormat, otherFormat) = (own.KeyValues, other.KeyValues);
        }
        while (!asAsked);
    }

    private static Sequence Begin(LanguageModel model, int length, KeyValueFormat format) =>
        model.Begin(new() { Length = length, KeyValues = format, Products = ProductArithmetic.Float32 });

    private struct Totals
    {
        public double LogLoss;
        public double ReferenceLogLoss;
        public double Divergence;
        public long Agreements;
        public long Tokens;

        // In order, so that the result does not depend on the threads.
        public void Add(WindowMeasurement window)
        {
            for (int i = 0; i < window.Losses.Count; i++)
            {
                LogLoss += window.Losses[i];
                if (window.Reference is { } reference)
                {
                    ReferenceLogLoss += reference.Losses[i];
                    Divergence += reference.Divergences[i];
                    Agreements += reference.Choices[i] == window.Choices[i] ? 1 : 0;
                }
            }
            Tokens += window.Losses.Count;
        }
    }
}
