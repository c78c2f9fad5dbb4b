using DecoupleQ.Kernels.Linear;
using DecoupleQ.Kernels.Threads;
using DecoupleQ.Tensors;

namespace DecoupleQ.Bench;

/// <summary>One token through all linear layers of a 1.1B Llama: milliseconds, the bytes streamed, and the ratio to BF16.</summary>
internal static unsafe class DecodeBenchmark
{
    public static void Run(Report report)
    {
        using var workers = new Workers(report.Threads);
        double bandwidth = ReadBandwidth.BytesPerSecond(workers);
        report.Add(("measured", "read bandwidth"), ("threads", workers.Count), ("GB/s", bandwidth / 1e9));
        double bf16 = Measure("BF16", (rows, columns, seed) => LlamaShape.Dense(rows, columns, ElementType.BF16, seed), null);
        string[] chosen = [.. report.Arguments];
        foreach ((string name, int bits, int? group) in new (string, int, int?)[]
        {
            ("2 bits, group 64", 2, 64), ("2 bits, per channel", 2, null), ("3 bits, group 64", 3, 64), ("3 bits, per channel", 3, null),
            ("4 bits, group 64", 4, 64), ("4 bits, per channel", 4, null), ("8 bits, group 64", 8, 64),
        })
        {
            if (chosen.Length == 0 || chosen.Contains(bits.ToString(System.Globalization.CultureInfo.InvariantCulture)))
            {
                Measure(name, (rows, columns, seed) => LlamaShape.Affine(rows, columns, bits, group, seed), bf16);
            }
        }
        if (chosen.Length == 0 || chosen.Contains("f16"))
        {
            Measure("F16", (rows, columns, seed) => LlamaShape.Dense(rows, columns, ElementType.F16, seed), bf16);
        }

        double Measure(string name, Func<int, int, int, WeightMatrix> make, double? reference)
        {
            long bits = 0;
            var kernels = new List<SlabKernel>();
            foreach ((_, int outputs, int inputs) in LlamaShape.Layers)
            {
                WeightMatrix matrix = make(outputs, inputs, kernels.Count);
                bits += matrix.StoredBits;
                kernels.Add(LinearKernel.For(matrix));
            }
            DecodingProduct[] products = [.. kernels.Select(kernel => new DecodingProduct([kernel]))];
            var unused = new UnusedOutputs();
            float[] input = new float[5632];
            input.AsSpan().Fill(0.5f);
            double seconds = Timing.BestOfSteps(
                kernels.Count,
                i =>
                {
                    fixed (float* x = input)
                    {
                        products[i].Run(x, kernels[i].Inputs, 1, null, unused, workers);
                    }
                },
                2.5);
            double rate = bits / 8.0 / seconds;
            report.Add(
                ("linear layers of a token", name), ("threads", workers.Count), ("MB", bits / 8e6), ("ms/token", seconds * 1e3), ("GB/s", rate / 1e9),
                ("% of bandwidth", 100 * rate / bandwidth), ("x BF16", reference is double r ? r / seconds : 1.0));
            kernels.Clear();
            GC.Collect();
            return seconds;
        }
    }
}
