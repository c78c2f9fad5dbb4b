using System.Collections.Immutable;
using System.Numerics.Tensors;
using DecoupleQ.Inference.Engines;
using DecoupleQ.Inference.Programs;
using DecoupleQ.Inference.States;
using DecoupleQ.Kernels.Attending;
using DecoupleQ.Kernels.Linear;
using DecoupleQ.Kernels.Threads;
using DecoupleQ.Models.Plans;
using DecoupleQ.Tensors;
using DecoupleQ.Tests.Kernels;

namespace DecoupleQ.Tests.Inference;

/// <summary>A made-up model: a recurrence, an attention between them if asked for, and another recurrence. It can be watched and held up.</summary>
internal sealed class RecurrentModel
{
    public const int Vocabulary = 32;

    private const int Width = 16;

    private readonly StateFactory _factory;

    /// <param name="attention">Whether there is an attention between the recurrences.</param>
    /// <param name="window">Positions that it sees; null for all.</param>
    /// <param name="limits">How large a step may be.</param>
    public RecurrentModel(bool attention = true, int? window = null, StepLimits? limits = null)
    {
        var input = new PlanValue(0, Width);
        var first = new RunningSum(input, new PlanValue(1, Width)) { Ran = (row, rows) => FirstRan(row, rows) };
        var last = new RunningSum(input, new PlanValue(1, Width)) { Ran = (row, rows) => LastRan(row, rows) };
        var attended = new AttentionOperation(input, input, input, new PlanValue(1, Width), new AttentionShape(2, 2, Width / 2, 0.1f, window));
        var sum = new AddOperation(input, attended.Output, new PlanValue(2, Width));
        ImmutableArray<BlockPlan> blocks =
        [
            new BlockPlan(input, first.Output, [first]),
            .. attention ? (BlockPlan[])[new BlockPlan(input, sum.Output, [attended, sum])] : [],
            new BlockPlan(input, last.Output, [last]),
        ];
        var plan = new ModelPlan
        {
            Architecture = "test",
            Width = Width,
            VocabularySize = Vocabulary,
            ContextLength = 2000,
            Blocks = blocks,
            Final = new BlockPlan(input, input, []),
            HeadIsEmbedding = true,
        };
        DenseMatrix table = Matrices.Dense(Vocabulary, Width, ElementType.F32, 1);
        var weights = new ModelWeights(
            new TokenEmbedding(table, 1), [.. blocks.Select(block => new BlockWeights(block))], new BlockWeights(plan.Final), LinearKernel.For(table));
        _factory = new StateFactory(plan, new KeyValueStore(null));
        Runner = new StepRunner(new ModelProgram(plan, weights), plan, Team.Two, limits ?? StepLimits.Default, () => { });
        Engine = new Engine(Runner, limits ?? StepLimits.Default);
    }

    /// <summary>Runs single steps.</summary>
    public StepRunner Runner { get; }

    /// <summary>Lets callers share steps.</summary>
    public Engine Engine { get; }

    /// <summary>Told within a step of rows that the first recurrence has run: the number of the first, and how many.</summary>
    public Action<int, int> FirstRan { get; set; } = (_, _) => { };

    /// <summary>The same of the last one.</summary>
    public Action<int, int> LastRan { get; set; } = (_, _) => { };

    public static int[] Ids(int length, int seed = 0) => [.. Enumerable.Range(0, length).Select(i => ((i * 13) + (i * i * seed)) % Vocabulary)];

    public SequenceState Begin() => new(_factory, KeyValueFormat.F32, 2000);

    /// <summary>A request for the logits after <paramref name="ids"/>, which are added to the state's.</summary>
    public static StepRequest Request(SequenceState state, int[] ids, bool decodes = false, CancellationToken cancellation = default)
    {
        var request = new StepRequest(state) { Output = StepOutput.LastLogits, Logits = new float[Vocabulary], Cancellation = cancellation };
        request.Prepare(state.Ids.Count);
        state.Ids.AddRange(ids);
        request.Decodes = decodes && state.Pending == 1;
        return request;
    }

    /// <summary>Runs requests to their ends, in steps that they share.</summary>
    public void Run(params StepRequest[] requests)
    {
        while (requests.Where(r => !r.Finished).ToArray() is { Length: > 0 } left)
        {
            Runner.Run(left, () => left.All(r => r.Cancellation.IsCancellationRequested));
        }
    }

    /// <summary>Reads ids as a prompt.</summary>
    public float[] Append(SequenceState state, int[] ids) => Run(state, ids, decodes: false);

    /// <summary>Decodes ids one by one.</summary>
    public float[] Decode(SequenceState state, params int[] ids)
    {
        float[] logits = [];
        foreach (int id in ids)
        {
            logits = Run(state, [id], decodes: true);
        }
        return logits;
    }

    private float[] Run(SequenceState state, int[] ids, bool decodes)
    {
        StepRequest request = Request(state, ids, decodes);
        Run(request);
        Assert.Null(request.Failure);
        return [.. request.Logits];
    }

    /// <summary><c>y[t] = x[t] + 0.9 y[t - 1]</c>.</summary>
    private sealed record RunningSum(PlanValue Input, PlanValue Output) : RecurrentOperation([Input], Output)
    {
        public required Action<int, int> Ran { get; init; }

        public override RecurrentMemory Begin() => new Memory(new float[Input.Width]);

        public override void Run(BlockWeights weights, RecurrentMemory memory, IRowValues values, int first, int count)
        {
            float[] sum = ((Memory)memory).Sum;
            for (int row = first; row < first + count; row++)
            {
                TensorPrimitives.Multiply(sum, 0.9f, sum);
                TensorPrimitives.Add(values.Rows(Input, row, 1), sum, sum);
                sum.CopyTo(values.Rows(Output, row, 1));
            }
            Ran(first, count);
        }

        private sealed class Memory(float[] sum) : RecurrentMemory
        {
            public float[] Sum => sum;

            public override long Bytes => sum.Length * sizeof(float);

            public override RecurrentMemory Copy() => new Memory([.. sum]);
        }
    }
}
