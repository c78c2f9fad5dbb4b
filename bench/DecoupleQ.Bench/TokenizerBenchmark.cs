using System.Diagnostics;
using System.Text;
using DecoupleQ.Tokenization;
using DecoupleQ.Tokenization.Json;

namespace DecoupleQ.Bench;

/// <summary>Speed of tokenizers on one core: loading, encoding and decoding of a text, and of a word of a million equal letters.</summary>
internal static class TokenizerBenchmark
{
    private const int Runs = 5;

    /// <summary>Arguments: <c>TEXT TOKENIZER.json...</c>.</summary>
    public static void Run(string[] args)
    {
        if (args.Length < 2)
        {
            Console.Error.WriteLine("tokenizers TEXT TOKENIZER.json...");
            return;
        }
        string text = File.ReadAllText(args[0]);
        string word = new('a', 1_000_000);
        Console.WriteLine($"{args[0]}: {Encoding.UTF8.GetByteCount(text) / 1e6:F2} MB; best of {Runs} runs, one thread");
        Console.WriteLine("| tokenizer | load ms | first encode MB/s | encode MB/s | decode MB/s | word of 1 MB, ms |");
        Console.WriteLine("| --- | --- | --- | --- | --- | --- |");
        foreach (string file in args.Skip(1))
        {
            double load = Best(() => TokenizerJson.Load(file), 2);
            Tokenizer tokenizer = TokenizerJson.Load(file);
            double megabytes = Encoding.UTF8.GetByteCount(text) / 1e6;
            double first = Best(() => tokenizer.Encode(text), 1);
            double encode = Best(() => tokenizer.Encode(text), Runs);
            IReadOnlyList<int> ids = tokenizer.Encode(text);
            double decode = Best(() => tokenizer.Decode(ids), Runs);
            double single = Best(() => tokenizer.Encode(word), 2);
            Console.WriteLine($"| {Path.GetFileName(Path.GetDirectoryName(Path.GetFullPath(file)))} | {load * 1e3:F0} | {megabytes / first:F1} | {megabytes / encode:F1} | {megabytes / decode:F1} | {single * 1e3:F0} |");
        }
    }

    private static double Best(Action action, int runs)
    {
        double best = double.MaxValue;
        for (int i = 0; i < runs; i++)
        {
            long start = Stopwatch.GetTimestamp();
            action();
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        return best;
    }
}
