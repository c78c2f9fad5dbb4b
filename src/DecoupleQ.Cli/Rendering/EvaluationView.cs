using System.Globalization;
using DecoupleQ.Cli.Json;
using Spectre.Console;

namespace DecoupleQ.Cli.Rendering;

/// <summary>What an evaluation measured, for people.</summary>
internal static class EvaluationView
{
    public static void Write(IAnsiConsole console, EvalDocument document)
    {
        Table table = Tables.Create("Evaluation", "Value");
        table.Row(document.PackedPerplexity is null ? "perplexity" : "perplexity, weights in float32", Figures.Perplexity(document.Perplexity));
        if (document is { PackedPerplexity: double packed, RelativeDifference: double difference })
        {
            table.Row("perplexity, packed kernels", Figures.Perplexity(packed));
            table.Row("relative difference", difference.ToString("0.0e+0", CultureInfo.InvariantCulture));
        }
        if (document is { KlDivergence: double kl, Top1Agreement: double agreement, ReferencePerplexity: double reference })
        {
            table.Row("perplexity, the other model", Figures.Perplexity(reference));
            table.Row("KL divergence, nats", Figures.Nats(kl));
            table.Row("top-1 agreement", Figures.Percent(agreement));
        }
        table.Row("predicted positions", Figures.Count(document.Tokens));
        table.Row("windows x context", $"{Figures.Count(document.Windows)} x {Figures.Count(document.Context)}");
        table.Row("time", Figures.Seconds(document.Seconds));
        console.Write(table);
    }
}
