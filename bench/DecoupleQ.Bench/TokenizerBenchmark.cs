using System.Diagnostics;
using System.Text;
using DecoupleQ.Tokenization;
using DecoupleQ.Tokenization.Json;

namespace DecoupleQ.Bench;

/// <summary>
/// Speed of <c>tokenizer.json</c> tokenizers on one thread: loading, encoding with empty and with warm caches, decoding, and one word of a million letters.
/// </summary>
internal static class TokenizerBenchmark
{
    private const int WordLength = 1_000_000;

    /// <summary>Arguments: <c>TEXT TOKENIZER.json...</c></summary>
    public static void Run(Report report)
    {
        if (report.Arguments.Count < 2)
        {
            throw new ArgumentException("usage: tokenizers TEXT TOKENIZER.json...");
        }
        string text = File.ReadAllText(report.Arguments[0]);
        double megabytes = Encoding.UTF8.GetByteCount(text) / 1e6;
        string word = new('a', WordLength);
        foreach (string file in report.Arguments.Skip(1))
        {
            Tokenizer tokenizer = TokenizerJson.Load(file);
            double cold = Enumerable.Range(0, 3).Min(_ => EncodeOnce(TokenizerJson.Load(file), text));
            IReadOnlyList<int> ids = tokenizer.Encode(text);
            report.Add(
                ("tokenizer", Path.GetFileName(Path.GetDirectoryName(Path.GetFullPath(file)))!),
                ("load ms", 1e3 * Timing.Best(() => TokenizerJson.Load(file), 0)),
                ("encode, cold MB/s", megabytes / cold),
                ("encode MB/s", megabytes / Timing.Best(() => tokenizer.Encode(text))),
                ("decode MB/s", megabytes / Timing.Best(() => tokenizer.Decode(ids))),
                ("1 MB word ms", 1e3 * Timing.Best(() => tokenizer.Encode(word), 0)));
        }
    }

    /// <summary>The time in seconds of the first text that a tokenizer encodes.</summary>
    private static double EncodeOnce(Tokenizer tokenizer, string text)
    {
        long start = Stopwatch.GetTimestamp();
        tokenizer.Encode(text);
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
