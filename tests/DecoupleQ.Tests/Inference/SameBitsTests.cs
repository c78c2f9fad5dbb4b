using CsCheck;
using DecoupleQ.Inference.Engines;
using DecoupleQ.Inference.Programs;
using DecoupleQ.Inference.States;
using DecoupleQ.Kernels.Linear;
using DecoupleQ.Kernels.Simd;
using DecoupleQ.Kernels.Threads;
using DecoupleQ.Models.Plans;
using DecoupleQ.Tensors;
using DecoupleQ.Tests.Kernels;

namespace DecoupleQ.Tests.Inference;

/// <summary>
/// A block and a head of every kind of stored weight, in every instruction set: what a sequence is given depends on it alone, whatever pieces its prompt comes
/// in, whoever is in the step, in float32 or rounded, and however many threads there are.
/// </summary>
[Trait("Machine", "instructions")]
public sealed class SameBitsTests
{
    private const int Width = 256, HeadSize = 32, Vocabulary = 70;

    private static readonly Gen<KeyValueFormat> Formats = Gen.Enum<KeyValueFormat>();

    [Fact]
    public void Packed_weights_give_the_same_bits_in_any_pieces_and_company()
    {
        Gen<(int Bits, int GroupSize)> formats = Gen.OneOf(
            Gen.Const((2, 16)), Gen.Const((2, 64)), Gen.Const((2, Width)), Gen.Const((3, 32)), Gen.Const((3, 128)), Gen.Const((4, 32)), Gen.Const((8, 64)));
        Gen.Select(formats, Families.Sets, Formats, Gen.UInt).Sample(
            (format, set, keyValues, seed) => Check(
                (outputs, inputs, which) => LinearKernel.For(Matrices.Affine(outputs, inputs, format.Bits, format.GroupSize, ElementType.F16, which), set),
                keyValues, seed),
            iter: 16);
    }

    [Fact]
    public void K_quants_give_the_same_bits_in_any_pieces_and_company()
    {
        Gen.Select(SuperBlocks.Types, Families.Sets, Formats, Gen.UInt).Sample(
            (type, set, keyValues, seed) =>
                Check((outputs, inputs, which) => LinearKernel.For(SuperBlocks.Random(type, outputs, inputs, which), set), keyValues, seed),
            iter: 16);
    }

    [Fact]
    public void Dense_weights_give_the_same_bits_in_any_pieces_and_company()
    {
        Gen.Select(Gen.Enum<ElementType>(), Families.Sets, Formats, Gen.UInt).Sample(
            (type, set, keyValues, seed) =>
                Check((outputs, inputs, which) => LinearKernel.For(Matrices.Dense(outputs, inputs, type, which), set), keyValues, seed),
            iter: 8);
    }

    /// <summary>Sequences that read a prompt and then decode three ids, each alone, and all in steps that they share.</summary>
    private static void Check(Func<int, int, uint, SlabKernel> kernel, KeyValueFormat keyValues, uint seed)
    {
        var model = new OneBlock(kernel, seed);
        var random = new Random((int)seed);
        Call[][] whole = [.. Enumerable.Range(0, 6).Select(_ => Calls(random))];
        float[][][] alone = [.. whole.Select((calls, i) => Run(model, keyValues, [calls], Workers.Alone, firstExact: i % 2 == 0)[0])];
        foreach (Workers workers in (Workers[])[Team.Two, Team.Three])
        {
            // The pieces are other ones, so that what some decode goes beside what others still read.
            Call[][] pieces = [.. whole.Select(calls => Pieces(calls, random))];
            float[][][] together = Run(model, keyValues, pieces, workers, firstExact: true);
            for (int i = 0; i < whole.Length; i++)
            {
                Assert.Equal(alone[i], together[i][^4..]);
            }
        }
    }

    private static Call[] Calls(Random random) =>
    [
        new(Ids(random.Next(1, 24)), Decodes: false),
        .. Enumerable.Range(0, 3).Select(_ => new Call(Ids(1), Decodes: true)),
    ];

    private static Call[] Pieces(Call[] calls, Random random)
    {
        var pieces = new List<Call>();
        int[] prompt = calls[0].Ids;
        for (int at = 0; at < prompt.Length;)
        {
            int count = random.Next(3) == 0 ? 1 : random.Next(1, prompt.Length - at + 1);
            count = pieces.Count == 2 ? prompt.Length - at : count;
            pieces.Add(new(prompt[at..(at + count)], Decodes: false));
            at += count;
        }
        return [.. pieces, .. calls[1..]];
    }

    private static int[] Ids(int length) => [.. Enumerable.Range(0, length).Select(i => ((i * 37) + length) % Vocabulary)];

    /// <summary>Runs the calls of sequences, those of the same number in steps that they share; every other sequence is exact.</summary>
    /// <returns>For each sequence and call the logits.</returns>
    private static float[][][] Run(OneBlock model, KeyValueFormat keyValues, Call[][] calls, Workers workers, bool firstExact)
    {
        var runner = model.Runner(workers);
        SequenceState[] states = [.. calls.Select((_, i) => new SequenceState(model.Factory, keyValues, 100, exact: (i % 2 == 0) == firstExact))];
        float[][][] logits = [.. calls.Select(own => new float[own.Length][])];
        for (int n = 0; n < calls.Max(own => own.Length); n++)
        {
            (int Sequence, StepRequest Request)[] requests =
            [
                .. Enumerable.Range(0, calls.Length).Where(i => n < calls[i].Length).Select(i => (i, Request(states[i], calls[i][n]))),
            ];
            while (requests.Where(r => !r.Request.Finished).Select(r => r.Request).ToArray() is { Length: > 0 } left)
            {
                runner.Run(left, () => false);
            }
            foreach ((int sequence, StepRequest request) in requests)
            {
                Assert.Null(request.Failure);
                logits[sequence][n] = request.Logits;
            }
        }
        Array.ForEach(states, state => state.Dispose());
        return logits;
    }

    private static StepRequest Request(SequenceState state, Call call)
    {
        var request = new StepRequest(state) { Output = StepOutput.LastLogits, Logits = new float[Vocabulary] };
        request.Prepare(state.Ids.Count);
        state.Ids.AddRange(call.Ids);
        request.Decodes = call.Decodes;
        return request;
    }

    private sealed record Call(int[] Ids, bool Decodes);

    /// <summary>A Llama's block with weights of a kind.</summary>
    private sealed class OneBlock
    {
        private readonly ModelPlan _plan;
        private readonly ModelWeights _weights;

        public OneBlock(Func<int, int, uint, SlabKernel> kernel, uint seed)
        {
            var block = new BlockPlanBuilder(Width);
            var rotary = new RotaryEmbedding(RotaryEmbedding.Frequencies(HeadSize, 10000));
            PlanValue x = block.RmsNorm("before", block.Input, 1e-5f);
            PlanValue k = block.Rotary(block.Linear("k", x, 2 * HeadSize), HeadSize, rotary), v = block.Linear("v", x, 2 * HeadSize);
            PlanValue q = block.Rotary(block.Linear("q", x, Width), HeadSize, rotary);
            PlanValue middle = block.Add(block.Input, block.Linear("o", block.Attention(q, k, v, HeadSize, window: 16), Width));
            PlanValue y = block.RmsNorm("between", middle, 1e-5f);
            PlanValue up = block.Linear("up", y, Width), gate = block.Linear("gate", y, Width);
            BlockPlan plan = block.Build(block.Add(middle, block.Linear("down", block.Multiply(block.Silu(gate), up), Width)));
            var bound = new BlockWeights(plan);
            foreach (Operation operation in plan.Operations)
            {
                if (operation is LinearOperation linear)
                {
                    bound.Set(linear, new LinearLayer(kernel(linear.Output.Width, linear.Input.Width, seed + (uint)linear.Output.Index), null));
                }
                else
                {
                    bound.Set(operation, [.. operation.Vectors.Select(_ => Enumerable.Repeat(0.1f, Width).ToArray())]);
                }
            }
            _plan = new ModelPlan
            {
                Architecture = "test",
                Width = Width,
                VocabularySize = Vocabulary,
                ContextLength = 100,
                Blocks = [plan],
                Final = new BlockPlan(plan.Input, plan.Input, []),
                HeadIsEmbedding = false,
            };
            DenseMatrix embedding = Matrices.Dense(Vocabulary, Width, ElementType.F32, seed);
            _weights = new ModelWeights(
                new TokenEmbedding(embedding, 1), [bound], new BlockWeights(_plan.Final), kernel(Vocabulary, Width, seed + 100));
            Factory = new StateFactory(_plan, new KeyValueStore(null));
        }

        public StateFactory Factory { get; }

        public StepRunner Runner(Workers workers) => new(new ModelProgram(_plan, _weights), _plan, workers, StepLimits.Default, () => { });
    }
}
