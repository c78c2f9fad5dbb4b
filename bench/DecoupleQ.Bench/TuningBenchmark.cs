using System.Diagnostics;
using System.Globalization;
using DecoupleQ.Checkpoints;
using DecoupleQ.Kernels.Threads;
using DecoupleQ.ModelFiles;
using DecoupleQ.Models.Architectures;
using DecoupleQ.Models.Plans;
using DecoupleQ.Quantization.Calibration;
using DecoupleQ.Quantization.Gradients;
using DecoupleQ.Quantization.Jobs;
using DecoupleQ.Quantization.Solver;
using DecoupleQ.Quantization.Training;
using DecoupleQ.Quantization.Tuning;
using DecoupleQ.Storage;
using DecoupleQ.Tensors;
using DecoupleQ.Tokenization;

namespace DecoupleQ.Bench;

/// <summary>Training of a whole packed model.</summary>
internal static class TuningBenchmark
{
    public static void Run(Report report)
    {
        string packedPath = report.Arguments[0], densePath = report.Arguments[1], train = report.Arguments[2], test = report.Arguments[3];
        Dictionary<string, string> given = report.Arguments.Skip(4).Select(a => a.Split('=')).ToDictionary(a => a[0], a => a[1]);
        double Get(string key, double otherwise) => given.TryGetValue(key, out string? text) ? double.Parse(text, CultureInfo.InvariantCulture) : otherwise;
        int context = (int)Get("context", 256);
        var settings = new TuningSettings
        {
            Steps = (int)Get("steps", 800), Batch = (int)Get("batch", 8), FloatRate = Get("float", 3e-4), IntegerRate = Get("int", 2e-3),
            Integers = Get("integers", 1) != 0, KeptBlocks = (int)Get("keep", 8), WarmUp = Get("warmup", 0.05), Seed = (ulong)Get("seed", 0),
        };
        settings = settings with
        {
            Adam = settings.Adam with { Beta1 = Get("b1", 0.9), Beta2 = Get("b2", 0.95) },
            LatentAdam = settings.LatentAdam with { Beta1 = Get("b1", 0.9), Beta2 = Get("b2", 0.95) },
        };
        using var workers = new Workers(Workers.CountFor(report.Threads));
        using Checkpoint packed = CheckpointFiles.Open(packedPath, TensorAccess.Read), dense = CheckpointFiles.Open(densePath, TensorAccess.Read);
        ModelPlan plan = Architecture.Plan(packed);
        var weights = new WeightReader(packed);
        var denseWeights = new WeightReader(dense);
        Tokenizer tokenizer = TokenizerFiles.LoadFor(packed, plan.VocabularySize);
        int[][] all = Windows(train, tokenizer, context), tests = Windows(test, tokenizer, context);
        int testCount = Math.Min(tests.Length, (int)Get("tests", 100));
        int held = Math.Min(32, all.Length / 10);
        int[][] heldOut = [.. all.Where((_, i) => i % (all.Length / held) == 0).Take(held)];
        HashSet<int[]> heldSet = [.. heldOut];
        int[][] training = [.. all.Where(w => !heldSet.Contains(w))];
        Console.WriteLine($"{training.Length} windows, {held} held out, {tests.Length} test");
        var parts = new List<TrainedParameters>();
        foreach ((string prefix, BlockPlan part) in plan.Parts)
        {
            var layers = new Dictionary<LinearOperation, LayerSolution>();
            var frozen = new Dictionary<LinearOperation, WeightMatrix>();
            foreach (LinearOperation linear in part.Linears)
            {
                WeightMatrix stored = weights.Weight(prefix, linear);
                if (stored is AffineMatrix affine)
                {
                    layers[linear] = PackedLayer.Unpack(affine);
                }
                else
                {
                    frozen[linear] = stored;
                }
            }
            var outline = new BlockOutline
            {
                Name = prefix, Plan = part, Frozen = frozen,
                Start = new BlockParameters
                {
                    Layers = layers,
                    Vectors = part.Tensors.Where(t => t.Kind != TensorKind.Matrix)
                        .ToDictionary(t => t, t => new StoredVector(weights.Vector(prefix, t), weights.Type(prefix + t.Name))),
                },
            };
            var trained = new TrainedParameters(outline, trainBiases: true);
            if (settings.Integers)
            {
                foreach ((LinearOperation linear, TrainedLinear layer) in trained.Layers)
                {
                    WeightMatrix stored = denseWeights.Weight(prefix, linear);
                    var elements = new float[stored.Rows * stored.Columns];
                    stored.DequantizeRows(0, stored.Rows, elements);
                    layer.Latents = LatentIntegers.Of(layers[linear], elements, stored.Columns);
                }
            }
            parts.Add(trained);
        }
        WeightMatrix head = weights.Matrix(plan.HeadIsEmbedding ? plan.Embedding : plan.Head, plan.VocabularySize, plan.Width);
        WeightMatrix embedding = weights.Matrix(plan.Embedding, plan.VocabularySize, plan.Width);
        var model = new TunedModel(plan, new TokenEmbedding(embedding, plan.EmbeddingScale), parts, new FrozenLinear(head));
        Dictionary<LinearOperation, sbyte[]>[] before = [.. parts.Select(p => p.Layers.ToDictionary(l => l.Key, l => l.Value.Integers.ToArray()))];

        using var memory = new ActivationMemory(long.MaxValue, Path.GetTempPath(), new DurableWriter("room"));
        double trainSeconds = 0;
        var clock = Stopwatch.StartNew();
        var reference = ReferenceHidden.Of(denseWeights, plan, [.. training, .. heldOut], memory, workers);
        Console.WriteLine($"dense {clock.Elapsed.TotalSeconds:F1} s");
        var tuning = new ModelTuning(model, settings, workers);
        Evaluate(0);
        clock.Restart();
        var random = new SplitMix64(settings.Seed);
        int[] order = [.. Enumerable.Range(0, training.Length)];
        int at = order.Length;
        double running = 0;
        int every = (int)Get("every", settings.Steps / 4);
        for (int step = 0; step < settings.Steps; step++)
        {
            var taken = new int[settings.Batch];
            for (int i = 0; i < taken.Length; i++)
            {
                if (at == order.Length)
                {
                    random.Shuffle(order);
                    at = 0;
                }
                taken[i] = order[at++];
            }
            double begin = clock.Elapsed.TotalSeconds;
            double loss = tuning.Step(new TuningBatch([.. taken.Select(i => training[i])], reference, taken), new DivergenceLoss(), step);
            trainSeconds += clock.Elapsed.TotalSeconds - begin;
            running = step == 0 ? loss : (running * 0.95) + (loss * 0.05);
            if ((step + 1) % 50 == 0)
            {
                Console.WriteLine($"  {step + 1} loss {running:F5} {trainSeconds / (step + 1):F3} s a step");
            }
            if ((step + 1) % every == 0)
            {
                Evaluate(step + 1);
            }
        }

        void Evaluate(int step)
        {
            double kl = 0, nll = 0;
            int[] numbers = [.. Enumerable.Range(training.Length, held)];
            foreach (int[] chunk in numbers.Chunk(8))
            {
                kl += tuning.Pass.Evaluate(
                    new TuningBatch([.. chunk.Select(i => heldOut[i - training.Length])], reference, chunk), new DivergenceLoss()) * chunk.Length;
            }
            foreach (int[][] chunk in tests.Take(testCount).Chunk(8))
            {
                nll += tuning.Pass.Evaluate(new TuningBatch(chunk, null, []), new NextTokenLoss()) * chunk.Length;
            }
            long changed = parts.Index().Sum(p => p.Item.Layers.Sum(l => (long)l.Value.Integers.Zip(before[p.Index][l.Key]).Count(z => z.First != z.Second)));
            Console.WriteLine($"step {step}: held-out KL {kl / held:F5}, test perplexity {Math.Exp(nll / testCount):F3}, changed {changed}, {trainSeconds:F0} s");
        }
    }

    private static int[][] Windows(string path, Tokenizer tokenizer, int context)
    {
        int[] ids = [.. tokenizer.Encode(File.ReadAllText(path))];
        return [.. ids.Chunk(context).Where(c => c.Length == context)];
    }
}
