using System.Globalization;
using System.Text;

namespace DecoupleQ.Bench.Accuracy;

/// <summary>docs/accuracy.md, of all rows that are finished.</summary>
internal static class AccuracyPage
{
    public static string Of(IReadOnlyList<AccuracyRow> rows)
    {
        var page = new StringBuilder();
        page.Append("# What each technique is worth\n");
        page.Append("This page is written by `dotnet run -c Release --project bench/DecoupleQ.Bench -- accuracy` from `bench/accuracy/rows.jsonl`, to which\n");
        page.Append("`accuracy screening` and `accuracy final` add what they measure. The gap is ln(perplexity) - ln(perplexity of the dense model), in\n");
        page.Append("nats a token; KL is KL(dense || packed), in nats; agreement is the share of positions at which both have the same most probable token.\n");
        page.Append("Techniques and their rates are chosen on a held-out part of the calibration text: its last tenth, which is then neither\n");
        page.Append("calibrated nor tuned on. Final figures are of the test text, and calibrated and tuned on the whole calibration text.\n");
        foreach (string table in (string[])["final", "screening"])
        {
            IEnumerable<IGrouping<string, AccuracyRow>> models = rows.Where(row => row.Table == table).GroupBy(row => row.Model);
            foreach (IGrouping<string, AccuracyRow> model in models.OrderBy(group => group.Key, StringComparer.Ordinal))
            {
                Append(page, table == "final" ? $"{model.Key}: the test text" : $"{model.Key}: the held-out part of the calibration text", [.. model]);
            }
        }
        return page.ToString();
    }

    private static void Append(StringBuilder page, string title, AccuracyRow[] rows)
    {
        page.Append(CultureInfo.InvariantCulture, $"\n## {title}\nDense: {rows[0].DensePerplexity:0.000}. Means where there are several seeds.\n\n");
        page.Append("| technique | bits | group | seeds | perplexity | gap | KL | agreement | bits a weight | seconds, job | seconds, tuning |\n");
        page.Append("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n");
        foreach (IGrouping<(int Bits, int GroupSize), AccuracyRow> format in rows.GroupBy(row => (row.Bits, row.GroupSize)).OrderBy(group => group.Key))
        {
            foreach (IGrouping<string, AccuracyRow> technique in format.GroupBy(row => row.Technique))
            {
                AccuracyRow[] seeds = [.. technique.OrderBy(row => row.Seed)];
                string tuning = seeds[0].TuningSeconds is null ? "" : Text(seeds.Average(row => row.TuningSeconds!.Value), "0");
                string[] cells =
                [
                    technique.Key,
                    Text(format.Key.Bits, "0"),
                    Group(format.Key.GroupSize),
                    string.Join(", ", seeds.Select(row => row.Seed)),
                    Text(seeds.Average(row => row.Perplexity), "0.000"),
                    $"**{Text(seeds.Average(row => row.Gap), "0.0000")}**",
                    Text(seeds.Average(row => row.Divergence), "0.0000"),
                    Text(100 * seeds.Average(row => row.Agreement), "0.0") + " %",
                    Text(seeds[0].BitsPerWeight, "0.000"),
                    Text(seeds.Average(row => row.Seconds), "0"),
                    tuning,
                ];
                page.Append(CultureInfo.InvariantCulture, $"| {string.Join(" | ", cells)} |\n");
            }
        }
    }

    private static string Group(int size) => size == -1 ? "per channel" : Text(size, "0");

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
