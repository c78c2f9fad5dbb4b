using System.Diagnostics;
using DecoupleQ.Bench;

namespace DecoupleQ.LlamaCpp;

/// <summary>Prefill and decode speed of each engine, taken in turns so that what else the machine does falls on all of them.</summary>
internal static class Speed
{
    private const int PromptTokens = 256;
    private const int DecodedTokens = 48;
    private const int Rounds = 5;

    /// <summary>The most ids that a measurement takes.</summary>
    public const int Longest = PromptTokens + DecodedTokens;

    /// <summary>Measures on the first ids of a text; the best of several rounds counts.</summary>
    public static void Measure(Report report, IReadOnlyList<IEngine> engines, int[] ids)
    {
        var prefill = new double[engines.Count];
        var decode = new double[engines.Count];
        Array.Fill(prefill, double.MaxValue);
        Array.Fill(decode, double.MaxValue);
        for (int round = 0; round < Rounds; round++)
        {
            for (int e = 0; e < engines.Count; e++)
            {
                engines[e].Clear();
                long start = Stopwatch.GetTimestamp();
                engines[e].Append(ids.AsSpan(0, PromptTokens));
                prefill[e] = Math.Min(prefill[e], Stopwatch.GetElapsedTime(start).TotalSeconds);
                start = Stopwatch.GetTimestamp();
                for (int token = PromptTokens; token < Longest; token++)
                {
                    engines[e].Append(ids.AsSpan(token, 1));
                }
                decode[e] = Math.Min(decode[e], Stopwatch.GetElapsedTime(start).TotalSeconds);
            }
        }
        for (int e = 0; e < engines.Count; e++)
        {
            report.Add(
                ("engine", engines[e].Name),
                ("threads", report.Threads),
                ("prefill tokens/s", PromptTokens / prefill[e]),
                ("decode tokens/s", DecodedTokens / decode[e]),
                ("prefill, x first", prefill[0] / prefill[e]), ("decode, x first", decode[0] / decode[e]));
        }
    }
}
