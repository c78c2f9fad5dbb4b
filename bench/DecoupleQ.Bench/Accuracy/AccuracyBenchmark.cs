using System.Globalization;
using DecoupleQ.Evaluation;
using DecoupleQ.Models;
using DecoupleQ.Quantization.Jobs;
using DecoupleQ.Quantization.Settings;
using DecoupleQ.Quantization.Solver;
using DecoupleQ.Quantization.Tuning;

namespace DecoupleQ.Bench.Accuracy;

/// <summary>
/// What each technique is worth: <c>accuracy screening|final [MODEL CALIBRATION TEST CONTEXT] [only=PART] [bits=2] [groups=-1,64] [seeds=0]</c>. Finished rows
/// are kept in bench/accuracy/rows.jsonl, and are not measured again; docs/accuracy.md is written of all of them.
/// </summary>
internal static class AccuracyBenchmark
{
    private const string RowsFile = "bench/accuracy/rows.jsonl", Page = "docs/accuracy.md";

    // Of the calibration text what stands behind this share is not calibrated on, and judges while techniques are chosen.
    private const double ScreenedShare = 0.9;

    public static void Run(Report report)
    {
        string[] plain = [.. report.Arguments.Where(argument => !argument.Contains('='))];
        Dictionary<string, string> given = report.Arguments.Where(argument => argument.Contains('=')).Select(argument => argument.Split('=', 2))
            .ToDictionary(parts => parts[0], parts => parts[1]);
        string table = plain.Length > 0 ? plain[0] : "page";
        var rows = new AccuracyRows(RowsFile);
        if (table != "page")
        {
            string model = plain.Length > 1 ? plain[1] : "samples/books-8m", calibration = plain.Length > 2 ? plain[2] : "samples/text/calibration.txt";
            string test = plain.Length > 3 ? plain[3] : "samples/text/validation.txt";
            int context = plain.Length > 4 ? int.Parse(plain[4], CultureInfo.InvariantCulture) : 256;
            var measurement = new AccuracyMeasurement(model, calibration, test, context, report.Threads);
            string only = given.GetValueOrDefault("only", "");
            IReadOnlyList<Technique> techniques = table == "final" ? Technique.Final : Technique.Screened;
            foreach (Technique technique in techniques.Where(t => t.Name.Contains(only, StringComparison.Ordinal)))
            {
                foreach ((int bits, int groupSize) in Formats(given))
                {
                    foreach (ulong seed in given.GetValueOrDefault("seeds", "0").Split(',').Select(ulong.Parse))
                    {
                        if (!rows.All.Any(row => row.Is(measurement.Name, table, technique.Name, bits, groupSize, seed)))
                        {
                            rows.Add(table == "final"
                                ? measurement.OnTest(technique, bits, groupSize, seed)
                                : measurement.OnHeldOut(technique, bits, groupSize, seed, ScreenedShare));
                        }
                        AccuracyRow row = rows.All.Last(row => row.Is(measurement.Name, table, technique.Name, bits, groupSize, seed));
                        report.Add(
                            ("technique", row.Technique), ("bits", row.Bits), ("group", row.GroupSize), ("seed", row.Seed), ("perplexity", row.Perplexity),
                            ("gap", row.Gap), ("KL", row.Divergence), ("agreement", row.Agreement), ("seconds", row.Seconds + (row.TuningSeconds ?? 0)));
                    }
                }
            }
        }
        File.WriteAllText(Page, AccuracyPage.Of(rows.All));
    }

    private static IEnumerable<(int Bits, int GroupSize)> Formats(Dictionary<string, string> given) =>
        from bits in given.GetValueOrDefault("bits", "2").Split(',')
        from groupSize in given.GetValueOrDefault("groups", "-1,64").Split(',')
        select (int.Parse(bits, CultureInfo.InvariantCulture), int.Parse(groupSize, CultureInfo.InvariantCulture));
}

/// <summary>Quantizes, tunes and evaluates one model.</summary>
/// <param name="model">The dense model.</param>
/// <param name="calibration">The text to calibrate and tune on.</param>
/// <param name="test">The test text.</param>
/// <param name="context">Ids in a window.</param>
/// <param name="threads">Threads.</param>
internal sealed class AccuracyMeasurement(string model, string calibration, string test, int context, int threads)
{
    /// <summary>The model's name in the table.</summary>
    public string Name { get; } = Path.GetFileNameWithoutExtension(Path.TrimEndingDirectorySeparator(model));

    /// <summary>Calibrates on the whole text, evaluates on the test text.</summary>
    public AccuracyRow OnTest(Technique technique, int bits, int groupSize, ulong seed) =>
        InFolder(folder => Measure(folder, "final", technique, bits, groupSize, seed, calibration, test));

    /// <summary>Calibrates on the first part of the text and evaluates on the rest.</summary>
    public AccuracyRow OnHeldOut(Technique technique, int bits, int groupSize, ulong seed, double share) => InFolder(folder =>
    {
        string text = File.ReadAllText(calibration);
        // Between two lines.
        int cut = text.IndexOf('\n', (int)(text.Length * share)) + 1;
        string first = Path.Combine(folder, "first.txt"), rest = Path.Combine(folder, "rest.txt");
        File.WriteAllText(first, text[..cut]);
        File.WriteAllText(rest, text[cut..]);
        return Measure(folder, "screening", technique, bits, groupSize, seed, first, rest);
    });

    private AccuracyRow Measure(string folder, string table, Technique technique, int bits, int groupSize, ulong seed, string text, string judged)
    {
        string packed = Path.Combine(folder, "packed");
        QuantizationReport job = QuantizationJob.Run(technique.Options(new QuantizationOptions
        {
            Model = model,
            Output = packed,
            Calibration = [text],
            Context = context,
            Format = new QuantizationFormat(bits, groupSize),
            Seed = seed,
            Threads = threads,
        }));
        double? tuningSeconds = null;
        if (technique.Tuning is { } change)
        {
            TuningReport tuned = TuningJob.Run(change(new TuningOptions
            {
                Model = packed,
                Against = model,
                Output = Path.Combine(folder, "tuned"),
                Data = [text],
                Context = context,
                Seed = seed,
                Threads = threads,
            }));
            (packed, tuningSeconds) = (tuned.Output, tuned.Seconds);
        }
        using LanguageModel dense = LanguageModel.Load(model, new() { Threads = threads }), quantized = LanguageModel.Load(packed, new() { Threads = threads });
        EvaluationResult result = PerplexityEvaluation.MeasureFile(quantized, judged, new() { Context = context }, dense);
        return new AccuracyRow(
            Name, table, technique.Name, bits, groupSize, seed, result.Perplexity, result.ReferencePerplexity!.Value, result.KlDivergence!.Value,
            result.Top1Agreement!.Value, job.Seconds.Total, tuningSeconds, job.BitsPerWeight.QuantizedLayers, ToolVersion.Text);
    }

    private static AccuracyRow InFolder(Func<string, AccuracyRow> measure)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("decoupleq-accuracy-");
        try
        {
            return measure(folder.FullName);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
