using DecoupleQ.Kernels;
using DecoupleQ.Models;
using DecoupleQ.Quantization.Gradients;
using DecoupleQ.Quantization.Solver;
using DecoupleQ.Quantization.Training;

namespace DecoupleQ.Bench;

/// <summary>A training step of a block, part by part, as a multiple of the products of its linear layers forward, measured in the same run.</summary>
internal static class BlockTrainingBenchmark
{
    private const int Tokens = 256;
    private const int Sequences = 8;

    public static void Run(Report report)
    {
        foreach (int threads in report.Threads > 1 ? new[] { 1, report.Threads } : [1])
        {
            using var workers = new Workers(threads);
            foreach (int groupSize in new[] { 64, QuantizationFormat.PerChannel })
            {
                Measure(report, "SmolLM2 block", Plan(width: 576, feedForward: 1536, heads: 9, keyValueHeads: 3), groupSize, workers);
                Measure(report, "books-8m block", Plan(width: 256, feedForward: 768, heads: 4, keyValueHeads: 2), groupSize, workers);
            }
        }
    }

    private static void Measure(Report report, string name, BlockPlan plan, int groupSize, Workers workers)
    {
        var random = new Random(1);
        (TrainableBlock block, List<TrainedTensor> trained) = Block(plan, new QuantizationFormat(2, groupSize), random);
        var samples = new Samples(plan.Input.Width, Random(random, Tokens * plan.Input.Width));
        var loss = new BlockLoss(block, workers);
        var adam = new Adam(trained, new AdamOptions());
        var runner = new BlockRunner(plan, workers);
        var values = new BlockBuffers();
        samples.ReadInputs(0, values.Rows(plan.Input, Tokens));

        double products = Timing.Best(() => Repeat(() => Products(plan, Tokens, random, workers))) / Sequences;
        double linears = Timing.Best(() => Repeat(() =>
        {
            foreach (LinearOperation linear in plan.Linears)
            {
                block.Linear(linear).Multiply(values.Rows(linear.Input, Tokens), Tokens, values.Rows(linear.Output, Tokens), workers);
            }
        })) / Sequences;
        double forward = Timing.Best(() => Repeat(() => runner.Run(block.Weights, values, Tokens))) / Sequences;
        double both = Timing.Best(() => Repeat(() => loss.Differentiate(samples, 0))) / Sequences;
        double step = Timing.Best(() => Repeat(() => adam.Step(1e-9))) / Sequences;
        Row("products of the linear layers", products);
        Row("the same, decoded from integers", linears);
        Row("forward", forward);
        Row("forward and backward", both);
        Row("Adam", step);

        void Row(string part, double seconds) => report.Add(
            ("block, one sequence of 256", $"{name}: {part}"),
            ("group", groupSize),
            ("threads", workers.Count),
            ("ms", seconds * 1e3),
            ("x products", seconds / products));
    }

    private static void Repeat(Action action)
    {
        for (int i = 0; i < Sequences; i++)
        {
            action();
        }
    }

    // Dense float32 products of the linear layers' shapes: what a forward pass cannot go below.
    private static readonly Dictionary<int, float[]> Operands = [];

    private static void Products(BlockPlan plan, int tokens, Random random, Workers workers)
    {
        foreach (LinearOperation linear in plan.Linears)
        {
            int n = linear.Input.Width, m = linear.Output.Width;
            Gemm.Multiply(
                new MatrixView<float>(Operand(tokens * n), tokens, n), new MatrixView<float>(Operand(m * n), m, n).Transposed, Operand(-tokens * m), m, Destination.Overwrite, workers);
        }

        float[] Operand(int length) => Operands.TryGetValue(length, out float[]? found) ? found : Operands[length] = Random(random, Math.Abs(length));
    }

    private static (TrainableBlock Block, List<TrainedTensor> Trained) Block(BlockPlan plan, QuantizationFormat format, Random random)
    {
        var block = new TrainableBlock(plan);
        var trained = new List<TrainedTensor>();
        foreach (Operation operation in plan.Operations)
        {
            if (operation is LinearOperation linear)
            {
                int n = linear.Input.Width, m = linear.Output.Width, pairs = m * format.Groups(n);
                var integers = new sbyte[m * n];
                for (int i = 0; i < integers.Length; i++)
                {
                    integers[i] = (sbyte)random.Next(format.Alpha, format.Beta + 1);
                }
                var weights = new TrainedLinear(format, n, m, integers, [.. Random(random, pairs).Select(s => 0.05f + (0.01f * s))], [.. Random(random, pairs).Select(z => 0.02f * z)]);
                block.Set(linear, weights, (float[]?)null);
                trained.AddRange([weights.Scales, weights.Offsets]);
            }
            else
            {
                TrainedTensor[] vectors = [.. operation.Vectors.Select(vector => new TrainedTensor([.. Random(random, vector.Columns).Select(w => 1 + w)]))];
                block.Set(operation, vectors);
                trained.AddRange(vectors);
            }
        }
        return (block, trained);
    }

    private static BlockPlan Plan(int width, int feedForward, int heads, int keyValueHeads)
    {
        const int HeadSize = 64;
        var rotary = new RotaryEmbedding(RotaryEmbedding.Frequencies(HeadSize, 10000));
        var block = new BlockPlanBuilder(width);
        PlanValue x = block.RmsNorm("norm1", block.Input, 1e-5f);
        PlanValue k = block.Linear("k", x, keyValueHeads * HeadSize), v = block.Linear("v", x, keyValueHeads * HeadSize);
        PlanValue q = block.Linear("q", x, heads * HeadSize);
        PlanValue attended = block.Attention(block.Rotary(q, HeadSize, rotary), block.Rotary(k, HeadSize, rotary), v, HeadSize);
        PlanValue middle = block.Add(block.Input, block.Linear("o", attended, width));
        PlanValue y = block.RmsNorm("norm2", middle, 1e-5f);
        PlanValue up = block.Linear("up", y, feedForward), gate = block.Linear("gate", y, feedForward);
        return block.Build(block.Add(middle, block.Linear("down", block.Multiply(block.Silu(gate), up), width)));
    }

    private static float[] Random(Random random, int length)
    {
        var values = new float[length];
        for (int i = 0; i < length; i++)
        {
            values[i] = (float)(random.NextDouble() - 0.5);
        }
        return values;
    }

    private sealed class Samples(int width, float[] rows) : IBlockSamples
    {
        public int Count => 1;

        public int Tokens(int sequence) => rows.Length / width;

        public void ReadInputs(int sequence, Span<float> inputs) => rows.CopyTo(inputs);

        public void ReadTargets(int sequence, Span<float> targets) => rows.CopyTo(targets);
    }
}
