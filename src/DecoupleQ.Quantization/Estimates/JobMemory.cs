using System.Numerics;
using DecoupleQ.Models.Plans;
using DecoupleQ.Quantization.Calibration;
using DecoupleQ.Quantization.Jobs;
using DecoupleQ.Quantization.Solver;
using DecoupleQ.Tokenization;

namespace DecoupleQ.Quantization.Estimates;

/// <summary>Where a job's memory goes at the moment when it holds the most.</summary>
/// <remarks>
/// The job is followed from one point where garbage is collected to the next (<see cref="ResidentMemory.Trim"/>): what it holds, and what it allocates on the
/// way. Arrays of pooled memory are rounded up to powers of two, as the pools do.
/// </remarks>
internal sealed class JobMemory
{
    /// <summary>The part that a memory budget bounds the most.</summary>
    public const string ActivationsPart = "activations";

    /// <summary>The phase in which the whole model runs.</summary>
    public const string GenerationPhase = "generate";

    // .NET, its compiled code, and the tool's and the libraries' files in memory.
    private const long RuntimeBytes = 80 << 20;

    // What is left behind and not collected yet: most of what may be.
    private const long LeftBehind = ResidentMemory.Garbage * 3 / 4;

    // What a matrix product packs at most.
    private const long PackedBytes = 16 << 20;

    // A tokenizer of a large vocabulary, and what of a text it looks at.
    private const long TextScratch = 32 << 20;

    private const int TrainingSlab = 4 << 20;

    private readonly JobShape _shape;
    private readonly List<MemoryMoment> _moments = [];

    private JobMemory(JobShape shape)
    {
        _shape = shape;
        (InMemoryActivations, SpilledActivations) = Activations();
    }

    /// <summary>Bytes of activations in memory.</summary>
    public long InMemoryActivations { get; }

    /// <summary>Bytes of activations in files.</summary>
    public long SpilledActivations { get; }

    /// <summary>The moment with the most.</summary>
    public MemoryMoment Peak => _moments.MaxBy(moment => moment.Bytes)!;

    /// <summary>Follows a job.</summary>
    public static JobMemory Of(JobShape shape)
    {
        var memory = new JobMemory(shape);
        memory.FollowText();
        memory.FollowGeneration();
        memory.FollowTables();
        for (int block = 0; block < shape.Blocks; block++)
        {
            memory.FollowBlock(block);
        }
        return memory;
    }

    private ModelPlan Plan => _shape.Plan;

    private bool OrdersHessian => _shape.Solver.Rounding switch
    {
        IntegerSolver.ProjectedGradient => true,
        IntegerSolver.CoordinateDescent => _shape.Solver.CoordinateOrder == CoordinateOrder.Decreasing,
        _ => false,
    };

    private long WindowBytes => (long)(_shape.Calibration + _shape.HeldOut) * _shape.Tokens * sizeof(int);

    // As ActivationMemory gives it out: a store is in memory as a whole or not at all.
    private (long InMemory, long Spilled) Activations()
    {
        long store = (long)(_shape.Calibration + _shape.HeldOut) * _shape.Tokens * Plan.Width * sizeof(float), inMemory = 0, spilled = 0;
        for (int i = 0; i < _shape.Cost.Stores; i++)
        {
            if (store <= _shape.Shares.Activations - inMemory)
            {
                inMemory += store;
            }
            else
            {
                spilled += store;
            }
        }
        return (inMemory, spilled);
    }

    // Windows are drawn from texts, of which no more is held than their ids and what the tokenizer cannot cut.
    private void FollowText()
    {
        if (!CalibrationSource.IsTable(_shape.Options.Calibration))
        {
            long text = _shape.Options.Calibration.Where(CalibrationSource.IsFile).Where(File.Exists).Sum(path => new FileInfo(path).Length);
            Add(
                "calibration text",
                ("ids of the text", Math.Min(text * sizeof(int), _shape.Shares.Text)),
                ("scratch", TextScratch + (_shape.LongestStretch * TextIds.BytesPerHeldByte)));
        }
    }

    // The whole model runs, as it is stored.
    private void FollowGeneration()
    {
        if (_shape.SelfWritten > 0)
        {
            double perToken = Plan.Blocks.SelectMany(block => block.Operations).Sum(operation => (double)sizeof(short) * operation.KeptNumbers);
            int together = Math.Min(_shape.SelfWritten, SelfWrittenText.Together(perToken, _shape.Tokens, _shape.Shares.KeyValues));
            long logits = (long)together * Plan.VocabularySize * sizeof(float);
            Add(
                GenerationPhase,
                ("whole model", Plan.Parameters * _shape.WeightBytes),
                ("keys and values", (long)(perToken * together * _shape.Tokens)),
                ("scratch", PackedBytes + (2 * logits)));
        }
    }

    // The embedding and the head are read whole: to be quantized, and to look up the calibration tokens.
    private void FollowTables()
    {
        long table = (long)Plan.VocabularySize * Plan.Width, stored = table * _shape.WeightBytes;
        Add("tables", ("embedding and head", stored), (ActivationsPart, InMemoryActivations));
        long packed = 0;
        foreach (int bits in (int[])[_shape.Options.EmbeddingBits, Plan.HeadIsEmbedding ? 16 : _shape.Options.HeadBits])
        {
            packed += bits == 16 ? 0 : stored + (table * bits / 8) + (table / 64 * 8);
        }
        Add("tables", ("embedding and head", packed));
    }

    private void FollowBlock(int block)
    {
        BlockPlan plan = Plan.Blocks[block];
        long dense = plan.Linears.Sum(Elements) * _shape.WeightBytes, values = plan.Values.Sum(v => (long)v.Width) * _shape.Tokens * sizeof(float);
        bool corrects = _shape.Cost.Corrects(block);
        // Where layers make good what parts their inputs from the full-precision model's, that model's block stays beside them.
        long kept = corrects ? dense : 0, scratch = PackedBytes;
        foreach (BlockStage stage in BlockStage.Of(plan))
        {
            (LinearOperation Layer, QuantizationFormat Format)[] solved = [.. stage.Layers
                .Where(layer => _shape.Formats.Of(block, layer) is not null).Select(layer => (layer, _shape.Formats.Of(block, layer)!.Value))];
            long n = stage.LayerInput.Width, square = n * n, gap = corrects ? HessianAccumulator.GapBytes((int)n) : 0;
            int correction = corrects ? sizeof(double) : 0;
            if (solved.Length > 0)
            {
                long rows = corrects ? _shape.Tokens * n * sizeof(float) : 0;
                Stage(
                    "hessian",
                    ("Hessian", (HessianAccumulator.SlabRows * n * sizeof(float)) + (square * (sizeof(float) + sizeof(double))) + gap + rows));
                // H, its copy in float64 that is factored, and in float32 the damped H, the factor's half and the feedback; the correction in float64.
                Stage("solve", ("Hessian", square * (8 + 8 + 4 + 2 + 4 + correction)));
            }
            foreach ((LinearOperation layer, QuantizationFormat format) in solved)
            {
                scratch = Math.Max(scratch, PackedBytes + SolverScratch(layer, format));
                long elements = Elements(layer), pairs = Pairs(layer, format);
                // H stays; some integer steps also want it in their order of columns.
                Stage(
                    "solve",
                    ("Hessian", square * (8 + 4 + 2 + 4 + correction + (OrdersHessian ? 4 : 0))),
                    ("layer", (elements * (_shape.WeightBytes + sizeof(float) + 2)) + (pairs * 2 * 2 * sizeof(float))));
                // Integers a byte each, s and z, and the layer as it is run.
                kept += elements + (pairs * 2 * sizeof(float)) + (elements * format.Bits / 8) + (pairs * 4);
            }
            kept += stage.Layers.Where(layer => _shape.Formats.Of(block, layer) is null).Sum(Elements) * _shape.WeightBytes;

            void Stage(string phase, params ReadOnlySpan<(string Name, long Bytes)> parts) =>
                Add(
                    phase,
                    [
                        (ActivationsPart, InMemoryActivations), ("values of a sequence", values), ("weights of a block", kept), ("scratch", scratch),
                        .. parts,
                    ]);
        }
        if (_shape.Cost.DenseReads(block) > 0)
        {
            Add(
                "forward",
                (ActivationsPart, InMemoryActivations), ("values of a sequence", values), ("weights of a block", corrects ? kept : dense),
                ("scratch", corrects ? scratch : PackedBytes));
        }
        if (_shape.Cost.Trains(block))
        {
            FollowTraining(block, plan, values, scratch);
        }
    }

    private void FollowTraining(int block, BlockPlan plan, long values, long scratch)
    {
        long parameters = 0, trained = 0, integers = 0;
        foreach (LinearOperation layer in plan.Linears)
        {
            if (_shape.Formats.Of(block, layer) is QuantizationFormat format)
            {
                parameters += Elements(layer) + (Pairs(layer, format) * 2 * sizeof(float));
                trained += Pairs(layer, format) * 2;
                integers += Elements(layer);
            }
            else
            {
                parameters += Elements(layer) * _shape.WeightBytes;
            }
        }
        long gradient = Pooled(plan.Operations.Max(operation => operation.GradientNumbers(_shape.Tokens)) * sizeof(float));
        // What integers are rounded from, its gradient, and Adam's two means or where it began.
        long latents = _shape.Cost.IntegersOf * integers * sizeof(float);
        // Beside the values that calibration ran on there are those that training keeps, and their gradients. A trained number has a gradient, Adam's two
        // means, and is stored anew.
        Add(
            "minimise",
            (ActivationsPart, InMemoryActivations),
            ("values of a sequence", (2 * values) + Gradients(plan)),
            ("weights of a block", parameters + (trained * 5 * sizeof(float)) + latents),
            ("scratch", scratch + gradient + Pooled(TrainingSlab)));
    }

    /// <summary>
    /// The most bytes of gradients at once: backward, a value's is there from the first operation that reads the value to the one that makes it.
    /// </summary>
    private long Gradients(BlockPlan plan)
    {
        var live = new HashSet<PlanValue> { plan.Output };
        long most = 0;
        foreach (Operation operation in plan.Operations.Reverse())
        {
            live.UnionWith(operation.Inputs);
            most = Math.Max(most, live.Sum(value => (long)value.Width));
            live.Remove(operation.Output);
        }
        return most * _shape.Tokens * sizeof(float);
    }

    // Each thread holds a slab of rows: its columns as GPTQ turns them, residuals and integers as floats, what products pack, and the normal equations of
    // groups.
    private long SolverScratch(LinearOperation layer, QuantizationFormat format)
    {
        int inputs = layer.Input.Width, rows = RowSlabs.Size(layer.Output.Width), groups = format.Groups(inputs);
        long slab = Pooled((long)inputs * (rows + 16) * sizeof(float)), equations = 0;
        if (groups > 1)
        {
            long unknowns = format.Symmetric ? groups : 2L * groups, each = unknowns * unknowns * sizeof(double);
            equations = Pooled(Math.Clamp(_shape.Solver.FloatStepMemory / _shape.Threads / each, 1, rows) * each);
        }
        int slabs = _shape.Solver.Rounding == IntegerSolver.ProjectedGradient ? 8 : 4;
        return _shape.Threads * ((slabs * slab) + equations);
    }

    private void Add(string phase, params ReadOnlySpan<(string Name, long Bytes)> parts) =>
        _moments.Add(
            new MemoryMoment(
                phase,
                [
                    new("runtime", RuntimeBytes), new("left to the collector", LeftBehind), new("calibration windows", WindowBytes),
                    .. parts.ToArray().Where(p => p.Bytes > 0).Select(p => new MemoryPart(p.Name, p.Bytes)),
                ]));

    private static long Elements(LinearOperation layer) => (long)layer.Input.Width * layer.Output.Width;

    private static long Pairs(LinearOperation layer, QuantizationFormat format) => (long)layer.Output.Width * format.Groups(layer.Input.Width);

    private static long Pooled(long bytes) => (long)BitOperations.RoundUpToPowerOf2((ulong)bytes);
}
