using System.Diagnostics;
using DecoupleQ.Models;
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

    // Characters that are encoded at a time.
    private const int TextPiece = 1 << 16;

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
        options ??= new();
        int context = options.Context ?? Math.Min(DefaultContext, model.ContextLength);
        CheckOptions(model, options, reference, context);
        int[] ids = Encode(model, text, (long)context * (options.MaxWindows ?? int.MaxValue), cancellationToken);
        int windows = Math.Min(ids.Length / context, options.MaxWindows ?? int.MaxValue);
        if (windows == 0)
        {
            throw new DecoupleQException(
                $"The text has {ids.Length} tokens, fewer than one window.", field: "text", expected: $"at least {context} tokens, or a smaller context");
        }

        long start = Stopwatch.GetTimestamp();
        var totals = new Totals();
        for (int w = 0; w < windows; w++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            AddWindow(model, reference, ids.AsSpan(w * context, context), options.KeyValues, ref totals, cancellationToken);
            progress?.Report(new(w + 1, windows, Math.Exp(totals.LogLoss / totals.Tokens)));
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

    // No further than windows are asked for.
    private static int[] Encode(LanguageModel model, string text, long most, CancellationToken cancellationToken)
    {
        var ids = new List<int>();
        if (model.Tokenizer.LeadingId is int leading)
        {
            ids.Add(leading);
        }
        TextEncoder encoder = model.Tokenizer.BeginEncoding(cancellationToken: cancellationToken);
        for (int done = 0; done < text.Length && ids.Count < most; done += TextPiece)
        {
            ids.AddRange(encoder.Append(text.AsSpan(done, Math.Min(TextPiece, text.Length - done))));
        }
        if (ids.Count < most)
        {
            ids.AddRange(encoder.Finish());
        }
        return [.. ids];
    }

    private static void CheckOptions(LanguageModel model, EvaluationOptions options, LanguageModel? reference, int context)
    {
        int longest = Math.Min(model.ContextLength, reference?.ContextLength ?? int.MaxValue);
        if (!OptionRange.Context.Contains(context) || context > longest)
        {
            throw new DecoupleQException(
                $"A context of {context} cannot be evaluated.", field: "context", expected: $"{OptionRange.Context.Expected}, at most {longest}, the model's");
        }
        if (options.MaxWindows is int most)
        {
            EvaluationOptions.MaxWindowsRange.Require(most, "max-windows");
        }
        if (reference is not null && reference.VocabularySize != model.VocabularySize)
        {
            throw new DecoupleQException(
                $"It has {reference.VocabularySize} ids, but {model.Path} has {model.VocabularySize}.",
                reference.Path, "vocab_size", "a model with the same vocabulary");
        }
    }

    private static void AddWindow(
        LanguageModel model, LanguageModel? reference, ReadOnlySpan<int> window, KeyValueFormat format, ref Totals totals, CancellationToken cancellationToken)
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
        // Summed in order, so that the result does not depend on the threads.
        for (int i = 0; i < losses.Predicted; i++)
        {
            totals.LogLoss += losses.Own[i];
            totals.ReferenceLogLoss += losses.Reference[i];
            totals.Divergence += losses.Divergences[i];
            totals.Agreements += losses.Agreements[i] ? 1 : 0;
        }
        totals.Tokens += losses.Predicted;
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
    }
}
