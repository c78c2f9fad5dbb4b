using System.Diagnostics;
using DecoupleQ.Inference.States;
using DecoupleQ.Kernels.Attending;
using DecoupleQ.Kernels.Simd;
using DecoupleQ.Kernels.Threads;
using DecoupleQ.Tensors;

namespace DecoupleQ.Bench;

/// <summary>
/// Decoding at position 4000 of an attention as Llama 3 8B has it: 32 heads, 8 key and value heads of 128; blocks enough to leave the caches.
/// </summary>
internal static unsafe class ContextBenchmark
{
    private const int Position = 4000, Blocks = 32, Part = 512;

    public static void Run(Report report)
    {
        using var workers = new Workers(report.Threads);
        double bandwidth = ReadBandwidth.BytesPerSecond(workers);
        var shape = new AttentionShape(32, 8, 128, 1 / MathF.Sqrt(128));
        foreach (KeyValueFormat format in Enum.GetValues<KeyValueFormat>())
        {
            var store = new KeyValueStore(null);
            KeyValueState[] states = [.. Enumerable.Range(0, Blocks).Select(_ => Fill(store, shape, format))];
            double best = double.MaxValue;
            for (int repeat = 0; repeat < 40; repeat++)
            {
                long start = Stopwatch.GetTimestamp();
                foreach (KeyValueState state in states)
                {
                    Attend(shape, state, workers);
                }
                best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
            }
            double bytes = (double)Position * shape.KeyValueHeads * 2 * 128 * states[0].Layout.ElementBytes * Blocks;
            report.Add(
                ("keys and values", format.ToString()), ("threads", workers.Count), ("MB", bytes / 1e6), ("ms", best * 1e3), ("GB/s", bytes / best / 1e9),
                ("read bandwidth, GB/s", bandwidth / 1e9), ("of it", bytes / best / bandwidth));
            Array.ForEach(states, s => s.Dispose());
        }
    }

    private static KeyValueState Fill(KeyValueStore store, AttentionShape shape, KeyValueFormat format)
    {
        var state = new KeyValueState(store, shape, format);
        state.Reserve(Position);
        float[] numbers = [.. Enumerable.Range(0, 128).Select(i => MathF.Sin(i))];
        for (int p = 0; p < Position; p++)
        {
            for (int h = 0; h < shape.KeyValueHeads; h++)
            {
                state.Write(p, h, numbers, numbers);
            }
        }
        state.Advance(Position);
        return state;
    }

    private static void Attend(AttentionShape shape, KeyValueState state, Workers workers)
    {
        PagedHeads kernel = PagedHeads.For(state.Layout.Format, InstructionSets.Best);
        int parts = (Position + Part - 1) / Part;
        workers.For(parts * shape.KeyValueHeads, item =>
        {
            int size = shape.Group * shape.HeadSize, from = item % parts * Part;
            using Scratch memory = Scratch.Rent<float>((2 * size) + (shape.Group * PagedHeads.KeysAtOnce));
            float* queries = (float*)memory.Pointer;
            new Span<float>(queries, size).Fill(0.01f);
            Span<RunningSoftmax> softmax = stackalloc RunningSoftmax[shape.Group];
            kernel.Attend(
                state.Pages, item / parts, from, Math.Min(Position, from + Part), shape.Group, queries, softmax, queries + size, queries + (2 * size));
        });
    }
}
