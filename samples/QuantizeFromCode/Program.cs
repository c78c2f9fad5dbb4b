// Quantizes a model to 2 bits from code, with progress; Ctrl-C ends it, and the same command goes on where it was.
//   dotnet run -c Release --project samples/QuantizeFromCode -- MODEL TEXT OUT [GROUP-SIZE]
using System.Globalization;
using DecoupleQ;
using DecoupleQ.Evaluation;
using DecoupleQ.Models;
using DecoupleQ.Quantization.Jobs;
using DecoupleQ.Quantization.Settings;

if (args is not ([_, _, _] or [_, _, _, _]))
{
    Console.Error.WriteLine("usage: QuantizeFromCode MODEL TEXT OUT [GROUP-SIZE]");
    return 2;
}
string path = args[0], text = args[1], output = args[2];
int groupSize = args is [_, _, _, string size] ? int.Parse(size, CultureInfo.InvariantCulture) : 64;    // inputs that share a scale; -1 for whole rows

using var cancellation = new CancellationTokenSource();
Console.CancelKeyPress += (_, key) =>
{
    cancellation.Cancel();
    key.Cancel = true;
};
try
{
    // The other presets are Paper, the default, and Best; Recipe.Read takes settings from a file.
    QuantizationOptions options = Preset.Fast.ApplyTo(new()
    {
        Model = path,
        Output = output,
        Calibration = [text],
        Format = new(2, groupSize),
        Resume = true,
    });
    QuantizationReport report = QuantizationJob.Run(options, new Percent(), cancellation.Token);
    Console.WriteLine();
    Console.WriteLine($"{report.Output}: {report.OutputBytes / 1e6:0.0} MB instead of {report.DenseBytes / 1e6:0.0}");
    Console.WriteLine($"{report.BitsPerWeight.All:0.00} bits a weight, {report.BitsPerWeight.QuantizedLayers:0.00} of what was quantized.");
    LayerReport worst = report.Layers.MaxBy(layer => layer.RelativeLoss)!;
    Console.WriteLine($"The layer that lost most is {worst.Name}: {worst.RelativeLoss:0.0000} of its output.");
    foreach (string warning in report.Warnings)
    {
        Console.Error.WriteLine($"warning: {warning}");
    }

    using var model = LanguageModel.Load(output);
    EvaluationResult result = PerplexityEvaluation.Measure(model, File.ReadAllText(text), new() { MaxWindows = 8 });
    Console.WriteLine($"Perplexity on the beginning of {text}: {result.Perplexity:0.00}");
    return 0;
}
catch (OperationCanceledException)
{
    Console.WriteLine();
    Console.Error.WriteLine(QuantizationJob.Interrupted(output) is { } kept
        ? $"{kept.FinishedBlocks} blocks are kept in {kept.Folder}: the same command goes on from there."
        : "Nothing was finished yet.");
    return 130;
}
catch (DecoupleQException e)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}

// Not Progress<T>, which reports on other threads, perhaps after the job has ended.
internal sealed class Percent : IProgress<JobProgress>
{
    public void Report(JobProgress value) => Console.Error.Write($"\r{value.Fraction,4:0%} {value.Phase,-8} block {value.Block} of {value.Blocks}  ");
}
