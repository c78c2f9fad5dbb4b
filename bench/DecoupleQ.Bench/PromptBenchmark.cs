using System.Diagnostics;
using System.Globalization;
using DecoupleQ.Kernels.Linear;
using DecoupleQ.Kernels.Simd;
using DecoupleQ.Kernels.Threads;
using DecoupleQ.Tensors;

namespace DecoupleQ.Bench;

/// <summary>Prompt rows times one weight, in float32 and as a running model multiplies them, by turns: billions of multiply-adds a second.</summary>
internal static class PromptBenchmark
{
    private const int Rounds = 9;

    private static readonly (int Outputs, int Inputs, int? Group)[] Shapes =
        [(2048, 2048, 64), (256, 2048, 64), (5632, 2048, 64), (2048, 5632, 64), (2048, 2048, null)];

    public static void Run(Report report)
    {
        using var workers = new Workers(report.Threads);
        int[] widths = report.Arguments.Count > 0 ? [int.Parse(report.Arguments[0], CultureInfo.InvariantCulture)] : [2, 3, 4, 8];
        foreach (InstructionSet set in Enum.GetValues<InstructionSet>().Where(s => s != InstructionSet.Scalar && InstructionSets.Runs(s)).Reverse())
        {
            foreach (int bits in widths)
            {
                foreach ((int outputs, int inputs, int? group) in Shapes)
                {
                    Measure(report, LlamaShape.Affine(outputs, inputs, bits, group, 1), set, workers);
                }
            }
        }
    }

    private static void Measure(Report report, AffineMatrix matrix, InstructionSet set, Workers workers)
    {
        SlabKernel kernel = LinearKernel.For(matrix, set);
        foreach (int rows in new[] { 1, 16, 128, 512 })
        {
            float[] input = new float[rows * kernel.Inputs], output = new float[rows * kernel.Outputs];
            var random = new Random(1);
            for (int i = 0; i < input.Length; i++)
            {
                input[i] = random.NextSingle() - 0.5f;
            }
            double work = (double)rows * kernel.Inputs * kernel.Outputs;
            var singles = new double[Rounds];
            var prompts = new double[Rounds];
            for (int round = -1; round < Rounds; round++)
            {
                double single = Seconds(() => kernel.Multiply(input, rows, output, workers));
                double prompt = Seconds(() => kernel.MultiplyPrompt(input, rows, output, workers));
                if (round >= 0)
                {
                    (singles[round], prompts[round]) = (single, prompt);
                }
            }
            Array.Sort(singles);
            Array.Sort(prompts);
            report.Add(
                ("prompt", $"{matrix.Bits} bits, group {matrix.GroupSize}"), ("set", set.ToString()),
                ("outputs", kernel.Outputs), ("inputs", kernel.Inputs), ("rows", rows),
                ("GMAC/s float32", work / singles[Rounds / 2] / 1e9), ("GMAC/s prompt", work / prompts[Rounds / 2] / 1e9),
                ("ratio of medians", singles[Rounds / 2] / prompts[Rounds / 2]), ("of best", singles[0] / prompts[0]));
        }
    }

    private static double Seconds(Action action)
    {
        long start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
