using System.Diagnostics;
using DecoupleQ.Kernels.Linear;
using DecoupleQ.Kernels.Simd;
using DecoupleQ.Kernels.Threads;

namespace DecoupleQ.Bench;

/// <summary>
/// The linear layers of a token of a 1.1B Llama, decoded by the kernels of each family of instruction sets that runs here, taken in turn; by bits.
/// </summary>
internal static unsafe class FamiliesBenchmark
{
    private const int Rounds = 11;

    public static void Run(Report report)
    {
        using var workers = new Workers(report.Threads);
        double bandwidth = ReadBandwidth.BytesPerSecond(workers);
        report.Add(("measured", "read bandwidth"), ("threads", workers.Count), ("GB/s", bandwidth / 1e9));
        InstructionSet[] sets = [.. Enum.GetValues<InstructionSet>().Where(s => s != InstructionSet.Scalar && InstructionSets.Runs(s)).Reverse()];
        int[] chosen = report.Arguments.Count > 0 ? [.. report.Arguments.Select(int.Parse)] : [2, 3, 4];
        foreach (int bits in chosen)
        {
            SlabKernel[][] kernels = [.. sets.Select(set => Layers(bits, set))];
            Measure(report, bits, sets, kernels, workers, bandwidth);
        }
    }

    private static SlabKernel[] Layers(int bits, InstructionSet set) =>
        [.. LlamaShape.Layers.Select((layer, i) => LinearKernel.For(LlamaShape.Affine(layer.Outputs, layer.Inputs, bits, 64, i), set))];

    private static void Measure(Report report, int bits, InstructionSet[] sets, SlabKernel[][] kernels, Workers workers, double bandwidth)
    {
        DecodingProduct[][] products = [.. kernels.Select(own => own.Select(kernel => new DecodingProduct([kernel])).ToArray())];
        double[][] seconds = [.. sets.Select(_ => new double[Rounds])];
        var unused = new UnusedOutputs();
        float[] input = new float[5632];
        input.AsSpan().Fill(0.5f);
        fixed (float* x = input)
        {
            for (int round = -1; round < Rounds; round++)
            {
                for (int s = 0; s < sets.Length; s++)
                {
                    long start = Stopwatch.GetTimestamp();
                    for (int k = 0; k < kernels[s].Length; k++)
                    {
                        products[s][k].Run(x, kernels[s][k].Inputs, 1, null, unused, workers);
                    }
                    if (round >= 0)
                    {
                        seconds[s][round] = Stopwatch.GetElapsedTime(start).TotalSeconds;
                    }
                }
            }
        }
        for (int s = 0; s < sets.Length; s++)
        {
            double rate = kernels[s].Sum(k => k.Bytes) / seconds[s].Min();
            report.Add(
                ("linear layers of a token", $"{bits} bits, group 64, {sets[s]}"), ("threads", workers.Count),
                ("ms/token", seconds[s].Min() * 1e3), ("GB/s", rate / 1e9),
                ("% of bandwidth", 100 * rate / bandwidth),
                ($"x {sets[0]}", seconds[0].Zip(seconds[s], (first, own) => first / own).Order().ElementAt(Rounds / 2)));
        }
    }
}
