using System.Text.Json.Nodes;
using DecoupleQ.Checkpoints;
using DecoupleQ.Hardware;
using DecoupleQ.ModelFiles;
using DecoupleQ.Models.Architectures;
using DecoupleQ.Models.Plans;
using DecoupleQ.Quantization.Jobs;
using DecoupleQ.Quantization.Settings;
using DecoupleQ.Quantization.Solver;
using DecoupleQ.Storage;

namespace DecoupleQ.Quantization.Estimates;

/// <summary>What a machine lets one expect of a model.</summary>
/// <param name="Name">Its path, or the name of a usual shape.</param>
/// <param name="Parameters">Weights.</param>
/// <param name="Dense">As it is stored, or in 16 bits; null for a model that is packed already.</param>
/// <param name="Packed">With its layers in 2 bits and groups of 64, or as it is packed.</param>
/// <param name="PrefillTokensPerSecond">Tokens of a prompt a second.</param>
/// <param name="Quantization">Quantizing it with the default settings, on 128 windows of min(2048, its context) ids; null for a model that
/// is packed already.</param>
/// <param name="Fast">The same with the preset <c>fast</c>.</param>
public sealed record ModelOutlook(
    string Name,
    long Parameters,
    FormOutlook? Dense,
    FormOutlook Packed,
    double PrefillTokensPerSecond,
    QuantizationOutlook? Quantization,
    QuantizationOutlook? Fast)
{
    /// <summary>What the model's files contradict each other in, and guesses, a sentence each; usually none.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>
    /// The bits to begin with at this size, in groups of 64; null for a model that is packed already. What docs/recipes.md makes of the paper's figures for
    /// 7 to 70 billion weights and of small models measured here: 2 bits cost a model the more the smaller it is.
    /// </summary>
    public int? SuggestedBits => Dense is null ? null : BitsFor(Parameters);

    // Shares of the machine's speed that the kernels reach with models of 8 million to 1.1 billion parameters (benchmark "model", AVX-512).
    private const double DenseBandwidthShare = 0.95;
    private const double PackedBandwidthShare = 0.7;
    private const double PrefillShare = 0.85;

    // Starting the loops of a block, and what is not a product, for one token.
    private const double SecondsPerBlock = 60e-6;

    // .NET and the tool.
    private const long RuntimeBytes = 60 << 20;

    private const int CalibrationWindows = 128;
    private const int CalibrationContext = 2048;

    /// <summary>The bits to begin with: see <see cref="SuggestedBits"/>.</summary>
    /// <param name="parameters">Weights of the model.</param>
    internal static int BitsFor(long parameters) => parameters switch
    {
        < 1_000_000_000 => 4,
        < 7_000_000_000 => 3,
        _ => 2,
    };

    /// <summary>Of the model in a folder or GGUF file, from its headers.</summary>
    /// <exception cref="DecoupleQException">It cannot be used.</exception>
    public static ModelOutlook OfModel(string path, MachineSpeed speed)
    {
        using Checkpoint checkpoint = CheckpointFiles.Open(path);
        ModelPlan plan = Architecture.Plan(checkpoint);
        new WeightReader(checkpoint).Check(plan);
        return OfCheckpoint(path, checkpoint, plan, speed) with { Warnings = plan.Warnings };
    }

    /// <summary>Of a published model's shape, with weights in 16 bits.</summary>
    public static ModelOutlook OfShape(ModelShape shape, MachineSpeed speed)
    {
        ArgumentNullException.ThrowIfNull(shape);
        return OfDense($"{shape.Name} ({shape.Model})", shape.Plan(), 2, speed);
    }

    /// <summary>Of the shapes that most ask for: 1, 8 and 70 billion weights.</summary>
    public static IReadOnlyList<ModelOutlook> Usual(MachineSpeed speed) =>
        [.. ModelShape.All.Where(shape => shape.Name is "1b" or "8b" or "70b").Select(shape => OfShape(shape, speed))];

    private static ModelOutlook OfCheckpoint(string path, Checkpoint checkpoint, ModelPlan plan, MachineSpeed speed)
    {
        bool packed = plan.Blocks.SelectMany((block, i) => block.Linears.Select(l => plan.BlockPrefix(i) + l.Module))
            .Any(module => checkpoint.Contains(module + ".scales"));
        if (packed)
        {
            FormOutlook form = Affine(
                plan,
                checkpoint.Tensors.Values.Sum(t => t.ByteLength),
                plan.HeadIsEmbedding ? 0 : Bytes(plan.Embedding),
                Bytes(plan.HeadIsEmbedding ? plan.Embedding : plan.Head),
                speed);
            return new ModelOutlook(path, plan.Parameters, null, form, Prefill(LayerWeights(plan), speed), null, null);
        }
        TensorInfo[] matrices = [.. checkpoint.Tensors.Values.Where(t => t.Shape.Count == 2)];
        return matrices.All(t => t.BlockFormat is null) ? OfDense(path, plan, matrices.Max(t => t.Type.Size()), speed) : OfBlocks(path, plan, matrices, speed);

        long Bytes(string module) => checkpoint.Tensors.Values.Where(t => t.Name.StartsWith(module + ".", StringComparison.Ordinal)).Sum(t => t.ByteLength);
    }

    private static ModelOutlook OfDense(string name, ModelPlan plan, int weightBytes, MachineSpeed speed)
    {
        long layers = LayerWeights(plan), head = Table(plan), rest = plan.Parameters - layers;
        long packedLayers = PackedLayers(plan);
        return new ModelOutlook(
            name,
            plan.Parameters,
            Form(plan.Parameters * weightBytes, Decode(plan, 0, (layers + head) * weightBytes, speed)),
            Form(packedLayers + (rest * weightBytes), Decode(plan, packedLayers, head * weightBytes, speed)),
            Prefill(layers, speed),
            Quantize(plan, weightBytes, packedLayers + (rest * weightBytes), Preset.Paper, speed),
            Quantize(plan, weightBytes, packedLayers + (rest * weightBytes), Preset.Fast, speed));
    }

    // A GGUF file: its blocks are run in about the bytes that they have there, and quantized from float32; in the packed folder the embedding and the head keep
    // theirs if it can hold them.
    private static ModelOutlook OfBlocks(string name, ModelPlan plan, IReadOnlyList<TensorInfo> matrices, MachineSpeed speed)
    {
        (long embedding, long head) = Tables(Stored);
        (long packedEmbedding, long packedHead) = Tables(Packed);
        long packed = PackedLayers(plan) + packedEmbedding + packedHead;
        return new ModelOutlook(
            name,
            plan.Parameters,
            Affine(plan, matrices.Sum(Stored), embedding, head, speed),
            Affine(plan, packed, packedEmbedding, packedHead, speed),
            Prefill(LayerWeights(plan), speed),
            Quantize(plan, sizeof(float), packed, Preset.Paper, speed),
            Quantize(plan, sizeof(float), packed, Preset.Fast, speed));

        (long Embedding, long Head) Tables(Func<TensorInfo, long> bytes) =>
            plan.HeadIsEmbedding ? (0, Table(plan.Embedding, bytes)) : (Table(plan.Embedding, bytes), Table(plan.Head, bytes));

        long Table(string module, Func<TensorInfo, long> bytes) => matrices.Where(t => t.Name == $"{module}.weight").Sum(bytes);

        static long Stored(TensorInfo tensor) => tensor.ByteLength;

        static long Packed(TensorInfo tensor) =>
            tensor.BlockFormat is null || tensor.Packed is not null ? tensor.ByteLength : tensor.Shape[0] * tensor.Shape[1] * tensor.Type.Size();
    }

    // A token reads one row of an embedding that is not the head as well; `embedding` is 0 where it is.
    private static FormOutlook Affine(ModelPlan plan, long bytes, long embedding, long head, MachineSpeed speed) =>
        Form(bytes, Decode(plan, bytes - embedding - head, head, speed));

    private static double Decode(ModelPlan plan, double packedBytes, double denseBytes, MachineSpeed speed) =>
        (((packedBytes / PackedBandwidthShare) + (denseBytes / DenseBandwidthShare)) / speed.ReadBytesPerSecond) + (plan.Blocks.Length * SecondsPerBlock);

    private static double Prefill(long layers, MachineSpeed speed) => PrefillShare * speed.ProductOperationsPerSecond / (2.0 * layers);

    private static FormOutlook Form(long bytes, double secondsPerToken) => new(bytes, bytes + RuntimeBytes, 1 / secondsPerToken);

    private static QuantizationOutlook Quantize(ModelPlan plan, int weightBytes, long packedBytes, Preset preset, MachineSpeed speed)
    {
        QuantizationOptions options = preset.ApplyTo(new() { Model = "", Output = "", Threads = speed.Threads });
        int heldOut = options.Minimisation.Epochs > 0 ? options.HeldOutSamples : 0;
        var formats = new LayerFormats(plan, options);
        // The default: every other window is the model's.
        int written = (CalibrationWindows + heldOut) / 2;
        int tokens = Math.Min(CalibrationContext, plan.ContextLength);
        var cost = new JobCost(CalibrationWindows, heldOut, tokens, options.Solver, options.Minimisation, formats);
        var shape = new JobShape
        {
            Plan = plan,
            Options = options,
            Formats = formats,
            Solver = options.Solver,
            Shares = MemoryShares.Of(null, plan, options.Solver),
            Cost = cost,
            Calibration = CalibrationWindows,
            HeldOut = heldOut,
            SelfWritten = written,
            Tokens = tokens,
            WeightBytes = weightBytes,
        };
        var work = new PhaseWork { [Phase.Generate] = cost.Generate(plan, written) };
        foreach (PhaseWork block in cost.Blocks(plan, plan.Blocks.Length))
        {
            work.Add(block);
        }
        return new QuantizationOutlook(JobTime.Of(work, speed, load: 0, write: 0).Total, JobMemory.Of(shape).Peak.Bytes, packedBytes);
    }

    // 2 bits, and two 16-bit numbers for every 64 weights.
    private static long PackedLayers(ModelPlan plan) => (long)(LayerWeights(plan) * (2 + (32.0 / 64)) / 8);

    private static long LayerWeights(ModelPlan plan) => plan.Blocks.Sum(block => block.Linears.Sum(layer => (long)layer.Input.Width * layer.Output.Width));

    private static long Table(ModelPlan plan) => (long)plan.VocabularySize * plan.Width;
}

/// <summary>What to expect of a model in a form.</summary>
/// <param name="Bytes">Bytes of its tensors.</param>
/// <param name="MemoryBytes">Memory with the model loaded; its cache of keys and values comes on top.</param>
/// <param name="DecodeTokensPerSecond">Tokens generated a second, at the start of a text.</param>
public sealed record FormOutlook(long Bytes, long MemoryBytes, double DecodeTokensPerSecond);

/// <summary>What quantizing takes.</summary>
/// <param name="Seconds">Time.</param>
/// <param name="PeakMemoryBytes">Peak resident set, without a memory budget.</param>
/// <param name="DiskBytes">What is written; the dense model takes its own room.</param>
public sealed record QuantizationOutlook(double Seconds, long PeakMemoryBytes, long DiskBytes);
