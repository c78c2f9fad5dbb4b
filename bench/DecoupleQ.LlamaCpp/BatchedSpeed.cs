using System.Diagnostics;
using DecoupleQ.Bench;

namespace DecoupleQ.LlamaCpp;

/// <summary>Several texts at a time by each runtime, in turns; prompts count as well.</summary>
internal static class BatchedSpeed
{
    private static readonly string[] Prompts =
    [
        "Once upon a time", "The weather in the north of Italy is", "A compiler is a program that", "My grandmother's house had", "In 1969 the first men",
        "The best way to cook rice is", "Dear Sir, I am writing to", "The sea was calm and",
    ];

    /// <summary>Measures on a GGUF file.</summary>
    /// <param name="report">Where it goes.</param>
    /// <param name="file">The file.</param>
    /// <param name="sequences">How many at a time.</param>
    /// <param name="tokens">How many tokens of each are written.</param>
    /// <param name="rounds">How often, in turns.</param>
    public static async Task MeasureAsync(Report report, string file, int sequences, int tokens, int rounds)
    {
        using var managed = new ManagedBatch(file, report.Threads, sequences);
        int[][] prompts = [.. Enumerable.Range(0, sequences).Select(s => managed.Tokenizer.Encode(Prompts[s % Prompts.Length]).ToArray())];
        using var native = new LlamaCppBatch(file, report.Threads, sequences, prompts.Max(prompt => prompt.Length) + tokens);
        IBatch[] pair = [native, managed];
        foreach (IBatch batch in pair)
        {
            await batch.ContinueAsync(prompts, tokens, managed.EndIds);
        }
        for (int round = 0; round < rounds; round++)
        {
            var rates = new double[2];
            var processor = new double[2];
            var written = new int[2][][];
            foreach ((int i, IBatch batch) in pair.Index())
            {
                TimeSpan before = Environment.CpuUsage.TotalTime;
                long start = Stopwatch.GetTimestamp();
                written[i] = await batch.ContinueAsync(prompts, tokens, managed.EndIds);
                int count = written[i].Sum(ids => ids.Length);
                rates[i] = count / Stopwatch.GetElapsedTime(start).TotalSeconds;
                processor[i] = 1e3 * (Environment.CpuUsage.TotalTime - before).TotalSeconds / count;
            }
            report.Add(
                ("sequences", sequences), ("tokens of each", tokens), ("threads", report.Threads), ($"{native.Name}, tokens/s", rates[0]),
                ($"{managed.Name}, tokens/s", rates[1]), ("x first", rates[1] / rates[0]), ("CPU ms a token, first", processor[0]), ("second", processor[1]),
                ("ids in common at the start, mean", written[0].Zip(written[1], (a, b) => (double)a.AsSpan().CommonPrefixLength(b)).Average()));
        }
    }
}
