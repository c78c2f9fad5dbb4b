using DecoupleQ.Bench;
using DecoupleQ.Evaluation;

namespace DecoupleQ.LlamaCpp;

/// <summary>Perplexity of each engine on the same windows, and how far the others are from the first.</summary>
internal static class Agreement
{
    /// <summary>
    /// Measures over the first <paramref name="windows"/> windows of <paramref name="context"/> ids, each of which predicts its ids from the second on.
    /// </summary>
    public static void Measure(Report report, IReadOnlyList<IEngine> engines, int[] ids, int windows, int context)
    {
        var losses = new double[engines.Count];
        var divergences = new double[engines.Count];
        var agreements = new int[engines.Count];
        int tokens = 0, count = Math.Min(windows, ids.Length / context);
        for (int window = 0; window < count; window++)
        {
            int[] part = ids[(window * context)..((window + 1) * context)];
            float[][] logits = [.. engines.Select(engine => engine.Logits(part))];
            int vocabulary = engines[0].VocabularySize;
            for (int position = 0; position < context - 1; position++)
            {
                ReadOnlySpan<float> reference = logits[0].AsSpan(position * vocabulary, vocabulary);
                for (int e = 0; e < engines.Count; e++)
                {
                    ReadOnlySpan<float> own = logits[e].AsSpan(position * vocabulary, vocabulary);
                    losses[e] += Distribution.LogSumExp(own) - own[part[position + 1]];
                    divergences[e] += e == 0 ? 0 : Distribution.KlDivergence(reference, own);
                    agreements[e] += Largest(reference) == Largest(own) ? 1 : 0;
                }
            }
            tokens += context - 1;
            Console.Error.WriteLine($"window {window + 1} of {count}");
        }
        for (int e = 0; e < engines.Count; e++)
        {
            report.Add(
                ("engine", engines[e].Name), ("windows", count), ("context", context), ("perplexity", Figure(Math.Exp(losses[e] / tokens))),
                ($"KL({engines[0].Name} || it), nats", Figure(divergences[e] / tokens)), ("same best id, %", 100.0 * agreements[e] / tokens));
        }
    }

    private static int Largest(ReadOnlySpan<float> logits) => System.Numerics.Tensors.TensorPrimitives.IndexOfMax(logits);

    // The table's own two decimals are too few here.
    private static string Figure(double value) => value.ToString("0.00000", System.Globalization.CultureInfo.InvariantCulture);
}
