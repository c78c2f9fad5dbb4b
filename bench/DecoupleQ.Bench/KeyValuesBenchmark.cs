using DecoupleQ.Evaluation;
using DecoupleQ.Models;
using DecoupleQ.Tensors;

namespace DecoupleQ.Bench;

/// <summary>What a format of keys and values costs: perplexity, and KL divergence to float32, on a text.</summary>
internal static class KeyValuesBenchmark
{
    private const int Context = 256;

    public static void Run(Report report)
    {
        string folder = report.Arguments.Count > 0 ? report.Arguments[0] : Path.Combine("samples", "books-8m");
        string text = File.ReadAllText(report.Arguments.Count > 1 ? report.Arguments[1] : Path.Combine("samples", "text", "validation.txt"));
        int windows = report.Arguments.Count > 2 ? int.Parse(report.Arguments[2], System.Globalization.CultureInfo.InvariantCulture) : 50;
        using LanguageModel model = LanguageModel.Load(folder, new() { Threads = report.Threads });
        int[] ids = [.. model.Tokenizer.LeadingId is int leading ? [leading] : Array.Empty<int>(), .. model.Tokenizer.Encode(text)];
        foreach ((KeyValueFormat format, ProductArithmetic products) in ((KeyValueFormat, ProductArithmetic)[])
        [
            (KeyValueFormat.F32, ProductArithmetic.Float32), (KeyValueFormat.F16, ProductArithmetic.Float32), (KeyValueFormat.Int8, ProductArithmetic.Float32),
            (KeyValueFormat.F32, ProductArithmetic.Rounded),
        ])
        {
            double loss = 0, divergence = 0;
            long agreements = 0, tokens = 0;
            for (int w = 0; w < windows; w++)
            {
                int[] window = ids[(w * Context)..((w + 1) * Context)];
                var losses = new WindowLosses(window, model.VocabularySize, Context, model.Workers);
                Append(model, window, KeyValueFormat.F32, ProductArithmetic.Float32, losses.KeepReference);
                Append(model, window, format, products, losses.Take);
                loss += losses.Own.Sum();
                divergence += losses.Divergences.Sum();
                agreements += losses.OwnChoices.Zip(losses.ReferenceChoices).Count(pair => pair.First == pair.Second);
                tokens += losses.Own.Length;
            }
            report.Add(
                ("keys and values", format.ToString()),
                ("products", products.ToString()),
                ("bytes a token", model.KeyValueBytesPerToken(format)),
                ("perplexity", Math.Exp(loss / tokens)),
                ("KL to F32, nats", divergence / tokens),
                ("same best id", (double)agreements / tokens));
        }
    }

    private static void Append(LanguageModel model, int[] window, KeyValueFormat format, ProductArithmetic products, Action<int, int, ReadOnlySpan<float>> take)
    {
        using Sequence sequence = model.Begin(new() { KeyValues = format, Length = window.Length, Products = products });
        sequence.AppendAll(window.AsSpan(0, window.Length - 1), take);
    }
}
