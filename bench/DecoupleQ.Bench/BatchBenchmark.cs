using System.Diagnostics;
using System.Globalization;
using DecoupleQ.Kernels.Linear;
using DecoupleQ.Kernels.Threads;
using DecoupleQ.Tensors;

namespace DecoupleQ.Bench;

/// <summary>Decoding rows of several sequences together through one weight, beside a prompt in float32: billions of multiply-adds a second.</summary>
internal static unsafe class BatchBenchmark
{
    private const int Rounds = 15;
    private const int PromptRows = 128;

    public static void Run(Report report)
    {
        using var workers = new Workers(report.Threads);
        string chosen = report.Arguments.Count > 0 ? report.Arguments[0] : "2";
        foreach ((int outputs, int inputs) in new[] { (2048, 2048), (5632, 2048), (2048, 5632) })
        {
            WeightMatrix matrix = chosen == "bf16"
                ? LlamaShape.Dense(outputs, inputs, ElementType.BF16, 1)
                : LlamaShape.Affine(outputs, inputs, int.Parse(chosen, CultureInfo.InvariantCulture), 64, 1);
            Measure(report, chosen, LinearKernel.For(matrix), workers);
        }
    }

    private static void Measure(Report report, string format, SlabKernel kernel, Workers workers)
    {
        var product = new DecodingProduct([kernel]);
        float[] input = new float[PromptRows * kernel.Inputs], output = new float[PromptRows * kernel.Outputs];
        var random = new Random(1);
        for (int i = 0; i < input.Length; i++)
        {
            input[i] = random.NextSingle() - 0.5f;
        }
        var store = new Store(output, kernel.Outputs);
        int[] rows = [1, 2, 4, 8, 16, PromptRows];
        double[][] seconds = [.. rows.Select(_ => new double[Rounds])];
        fixed (float* x = input)
        {
            for (int round = -1; round < Rounds; round++)
            {
                for (int r = 0; r < rows.Length; r++)
                {
                    int count = rows[r], repeats = Math.Max(1, 16 / count);
                    long start = Stopwatch.GetTimestamp();
                    for (int i = 0; i < repeats; i++)
                    {
                        if (count == PromptRows)
                        {
                            kernel.Multiply(input, count, output, workers);
                        }
                        else
                        {
                            product.Run(x, kernel.Inputs, count, null, store, workers);
                        }
                    }
                    if (round >= 0)
                    {
                        seconds[r][round] = Stopwatch.GetElapsedTime(start).TotalSeconds / repeats;
                    }
                }
            }
        }
        double Rate(int r, int at) => rows[r] * (double)kernel.Inputs * kernel.Outputs / seconds[r].Order().ElementAt(at) / 1e9;
        for (int r = 0; r < rows.Length; r++)
        {
            report.Add(
                ("decoding", rows[r] == PromptRows ? "a prompt in float32" : format), ("outputs", kernel.Outputs), ("inputs", kernel.Inputs), ("rows", rows[r]),
                ("GMAC/s", Rate(r, Rounds / 2)), ("at best", Rate(r, 0)), ("x one row", Rate(r, Rounds / 2) / Rate(0, Rounds / 2)),
                ("x prompt", Rate(r, Rounds / 2) / Rate(rows.Length - 1, Rounds / 2)), ("best x prompt", Rate(r, 0) / Rate(rows.Length - 1, 0)));
        }
    }

    private sealed class Store(float[] output, int stride) : SlabEpilogue
    {
        public override void Take(int kernel, int first, int outputs, int row, int rows, float* y, float* paired)
        {
            for (int r = 0; r < rows; r++)
            {
                new ReadOnlySpan<float>(y + (r * SlabKernel.SlabRows), outputs).CopyTo(output.AsSpan(((row + r) * stride) + first));
            }
        }
    }
}
