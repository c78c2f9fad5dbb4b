using System.Diagnostics;
using DecoupleQ.Generation.Sampling;

namespace DecoupleQ.Bench;

/// <summary>
/// Choosing a token of 152,000, with temperature 0.8 and top-p 0.95, by selection and by sorting all of them, alternating on the same logits; and what a token
/// allocates. All of it is warmed up first, until the JIT has optimised what it runs, so that the times are those of a text that goes on.
/// </summary>
internal static class SamplingBenchmark
{
    private const int Vocabulary = 152_000;
    private const double Temperature = 0.8, TopP = 0.95;
    private const int Rounds = 41;

    // More calls than the JIT counts before it optimises a method, then longer than it waits to do so, twice: it first counts branches, then uses the counts.
    private const int WarmUpCalls = 64;
    private static readonly TimeSpan WarmUpPause = TimeSpan.FromMilliseconds(250);

    private static readonly (string Name, Func<SplitMix64, Func<int, float>> Logits)[] Shapes =
    [
        ("flat", _ => _ => 1),
        ("flat, noise 0.01", random => _ => (float)(0.01 * Normal(ref random))),
        ("normal, deviation 1", random => _ => (float)Normal(ref random)),
        ("peaked, deviation 3", random => _ => (float)(3 * Normal(ref random))),
        ("in steps of 1/8", random => _ => MathF.Round((float)(8 * Normal(ref random))) / 8),
        ("one above a flat rest", random => id => id == 7 ? 9 : (float)(0.001 * Normal(ref random))),
    ];

    public static void Run(Report report)
    {
        var settings = new SamplingSettings { Temperature = Temperature, TopP = TopP, Seed = 1 };
        (string Name, float[] Logits)[] all = [.. Shapes.Select(s => (s.Name, Enumerable.Range(0, Vocabulary).Select(s.Logits(new SplitMix64(1))).ToArray()))];
        WarmUp(settings, [.. all.Select(shape => shape.Logits)]);
        foreach ((string name, float[] logits) in all)
        {
            TokenSampler sampler = new(settings, Vocabulary), allocating = new(settings, Vocabulary);
            var random = new SplitMix64(1);
            var selecting = new double[Rounds];
            var sorting = new double[Rounds];
            int differing = 0;
            for (int round = 0; round < Rounds; round++)
            {
                (int chosen, int sorted) = (0, 0);
                selecting[round] = Milliseconds(() => chosen = sampler.Next(logits, [], [], out _));
                sorting[round] = Milliseconds(() => sorted = Sorted(logits, ref random));
                differing += chosen == sorted ? 0 : 1;
            }
            allocating.Next(logits, [], [], out _);
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int token = 0; token < Rounds; token++)
            {
                allocating.Next(logits, [], [], out _);
            }
            double bytes = (GC.GetAllocatedBytesForCurrentThread() - before) / (double)Rounds;
            report.Add(
                ("logits", name),
                ("ms a token", Median(selecting)),
                ("least ms", selecting.Min()),
                ("sorting ms", Median(sorting)),
                ("times as fast", Median(sorting) / Median(selecting)),
                ("bytes a token", bytes),
                ("other tokens", differing));
        }
    }

    private static void WarmUp(SamplingSettings settings, float[][] shapes)
    {
        var sampler = new TokenSampler(settings, Vocabulary);
        for (int pass = 0; pass < 3; pass++)
        {
            for (int call = 0; call < WarmUpCalls; call++)
            {
                Array.ForEach(shapes, logits => sampler.Next(logits, [], [], out _));
            }
            Thread.Sleep(WarmUpPause);
        }
    }

    // As one writes it first: float64 weights of all tokens in their order. At the edge of a token's share it may round to its neighbour.
    private static int Sorted(float[] logits, ref SplitMix64 random)
    {
        var ranks = new ulong[logits.Length];
        for (int id = 0; id < ranks.Length; id++)
        {
            uint bits = BitConverter.SingleToUInt32Bits(0f - logits[id]);
            ranks[id] = ((ulong)((int)bits < 0 ? ~bits : bits | 0x80000000) << 32) | (uint)id;
        }
        Array.Sort(ranks);
        int[] ids = Array.ConvertAll(ranks, rank => (int)(uint)rank);
        double[] weights = Array.ConvertAll(ids, id => Math.Exp(((double)logits[id] - logits[ids[0]]) / Temperature));
        double target = TopP * weights.Sum(), total = 0;
        int kept = 0;
        while (kept < ids.Length && total < target)
        {
            total += weights[kept++];
        }
        double point = random.NextDouble() * total;
        int chosen = 0;
        while (chosen < kept - 1 && (point -= weights[chosen]) >= 0)
        {
            chosen++;
        }
        return ids[chosen];
    }

    private static double Milliseconds(Action action)
    {
        long start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    private static double Median(double[] times) => times.Order().ElementAt(times.Length / 2);

    private static double Normal(ref SplitMix64 random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
