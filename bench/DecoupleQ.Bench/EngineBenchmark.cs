using System.Diagnostics;
using DecoupleQ.Checkpoints;
using DecoupleQ.Models;
using DecoupleQ.Models.Plans;
using DecoupleQ.Tensors;

namespace DecoupleQ.Bench;

/// <summary>A whole model through the engine: one sequence against what memory allows, several together, and threads of their own.</summary>
internal static class EngineBenchmark
{
    private const int Tokens = 24;
    private const int Repeats = 5;

    public static void WriteShape(Report report)
    {
        string folder = report.Arguments.Single();
        Directory.CreateDirectory(folder);
        RandomLlama.Write(folder, new AffineFormat(2, 64), packedHead: true);
    }

    public static void Run(Report report)
    {
        using LanguageModel model = LanguageModel.Load(report.Arguments.Single(), new() { Threads = report.Threads });
        double bandwidth = ReadBandwidth.BytesPerSecond(model.Workers), bytes = Bytes(model);
        double prefill = Best(() => Prefill(model, 128)), prefill512 = Best(() => Prefill(model, 512)), one = Best(() => Together(model, 1));
        report.Add(
            ("measured", "one sequence"),
            ("threads", model.Workers.Count),
            ("GB/s", bandwidth / 1e9),
            ("MB a token", bytes / 1e6),
            ("tokens/s", one),
            ("of the roofline", one * bytes / bandwidth),
            ("prefill 128, tokens/s", prefill),
            ("prefill 512, tokens/s", prefill512),
            ("bytes allocated a token", Allocated(model)));
        foreach (int count in (int[])[2, 4, 8, 16, 64])
        {
            double rate = Best(() => Together(model, count));
            report.Add(("measured", $"{count} together"), ("tokens/s of all", rate), ("x one", rate / one), ("x prefill", rate / prefill));
        }
        double together = Best(() => Together(model, 8)), threads = Best(() => Threads(model, 8));
        report.Add(("measured", "8 threads of their own"), ("tokens/s of all", threads), ("x 8 together", threads / together));
        report.Add(("measured", "stages of a block"), ("stages", model.Program.StagesOf(0)));
    }

    /// <summary>Bytes of weights that a decoded token reads.</summary>
    private static double Bytes(LanguageModel model) => model.Program.Kernels.Sum(kernel => kernel.Bytes);

    private static double Best(Func<double> measure)
    {
        double best = 0;
        for (int i = 0; i < Repeats; i++)
        {
            best = Math.Max(best, measure());
        }
        return best;
    }

    private static double Prefill(LanguageModel model, int tokens)
    {
        using Sequence sequence = model.Begin();
        int[] ids = [.. Enumerable.Range(0, tokens).Select(i => i % model.VocabularySize)];
        long start = Stopwatch.GetTimestamp();
        sequence.Append(ids, default);
        return tokens / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static double Together(LanguageModel model, int count)
    {
        Sequence[] sequences = [.. Enumerable.Range(0, count).Select(_ => model.Begin())];
        int[] ids = [.. Enumerable.Range(1, count)];
        Array.ForEach(sequences, s => s.Append([1, 2, 3], default));
        long start = Stopwatch.GetTimestamp();
        for (int token = 0; token < Tokens; token++)
        {
            if (count == 1)
            {
                sequences[0].Decode(1, default);
            }
            else
            {
                model.Decode(sequences, ids, default);
            }
        }
        double rate = count * Tokens / Stopwatch.GetElapsedTime(start).TotalSeconds;
        Array.ForEach(sequences, s => s.Dispose());
        return rate;
    }

    // As callers do that know nothing of each other: each thread waits for its own token.
    private static double Threads(LanguageModel model, int count)
    {
        var ready = new Barrier(count + 1);
        Thread[] threads =
        [
            .. Enumerable.Range(0, count).Select(i => new Thread(() =>
            {
                using Sequence sequence = model.Begin();
                sequence.Append([1, 2, 3], default);
                sequence.Request.Continues = true;
                ready.SignalAndWait();
                for (int token = 0; token < Tokens; token++)
                {
                    sequence.Decode(i + 1, default);
                }
                sequence.Request.Continues = false;
                model.Engine.Leave(sequence.Request);
            })),
        ];
        Array.ForEach(threads, t => t.Start());
        ready.SignalAndWait();
        long start = Stopwatch.GetTimestamp();
        Array.ForEach(threads, t => t.Join());
        return count * Tokens / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static double Allocated(LanguageModel model)
    {
        using Sequence sequence = model.Begin();
        sequence.Append([1, 2, 3], default);
        sequence.Decode(1, default);
        long before = GC.GetTotalAllocatedBytes(precise: true);
        for (int token = 0; token < Tokens; token++)
        {
            sequence.Decode(1, default);
        }
        return (double)(GC.GetTotalAllocatedBytes(precise: true) - before) / Tokens;
    }
}
