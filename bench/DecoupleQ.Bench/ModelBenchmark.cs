using System.Diagnostics;
using DecoupleQ.Checkpoints;
using DecoupleQ.Generation;
using DecoupleQ.Kernels.Threads;
using DecoupleQ.Models;

namespace DecoupleQ.Bench;

/// <summary>Whole models, from the folder: load, prefill and decode of a 1.1B Llama with random weights, or of the folders or GGUF files given.</summary>
internal static class ModelBenchmark
{
    private const int PromptTokens = 256;
    private const int DecodedTokens = 24;

    // A method is compiled for speed after it has been called some thirty times and a tenth of a second has passed.
    private const int LeastRepeats = 3;
    private const double LeastSeconds = 2;

    public static void Run(Report report)
    {
        using (var workers = new Workers(report.Threads))
        {
            report.Add(("measured", "read bandwidth"), ("threads", workers.Count), ("GB/s", ReadBandwidth.BytesPerSecond(workers) / 1e9));
        }
        if (report.Arguments.Count > 0)
        {
            foreach (string folder in report.Arguments)
            {
                Measure(report, folder, folder, null);
            }
            return;
        }
        double? dense = null;
        foreach ((string name, AffineFormat? format) in new (string, AffineFormat?)[]
        {
            ("BF16", null), ("2 bits, group 64", new AffineFormat(2, 64)), ("2 bits, per channel", new AffineFormat(2, AffineFormat.PerChannel)),
        })
        {
            using RandomLlama folder = RandomLlama.Write(format);
            double rate = Measure(report, folder.Path, name, dense);
            dense ??= rate;
        }
    }

    private static double Measure(Report report, string folder, string name, double? dense)
    {
        long start = Stopwatch.GetTimestamp();
        using LanguageModel model = LanguageModel.Load(folder, new LanguageModelOptions { Threads = report.Threads });
        double load = Stopwatch.GetElapsedTime(start).TotalSeconds;
        int prompt = Math.Min(PromptTokens, model.ContextLength - DecodedTokens - 1);
        int[] ids = [.. Enumerable.Range(0, prompt).Select(i => i % model.VocabularySize)];
        double prefill = double.MaxValue, decode = double.MaxValue;
        long begin = Stopwatch.GetTimestamp();
        for (int repeat = 0; repeat < LeastRepeats || Stopwatch.GetElapsedTime(begin).TotalSeconds < LeastSeconds; repeat++)
        {
            using Sequence sequence = model.Begin();
            start = Stopwatch.GetTimestamp();
            sequence.Append(ids, default);
            prefill = Math.Min(prefill, Stopwatch.GetElapsedTime(start).TotalSeconds);
            for (int token = 0; token < DecodedTokens; token++)
            {
                start = Stopwatch.GetTimestamp();
                sequence.Decode(token, default);
                decode = Math.Min(decode, Stopwatch.GetElapsedTime(start).TotalSeconds);
            }
        }
        report.Add(
            ("model", name),
            ("MB", ModelFiles.WeightBytes(folder) / 1e6),
            ("load s", load),
            ("prefill tokens/s", prompt / prefill),
            ("decode tokens/s", 1 / decode),
            ("x dense", dense is double d ? 1 / decode / d : 1.0));
        return 1 / decode;
    }
}
