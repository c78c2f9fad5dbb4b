using System.Diagnostics;
using DecoupleQ.Bench;

namespace DecoupleQ.LlamaCpp;

/// <summary>Prefill and decode speed of each engine, taken in turns so that what else the machine does falls on all of them.</summary>
/// <param name="Prompt">Ids of the prompt.</param>
/// <param name="Decoded">Ids that are decoded one by one.</param>
/// <param name="Rounds">How often; the best counts.</param>
internal sealed record Speed(int Prompt = 256, int Decoded = 48, int Rounds = 5)
{
    /// <summary>The most ids that a measurement takes.</summary>
    public int Longest => Prompt + Decoded;

    /// <summary>Measures on the first ids of a text.</summary>
    public void Measure(Report report, IReadOnlyList<IEngine> engines, int[] ids)
    {
        Timing[] prefill = Start(), decode = Start();
        for (int round = 0; round < Rounds; round++)
        {
            for (int e = 0; e < engines.Count; e++)
            {
                IEngine engine = engines[e];
                engine.Clear();
                prefill[e] = prefill[e].Better(() => engine.Append(ids.AsSpan(0, Prompt)));
                decode[e] = decode[e].Better(() =>
                {
                    for (int token = Prompt; token < Longest; token++)
                    {
                        engine.Decode(ids[token]);
                    }
                });
            }
        }
        for (int e = 0; e < engines.Count; e++)
        {
            report.Add(
                ("engine", engines[e].Name), ("threads", report.Threads), ("prefill tokens/s", Prompt / prefill[e].Seconds),
                ("decode tokens/s", Decoded / decode[e].Seconds),
                ("prefill, x first", prefill[0].Seconds / prefill[e].Seconds), ("decode, x first", decode[0].Seconds / decode[e].Seconds),
                ("prefill, CPU ms a token", 1e3 * prefill[e].Processor / Prompt), ("decode, CPU ms a token", 1e3 * decode[e].Processor / Decoded));
        }

        Timing[] Start()
        {
            var start = new Timing[engines.Count];
            Array.Fill(start, new Timing(double.MaxValue, double.MaxValue));
            return start;
        }
    }

    // On a machine that others use, processor time says more than the clock; with several threads it counts their waiting too.
    private readonly record struct Timing(double Seconds, double Processor)
    {
        public Timing Better(Action action)
        {
            TimeSpan before = Environment.CpuUsage.TotalTime;
            long start = Stopwatch.GetTimestamp();
            action();
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds, processor = (Environment.CpuUsage.TotalTime - before).TotalSeconds;
            return new Timing(Math.Min(Seconds, seconds), Math.Min(Processor, processor));
        }
    }
}
