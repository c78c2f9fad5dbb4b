using DecoupleQ.Kernels.Linear;
using DecoupleQ.Kernels.Simd;
using DecoupleQ.Kernels.Threads;
using DecoupleQ.Tensors;

namespace DecoupleQ.Bench;

/// <summary>Decoding rows through one 2048 x 2048 layer out of the caches, on one thread: what each kernel costs, in every instruction set.</summary>
internal static unsafe class LayerBenchmark
{
    private const int Size = 2048;

    public static void Run(Report report)
    {
        using var workers = new Workers(1);
        foreach (InstructionSet set in Enum.GetValues<InstructionSet>().Where(InstructionSets.Runs).Reverse())
        {
            string beginning = report.Arguments.Count == 0 ? "" : report.Arguments[0];
            foreach ((string name, WeightMatrix matrix) in Matrices().Where(m => m.Name.StartsWith(beginning, StringComparison.Ordinal)))
            {
                var product = new DecodingProduct([LinearKernel.For(matrix, set)]);
                var unused = new UnusedOutputs();
                foreach (int tokens in new[] { 1, 2, 4, 8, 16 })
                {
                    float[] input = new float[tokens * Size];
                    input.AsSpan().Fill(0.5f);
                    double seconds = Timing.Best(
                        () =>
                        {
                            fixed (float* x = input)
                            {
                                product.Run(x, Size, tokens, null, unused, workers);
                            }
                        },
                        0.05);
                    report.Add(
                        ("layer", name), ("set", set.ToString()), ("tokens", tokens), ("us", seconds * 1e6), ("us/token", seconds / tokens * 1e6),
                        ("GB/s", matrix.StoredBits / 8 / seconds / 1e9), ("GFLOP/s", 2.0 * Size * Size * tokens / seconds / 1e9));
                }
            }
        }
    }

    private static IEnumerable<(string Name, WeightMatrix Matrix)> Matrices()
    {
        foreach (int bits in new[] { 2, 3, 4, 8 })
        {
            yield return ($"{bits} bits, group 64", LlamaShape.Affine(Size, Size, bits, 64, 1));
            yield return ($"{bits} bits, per channel", LlamaShape.Affine(Size, Size, bits, null, 1));
        }
        yield return ("BF16", LlamaShape.Dense(Size, Size, ElementType.BF16, 1));
        yield return ("F16", LlamaShape.Dense(Size, Size, ElementType.F16, 1));
    }
}
