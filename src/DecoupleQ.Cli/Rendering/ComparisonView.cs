using DecoupleQ.Cli.Json;
using Spectre.Console;

namespace DecoupleQ.Cli.Rendering;

/// <summary>Two models side by side, for people.</summary>
internal static class ComparisonView
{
    public static void Write(IAnsiConsole console, CompareDocument document, string? prompt)
    {
        console.Write(Figure(document));
        if (prompt is not null)
        {
            Text(console, First(document).ToLowerInvariant(), prompt, document.Dense.Generation);
            Text(console, Second(document).ToLowerInvariant(), prompt, document.Packed.Generation);
        }
    }

    // Either may be something else than the command is meant for.
    private static string First(CompareDocument document) => document.Dense.Packed ? "Reference (packed)" : "Dense";

    private static string Second(CompareDocument document) => document.Packed.Packed ? "Packed" : "Compared (not packed)";

    private static Table Figure(CompareDocument document)
    {
        (CompareDocument.Side dense, CompareDocument.Side packed) = (document.Dense, document.Packed);
        Table table = Tables.Create("", First(document), Second(document));
        table.Row("size of the tensors", Figures.Size(dense.Bytes), Figures.Size(packed.Bytes));
        table.Row("bits a weight, whole model", Figures.Bits(dense.BitsPerWeight), Figures.Bits(packed.BitsPerWeight));
        table.Row("perplexity", Figures.Perplexity(dense.Perplexity), Figures.Perplexity(packed.Perplexity));
        table.Row($"KL divergence to {First(document).ToLowerInvariant()}, nats", Figures.None, Figures.Nats(document.KlDivergence));
        table.Row($"top-1 agreement with {First(document).ToLowerInvariant()}", Figures.None, Figures.Percent(document.Top1Agreement));
        if (document is { Dense.Generation: { } before, Packed.Generation: { } after })
        {
            table.Row("decode speed", Figures.Rate(before.DecodeTokensPerSecond), Figures.Rate(after.DecodeTokensPerSecond));
        }
        if (document.Quantization is { } job)
        {
            table.Row("time to quantize", Figures.None, Figures.Seconds(job.Seconds));
            table.Row("peak memory of quantizing", Figures.None, Figures.Size(job.PeakMemoryBytes));
        }
        return table;
    }

    private static void Text(IAnsiConsole console, string which, string prompt, GenerateDocument? generation) =>
        console.Write(new Text($"{which}: {prompt}{generation?.Text}\n\n"));
}
