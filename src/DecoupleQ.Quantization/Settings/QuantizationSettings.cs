using DecoupleQ.Quantization.Solver;
using DecoupleQ.Quantization.Training;
using DecoupleQ.Tensors;

namespace DecoupleQ.Quantization.Settings;

/// <summary>The settings of <see cref="QuantizationOptions"/>, all of them but the paths and <see cref="QuantizationOptions.Overrides"/>.</summary>
public static class QuantizationSettings
{
    private static readonly (string, Func<QuantizationOptions, bool>) Alternates = ("rounds above 0", o => o.Solver.Rounds > 0);
    private static readonly (string, Func<QuantizationOptions, bool>) Shrinks = (
        "start min-max-shrink",
        o => o.Solver is { Rounds: > 0, Start: StartSearch.MinMaxShrink });
    private static readonly (string, Func<QuantizationOptions, bool>) Descends = (
        "rounding coordinate-descent",
        o => o.Solver.Rounding == IntegerSolver.CoordinateDescent);
    private static readonly (string, Func<QuantizationOptions, bool>) Projects = (
        "rounding projected-gradient",
        o => o.Solver.Rounding == IntegerSolver.ProjectedGradient);
    private static readonly (string, Func<QuantizationOptions, bool>) TrainsIntegers = (
        "block-epochs above 0 and block-integers",
        o => o.Minimisation is { Epochs: > 0, Integers: not IntegerTraining.None });
    private static readonly (string, Func<QuantizationOptions, bool>) Trains = ("block-epochs above 0", o => o.Minimisation.Epochs > 0);

    /// <summary>Bits of an integer.</summary>
    public static QuantizationSetting<int> Bits { get; } = new(
        "bits", SettingGroup.Format, "Bits of a quantized weight", SettingType.OneOf(QuantizationFormat.OfferedBits.AsSpan()),
        o => o.Format.Bits, (o, value) => o with { Format = o.Format with { Bits = value } });

    /// <summary>Inputs in a group.</summary>
    public static QuantizationSetting<int> GroupSize { get; } = new(
        "group-size",
        SettingGroup.Format,
        "Inputs that share a scale and a bias; -1 for the whole row (per channel)",
        SettingType.OneOf([QuantizationFormat.PerChannel, .. QuantizationFormat.OfferedGroupSizes]),
        o => o.Format.GroupSize, (o, value) => o with { Format = o.Format with { GroupSize = value } });

    /// <summary>Whether z = 0.</summary>
    public static QuantizationSetting<bool> Symmetric { get; } = new(
        "symmetric", SettingGroup.Format, "Keep every offset z at 0, so that a weight is scale times integer", SettingType.Switch,
        o => o.Format.Symmetric, (o, value) => o with { Format = o.Format with { Symmetric = value } });

    /// <summary>Type of stored scales and biases.</summary>
    public static QuantizationSetting<ElementType> ScaleType { get; } = new(
        "scale-type",
        SettingGroup.Format,
        "How scales and biases are stored; a layer that f16 cannot hold gets f32",
        SettingType.Choice("f16|f32", (ElementType.F16, "f16"), (ElementType.F32, "f32")),
        o => o.Solver.ScaleType, (o, value) => o with { Solver = o.Solver with { ScaleType = value } });

    /// <summary>Bits of the embedding.</summary>
    public static QuantizationSetting<int> EmbeddingBits { get; } = new(
        "embedding-bits", SettingGroup.Format, "Bits of the token embedding: 16 as stored, 8 or 4 in groups of 64", SettingType.OneOf(16, 8, 4),
        o => o.EmbeddingBits, (o, value) => o with { EmbeddingBits = value });

    /// <summary>Bits of the head.</summary>
    public static QuantizationSetting<int> HeadBits { get; } = new(
        "head-bits", SettingGroup.Format, "Bits of the output head: 16 as stored, 8 or 4 in groups of 64", SettingType.OneOf(16, 8, 4),
        o => o.HeadBits, (o, value) => o with { HeadBits = value });

    /// <summary>Blocks that are quantized.</summary>
    public static QuantizationSetting<int?> Blocks { get; } = new(
        "blocks", SettingGroup.Format, "Quantize only the first N blocks; the rest stay dense", SettingType.Optional(SettingType.Whole(1), "all"),
        o => o.Blocks, (o, value) => o with { Blocks = value });

    /// <summary>Calibration windows.</summary>
    public static QuantizationSetting<int?> Samples { get; } = new(
        "samples",
        SettingGroup.Calibration,
        "Calibration windows; auto for 128 of a text, all of a .safetensors",
        SettingType.Optional(SettingType.Whole(1), "auto"),
        o => o.Samples, (o, value) => o with { Samples = value });

    /// <summary>Ids in a window.</summary>
    public static QuantizationSetting<int?> Context { get; } = new(
        "context",
        SettingGroup.Calibration,
        "Ids in a calibration window; auto for the smaller of 2048 and the model's context",
        SettingType.Optional(SettingType.Whole(OptionRange.Context), "auto"),
        o => o.Context, (o, value) => o with { Context = value });

    /// <summary>Seed of the windows.</summary>
    public static QuantizationSetting<ulong> Seed { get; } = new(
        "seed", SettingGroup.Calibration, "Seed of the windows: where they begin in a text, or the order of given ones (0: as they stand)", SettingType.Seed,
        o => o.Seed, (o, value) => o with { Seed = value });

    /// <summary>Windows that judge training.</summary>
    public static QuantizationSetting<int> HeldOutSamples { get; } = new(
        "held-out-samples",
        SettingGroup.Calibration,
        "Further windows that judge whether training a block helped; 0 to keep what was trained",
        SettingType.Whole(0),
        o => o.HeldOutSamples, (o, value) => o with { HeldOutSamples = value }, Trains);

    /// <summary>lambda.</summary>
    public static QuantizationSetting<double> Damping { get; } = Solver(
        "damping", "Added to the diagonal of H, in units of its mean", SettingType.Real(SolverRanges.Damping),
        s => s.Damping, (s, value) => s with { Damping = value });

    /// <summary>a.</summary>
    public static QuantizationSetting<double> AsymmetricTarget { get; } = Solver(
        "asymmetric-target",
        "So much of what parts a layer's inputs from the full-precision model's the layer makes good: 0 for nothing, 1 for all",
        SettingType.Real(SolverRanges.AsymmetricTarget),
        s => s.AsymmetricTarget, (s, value) => s with { AsymmetricTarget = value });

    /// <summary>Where the alternation starts.</summary>
    public static QuantizationSetting<StartSearch> Start { get; } = Solver(
        "start",
        "Where the scales start from: min-max-shrink, diagonal-search or neuqi",
        SettingType.Choice(
            "START", (StartSearch.MinMaxShrink, "min-max-shrink"), (StartSearch.DiagonalSearch, "diagonal-search"), (StartSearch.Neuqi, "neuqi")),
        s => s.Start, (s, value) => s with { Start = value }, Alternates);

    /// <summary>Shrink factors.</summary>
    public static QuantizationSetting<int> ShrinkSteps { get; } = Solver(
        "shrink-steps", "Shrunk ranges that min-max-shrink tries", SettingType.Whole(SolverRanges.ShrinkSteps),
        s => s.ShrinkSteps, (s, value) => s with { ShrinkSteps = value }, Shrinks);

    /// <summary>The integer step.</summary>
    public static QuantizationSetting<IntegerSolver> Rounding { get; } = Solver(
        "rounding",
        "The solver of the integers: gptq, projected-gradient or coordinate-descent",
        SettingType.Choice(
            "SOLVER",
            (IntegerSolver.Gptq, "gptq"),
            (IntegerSolver.ProjectedGradient, "projected-gradient"),
            (IntegerSolver.CoordinateDescent, "coordinate-descent")),
        s => s.Rounding, (s, value) => s with { Rounding = value });

    /// <summary>Rounds of the alternation.</summary>
    public static QuantizationSetting<int> Rounds { get; } = Solver(
        "rounds", "Rounds of integers, then scales; 0 for one rounding on the min-max scales", SettingType.Whole(SolverRanges.Rounds),
        s => s.Rounds, (s, value) => s with { Rounds = value });

    /// <summary>The alternation's end.</summary>
    public static QuantizationSetting<double> MinimumImprovedShare { get; } = Solver(
        "minimum-improved-share", "The rounds end when a step improves a smaller share of the rows", SettingType.Real(SolverRanges.MinimumImprovedShare),
        s => s.MinimumImprovedShare, (s, value) => s with { MinimumImprovedShare = value }, Alternates);

    /// <summary>Second damping of GPTQ.</summary>
    public static QuantizationSetting<double> GptqDamping { get; } = Solver(
        "gptq-damping", "A second damping of the factor that gptq rounds with", SettingType.Real(SolverRanges.GptqDamping),
        s => s.GptqDamping, (s, value) => s with { GptqDamping = value });

    /// <summary>Sweeps of coordinate descent.</summary>
    public static QuantizationSetting<int> CoordinateSweeps { get; } = Solver(
        "coordinate-sweeps", "Passes of coordinate-descent over the columns, at most", SettingType.Whole(SolverRanges.CoordinateSweeps),
        s => s.CoordinateSweeps, (s, value) => s with { CoordinateSweeps = value }, Descends);

    /// <summary>Order of coordinate descent.</summary>
    public static QuantizationSetting<CoordinateOrder> CoordinateOrder { get; } = Solver(
        "coordinate-order", "The order in which coordinate-descent takes the columns: given, or by decreasing diag(H)",
        SettingType.Choice("ORDER", (Quantization.Solver.CoordinateOrder.Given, "given"), (Quantization.Solver.CoordinateOrder.Decreasing, "decreasing")),
        s => s.CoordinateOrder, (s, value) => s with { CoordinateOrder = value }, Descends);

    /// <summary>Steps before rounding.</summary>
    public static QuantizationSetting<int> GradientSteps { get; } = Solver(
        "gradient-steps", "Steps of projected-gradient before a column is rounded", SettingType.Whole(SolverRanges.GradientSteps),
        s => s.GradientSteps, (s, value) => s with { GradientSteps = value }, Projects);

    /// <summary>Steps after each column.</summary>
    public static QuantizationSetting<int> GradientStepsPerColumn { get; } = Solver(
        "gradient-steps-per-column", "Steps of projected-gradient after each rounded column", SettingType.Whole(SolverRanges.GradientStepsPerColumn),
        s => s.GradientStepsPerColumn, (s, value) => s with { GradientStepsPerColumn = value }, Projects);

    /// <summary>Length of a step.</summary>
    public static QuantizationSetting<double> GradientStepLength { get; } = Solver(
        "gradient-step-length", "Length of a step of projected-gradient, in levels", SettingType.Real(SolverRanges.GradientStepLength),
        s => s.GradientStepLength, (s, value) => s with { GradientStepLength = value }, Projects);

    /// <summary>Epochs of block training.</summary>
    public static QuantizationSetting<int> BlockEpochs { get; } = Training(
        "block-epochs",
        "Epochs of training each block's scales, offsets and norms after its layers are solved; 0 for none",
        SettingType.Whole(TrainingRanges.Epochs),
        t => t.Epochs, (t, value) => t with { Epochs = value }, always: true);

    /// <summary>What a block is trained towards.</summary>
    public static QuantizationSetting<TrainingTarget> BlockTarget { get; } = Training(
        "block-target",
        "What the full-precision block runs on to make the target: quantized-stream, as the block itself does, or dense-stream, the full-precision model's own",
        SettingType.Choice("TARGET", (TrainingTarget.QuantizedStream, "quantized-stream"), (TrainingTarget.DenseStream, "dense-stream")),
        t => t.Target, (t, value) => t with { Target = value });

    /// <summary>Learning rate.</summary>
    public static QuantizationSetting<double> BlockLearningRate { get; } = Training(
        "block-lr", "Learning rate of that training", SettingType.Real(TrainingRanges.LearningRate),
        t => t.LearningRate, (t, value) => t with { LearningRate = value });

    /// <summary>Learning rate of scales.</summary>
    public static QuantizationSetting<double> BlockScaleRate { get; } = Training(
        "block-lr-scales", "The rate of the scales over block-lr", SettingType.Real(TrainingRanges.ScaleRate),
        t => t.ScaleRate, (t, value) => t with { ScaleRate = value });

    /// <summary>Learning rate of offsets.</summary>
    public static QuantizationSetting<double> BlockOffsetRate { get; } = Training(
        "block-lr-offsets", "The rate of the offsets over block-lr", SettingType.Real(TrainingRanges.OffsetRate),
        t => t.OffsetRate, (t, value) => t with { OffsetRate = value });

    /// <summary>Learning rate of norms.</summary>
    public static QuantizationSetting<double> BlockNormRate { get; } = Training(
        "block-lr-norms", "The rate of the norms over block-lr", SettingType.Real(TrainingRanges.NormRate),
        t => t.NormRate, (t, value) => t with { NormRate = value });

    /// <summary>What training makes small.</summary>
    public static QuantizationSetting<TrainingLoss> BlockLoss { get; } = Training(
        "block-loss",
        "What that training makes small: mean-squared, the mean squared error, or relative, the same over the mean square of the target",
        SettingType.Choice("LOSS", (TrainingLoss.MeanSquared, "mean-squared"), (TrainingLoss.Relative, "relative")),
        t => t.Loss, (t, value) => t with { Loss = value });

    /// <summary>How the learning rate goes.</summary>
    public static QuantizationSetting<LearningRateSchedule> BlockSchedule { get; } = Training(
        "block-schedule", "How that rate goes: constant, or by half a cosine to 0",
        SettingType.Choice("SCHEDULE", (LearningRateSchedule.Constant, "constant"), (LearningRateSchedule.Cosine, "cosine")),
        t => t.Schedule, (t, value) => t with { Schedule = value });

    /// <summary>Order of the windows in training.</summary>
    public static QuantizationSetting<SequenceOrder> BlockOrder { get; } = Training(
        "block-order", "The order in which that training takes the windows: given, or shuffled anew for every epoch by the seed",
        SettingType.Choice("ORDER", (SequenceOrder.Given, "given"), (SequenceOrder.Shuffled, "shuffled")),
        t => t.Order, (t, value) => t with { Order = value });

    /// <summary>Training of integers.</summary>
    public static QuantizationSetting<IntegerTraining> BlockIntegers { get; } = Training(
        "block-integers",
        "Train the integers too: none, straight-through their rounding by Adam, or signed-gradient, in steps of one length and to a neighbour at most",
        SettingType.Choice(
            "HOW", (IntegerTraining.None, "none"), (IntegerTraining.StraightThrough, "straight-through"),
            (IntegerTraining.SignedGradient, "signed-gradient")),
        t => t.Integers, (t, value) => t with { Integers = value });

    /// <summary>Learning rate of integers.</summary>
    public static QuantizationSetting<double> BlockIntegerRate { get; } = Training(
        "block-lr-integers", "Learning rate of integers, in steps from one to the next", SettingType.Real(TrainingRanges.IntegerRate),
        t => t.IntegerRate, (t, value) => t with { IntegerRate = value }, TrainsIntegers);

    /// <summary>Biases are trained.</summary>
    public static QuantizationSetting<bool> TrainBiases { get; } = Training(
        "train-biases", "Train the biases of quantized layers too", SettingType.Switch,
        t => t.TrainBiases, (t, value) => t with { TrainBiases = value });

    /// <summary>Adam's beta1.</summary>
    public static QuantizationSetting<double> BlockBeta1 { get; } = Training(
        "block-beta1", "Adam's decay of the mean gradient", SettingType.Real(TrainingRanges.Beta1),
        t => t.Adam.Beta1, (t, value) => t with { Adam = t.Adam with { Beta1 = value } });

    /// <summary>Adam's beta2.</summary>
    public static QuantizationSetting<double> BlockBeta2 { get; } = Training(
        "block-beta2", "Adam's decay of the mean squared gradient", SettingType.Real(TrainingRanges.Beta2),
        t => t.Adam.Beta2, (t, value) => t with { Adam = t.Adam with { Beta2 = value } });

    /// <summary>Adam's epsilon.</summary>
    public static QuantizationSetting<double> BlockEpsilon { get; } = Training(
        "block-epsilon", "Added to the root of that mean", SettingType.Real(TrainingRanges.Epsilon),
        t => t.Adam.Epsilon, (t, value) => t with { Adam = t.Adam with { Epsilon = value } });

    /// <summary>Weight decay.</summary>
    public static QuantizationSetting<double> BlockWeightDecay { get; } = Training(
        "block-weight-decay", "So much of each number is added to its gradient", SettingType.Real(TrainingRanges.WeightDecay),
        t => t.Adam.WeightDecay, (t, value) => t with { Adam = t.Adam with { WeightDecay = value } });

    /// <summary>Threads.</summary>
    public static QuantizationSetting<int> Threads { get; } = new(
        "threads",
        SettingGroup.Run,
        "Threads to work with; the result does not depend on it; all, or 0, for one a physical core",
        SettingType.Special(SettingType.Whole(OptionRange.Threads), 0, "all"),
        o => o.Threads, (o, value) => o with { Threads = value });

    /// <summary>Memory budget.</summary>
    public static QuantizationSetting<long?> MemoryBudget { get; } = new(
        "memory-budget",
        SettingGroup.Run,
        "What Hessians, slabs and activations may take; beyond it activations spill to files",
        SettingType.Optional(MemorySizes.Type, "none"),
        o => o.MemoryBudget, (o, value) => o with { MemoryBudget = value });

    /// <summary>Continue.</summary>
    public static QuantizationSetting<bool> Resume { get; } = new(
        "resume", SettingGroup.Run, "Continue an interrupted job from OUT.partial; the result has the same bytes", SettingType.Switch,
        o => o.Resume, (o, value) => o with { Resume = value });

    /// <summary>Replace.</summary>
    public static QuantizationSetting<bool> Force { get; } = new(
        "force", SettingGroup.Run, "Replace OUT if it is empty or was written by decoupleq, once the new one is whole", SettingType.Switch,
        o => o.Force, (o, value) => o with { Force = value });

    /// <summary>Every setting, in the order in which they are listed and written.</summary>
    public static IReadOnlyList<QuantizationSetting> All { get; } =
    [
        Bits, GroupSize, Symmetric, ScaleType, EmbeddingBits, HeadBits, Blocks,
        Samples, Context, Seed, HeldOutSamples,
        Rounding, Rounds, MinimumImprovedShare, Start, ShrinkSteps, Damping, GptqDamping, AsymmetricTarget,
        CoordinateSweeps, CoordinateOrder, GradientSteps, GradientStepsPerColumn, GradientStepLength,
        BlockEpochs, BlockTarget, BlockLoss, BlockLearningRate, BlockScaleRate, BlockOffsetRate, BlockNormRate, BlockSchedule, BlockOrder,
        BlockIntegers, BlockIntegerRate,
        TrainBiases,
        BlockBeta1, BlockBeta2, BlockEpsilon, BlockWeightDecay,
        Threads, MemoryBudget, Resume, Force,
    ];

    /// <summary>The settings that the result depends on.</summary>
    public static IEnumerable<QuantizationSetting> OfResult => All.Where(setting => setting.DeterminesResult);

    private static QuantizationSetting<T> Solver<T>(
        string name,
        string description,
        SettingType<T> type,
        Func<SolverOptions, T> get,
        Func<SolverOptions, T, SolverOptions> set,
        (string, Func<QuantizationOptions, bool>)? acts = null) =>
        new(name, SettingGroup.Solver, description, type, o => get(o.Solver), (o, value) => o with { Solver = set(o.Solver, value) }, acts);

    private static QuantizationSetting<T> Training<T>(
        string name,
        string description,
        SettingType<T> type,
        Func<BlockMinimisationOptions, T> get,
        Func<BlockMinimisationOptions, T, BlockMinimisationOptions> set,
        (string, Func<QuantizationOptions, bool>)? acts = null,
        bool always = false) =>
        new(
            name,
            SettingGroup.BlockTraining,
            description,
            type,
            o => get(o.Minimisation),
            (o, value) => o with { Minimisation = set(o.Minimisation, value) },
            always ? null : acts ?? Trains);
}
