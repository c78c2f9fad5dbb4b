using System.Diagnostics;
using DecoupleQ.Kernels.Linear;
using DecoupleQ.Kernels.Threads;

namespace DecoupleQ.Bench;

/// <summary>
/// Teams of 2, 16 and 64 threads at the products of a token of a 1.1B Llama, 2 bits and groups of 64: how often all come together, the bytes of weights that
/// the busiest thread owns and those that it read, and the rate beside that of two threads, taken in turn.
/// </summary>
internal static unsafe class TeamBenchmark
{
    private const int Rounds = 15;

    public static void Run(Report report)
    {
        List<(DecodingProduct Product, SlabKernel[] Kernels, bool Paired)> products = [];
        for (int block = 0; block < LlamaShape.Blocks; block++)
        {
            Add(false, (2048, 2048), (256, 2048), (256, 2048));
            Add(false, (2048, 2048));
            Add(true, (5632, 2048), (5632, 2048));
            Add(false, (2048, 5632));
        }
        Add(false, (LlamaShape.Head.Outputs, LlamaShape.Head.Inputs));
        long bytes = products.Sum(p => p.Kernels.Sum(k => k.Bytes));

        int[] threads = [2, 16, 64];
        Workers[] teams = [.. threads.Select(t => new Workers(t))];
        double[][] seconds = [.. threads.Select(_ => new double[Rounds])];
        var counts = new BytesByThread[threads.Length];
        long[] loops = new long[threads.Length];
        float[] input = new float[5632];
        input.AsSpan().Fill(0.5f);
        fixed (float* x = input)
        {
            for (int round = -1; round < Rounds; round++)
            {
                for (int t = 0; t < threads.Length; t++)
                {
                    var count = new BytesByThread();
                    long before = teams[t].Loops, start = Stopwatch.GetTimestamp();
                    foreach ((DecodingProduct product, SlabKernel[] kernels, bool paired) in products)
                    {
                        count.Begin(kernels, paired);
                        product.Run(x, kernels[0].Inputs, 1, null, count, teams[t]);
                    }
                    if (round >= 0)
                    {
                        seconds[t][round] = Stopwatch.GetElapsedTime(start).TotalSeconds;
                    }
                    (counts[t], loops[t]) = (count, teams[t].Loops - before);
                }
            }
        }
        for (int t = 0; t < threads.Length; t++)
        {
            long owned = Enumerable.Range(0, threads[t]).Max(thread => products.Sum(p => Owned(p.Kernels, p.Paired, threads[t], thread)));
            report.Add(
                ("team", $"{threads[t]} threads on {Environment.ProcessorCount} cores"), ("barriers a token", loops[t]), ("MB a token", bytes / 1e6),
                ("MB of the busiest", owned / 1e6), ("x an equal share", (double)owned * threads[t] / bytes), ("MB it read here", counts[t].Most / 1e6),
                ("x 2 threads", seconds[0].Zip(seconds[t], (two, own) => two / own).Order().ElementAt(Rounds / 2)));
            teams[t].Dispose();
        }

        void Add(bool paired, params ReadOnlySpan<(int Outputs, int Inputs)> shapes)
        {
            var kernels = new SlabKernel[shapes.Length];
            for (int i = 0; i < shapes.Length; i++)
            {
                kernels[i] = LinearKernel.For(LlamaShape.Affine(shapes[i].Outputs, shapes[i].Inputs, 2, 64, products.Count + i));
            }
            products.Add((new DecodingProduct([.. kernels], paired), kernels, paired));
        }
    }

    /// <summary>Bytes of the slabs that a thread owns.</summary>
    private static long Owned(SlabKernel[] kernels, bool paired, int threads, int thread)
    {
        int slabs = paired ? kernels[0].Slabs : kernels.Sum(k => k.Slabs);
        int first = SlabRanges.First(slabs, threads, thread), end = SlabRanges.First(slabs, threads, thread + 1);
        // The products' weights have the same number of inputs, and so all slabs the same size.
        return (end - first) * (kernels[0].Bytes / kernels[0].Slabs) * (paired ? 2 : 1);
    }

    /// <summary>Adds up what each thread multiplied.</summary>
    private sealed class BytesByThread : SlabEpilogue
    {
        private readonly ThreadLocal<long[]> _bytes = new(() => new long[1], trackAllValues: true);
        private long _slabBytes;

        public long Most => _bytes.Values.Max(b => b[0]);

        public void Begin(SlabKernel[] kernels, bool paired) => _slabBytes = kernels[0].Bytes / kernels[0].Slabs * (paired ? 2 : 1);

        public override void Take(int kernel, int first, int outputs, int row, int rows, float* y, float* paired) => _bytes.Value![0] += _slabBytes;
    }
}
