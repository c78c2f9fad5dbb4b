using System.Text;
using System.Text.Json.Nodes;
using DecoupleQ.Checkpoints;
using DecoupleQ.Kernels;
using DecoupleQ.ModelFiles;
using DecoupleQ.Models;
using DecoupleQ.Quantization.Calibration;
using DecoupleQ.Quantization.Recipes;
using DecoupleQ.Quantization.Settings;
using DecoupleQ.Quantization.Solver;
using DecoupleQ.Quantization.Training;
using DecoupleQ.Tensors;

namespace DecoupleQ.Quantization.Jobs;

/// <summary>What goes into a packed folder: the quantized layers, everything else as it was stored, and what describes them.</summary>
/// <param name="checkpoint">The model.</param>
/// <param name="plan">Its plan.</param>
/// <param name="options">The job's options, with those of the calibration as it turned out.</param>
/// <param name="formats">The format of every layer.</param>
internal sealed class FolderContents(Checkpoint checkpoint, ModelPlan plan, QuantizationOptions options, LayerFormats formats)
{
    /// <summary>The report in the folder. It holds nothing that differs between two runs on the same input.</summary>
    public const string ReportFile = "decoupleq.json";

    /// <summary>What the report says wrote the folder.</summary>
    public const string Tool = "decoupleq";

    /// <summary>The bits of an embedding or a head that stand for as it is stored.</summary>
    public const int DenseBits = 16;

    /// <summary>Columns that share a scale in a quantized embedding or head.</summary>
    public const int EmbeddingGroupSize = 64;

    // Found before the work begins, so that a tokenizer that cannot be taken along is refused at once.
    private readonly IReadOnlyList<CompanionFile> _companions = CompanionFiles.Of(checkpoint.Path);

    /// <summary>Embedding, final norm and head.</summary>
    public IReadOnlyList<TensorPayload> OutsideBlocks(CancellationToken cancellationToken) =>
    [
        .. Table(plan.Embedding, options.EmbeddingBits, cancellationToken),
        .. Stored(plan.FinalNorm),
        .. plan.HeadIsEmbedding ? [] : Table(plan.Head, options.HeadBits, cancellationToken),
    ];

    /// <summary>A block whose layers are quantized.</summary>
    public IReadOnlyList<TensorPayload> Block(int block, BlockParameters parameters)
    {
        string prefix = plan.BlockPrefix(block);
        return [.. plan.Blocks[block].Operations.SelectMany(operation => operation switch
        {
            RmsNormOperation norm => [Vector($"{prefix}{norm.Module}.weight", parameters.Norms[norm])],
            LayerNormOperation norm => Norm(prefix, norm, parameters),
            LinearOperation linear => Layer(prefix, linear, parameters),
            _ => (IEnumerable<TensorPayload>)[],
        })];
    }

    /// <summary>Names, types and shapes of what <see cref="OutsideBlocks"/> gives; they cannot be written.</summary>
    public IReadOnlyList<TensorPayload> OutlineOutsideBlocks() =>
    [
        .. OutlineTable(plan.Embedding, options.EmbeddingBits),
        .. OutlineStored(plan.FinalNorm),
        .. plan.HeadIsEmbedding ? [] : OutlineTable(plan.Head, options.HeadBits),
    ];

    /// <summary>Names, types and shapes of what <see cref="Block"/> gives, with scales and biases in F16; they cannot be written.</summary>
    public IReadOnlyList<TensorPayload> OutlineBlock(int block)
    {
        string prefix = plan.BlockPrefix(block);
        return [.. plan.Blocks[block].Operations.SelectMany(operation => operation switch
        {
            RmsNormOperation norm => OutlineStored(prefix + norm.Module),
            LayerNormOperation norm => OutlineStored(prefix + norm.Module),
            LinearOperation linear => OutlineLayer(prefix + linear.Module, linear),
            _ => [],
        })];
    }

    /// <summary>A block as it is stored.</summary>
    public IReadOnlyList<TensorPayload> StoredBlock(int block) => [.. ModulesOf(block).SelectMany(Stored)];

    /// <summary>Names, types and shapes of what <see cref="StoredBlock"/> gives; they cannot be written.</summary>
    public IReadOnlyList<TensorPayload> OutlineStoredBlock(int block) => [.. ModulesOf(block).SelectMany(OutlineStored)];

    /// <summary>The config of the folder; it describes its shards too.</summary>
    public JsonObject Config(CalibrationWindows windows)
    {
        var exceptions = new Dictionary<string, AffineFormat?>();
        foreach (string module in Enumerable.Range(0, plan.Blocks.Length).SelectMany(LinearsOf).Append(plan.Embedding).Append(plan.Head))
        {
            if (formats.Of(module) is QuantizationFormat format)
            {
                exceptions[module] = PackedLayer.Format(format);
            }
            else if (checkpoint.Contains(module + ".scales"))
            {
                exceptions[module] = checkpoint.Quantization?.FormatOf(module);
            }
            else if (Blocks(module) is PackedBlocks blocks)
            {
                exceptions[module] = blocks.Format;
            }
            else if (formats.IsSkipped(module))
            {
                exceptions[module] = null;
            }
        }
        AddTable(exceptions, plan.Embedding, options.EmbeddingBits);
        AddTable(exceptions, plan.Head, options.HeadBits);
        var provenance = new JsonObject { ["version"] = ToolVersion.Text, ["calibration"] = Calibration(windows) };
        return PackedConfig.Create(checkpoint.Config, PackedLayer.Format(options.Format), exceptions, provenance);
    }

    /// <summary>The files beside the weights: those that go along, the recipe, the report and the config.</summary>
    public IReadOnlyList<CompanionFile> Files(CalibrationWindows windows, IReadOnlyList<BlockReport> blocks) =>
    [
        .. _companions,
        CompanionFile.Of(Recipe.FileName, Encoding.UTF8.GetBytes(RecipeText.Of(options))),
        CompanionFile.Of(ReportFile, ModelFolderWriter.Json(Report(windows, blocks))),
        CompanionFile.Of("config.json", ModelFolderWriter.Json(Config(windows))),
    ];

    /// <summary>Stored bits over weights, for all tensors and for the quantized layers.</summary>
    /// <param name="stored">All that is stored.</param>
    public BitsPerWeight BitsPerWeight(IEnumerable<(string Name, long ByteLength)> stored)
    {
        (string Name, long ByteLength)[] tensors = [.. stored];
        string[] weightParts = ["weight", "scales", "biases"];
        HashSet<string> names = [.. formats.Quantized.Keys.SelectMany(module => weightParts.Select(part => $"{module}.{part}"))];
        double layerWeights = Enumerable.Range(0, plan.Blocks.Length)
            .Sum(block => plan.Blocks[block].Linears.Where(l => formats.Of(block, l) is not null).Sum(l => (double)l.Output.Width * l.Input.Width));
        return new BitsPerWeight(
            tensors.Sum(t => t.ByteLength) * 8.0 / plan.Parameters,
            tensors.Where(t => names.Contains(t.Name)).Sum(t => t.ByteLength) * 8.0 / layerWeights);
    }

    private static TensorPayload Vector(string name, StoredVector vector) => TensorPayload.Floats(name, vector.Type, [vector.Values.Length], vector.Values);

    private static IEnumerable<TensorPayload> Norm(string prefix, LayerNormOperation norm, BlockParameters parameters)
    {
        string module = prefix + norm.Module;
        TensorPayload weight = Vector(module + ".weight", parameters.Norms[norm]);
        return parameters.Biases.TryGetValue(norm, out StoredVector? bias) ? [weight, Vector(module + ".bias", bias)] : [weight];
    }

    private IEnumerable<TensorPayload> Layer(string prefix, LinearOperation linear, BlockParameters parameters)
    {
        string module = prefix + linear.Module;
        if (formats.Of(module) is null)
        {
            return Stored(module);
        }
        IReadOnlyList<TensorPayload> packed = AffineTensors.Of(module, PackedLayer.Pack(parameters.Layers[linear], linear.Output.Width, linear.Input.Width));
        return parameters.Biases.TryGetValue(linear, out StoredVector? bias) ? packed.Append(Vector(module + ".bias", bias)) : packed;
    }

    private IEnumerable<TensorPayload> OutlineLayer(string module, LinearOperation linear) => formats.Of(module) is QuantizationFormat format
        ?
        [
            .. AffineTensors.Outline(module, linear.Output.Width, linear.Input.Width, PackedLayer.Format(format), options.Solver.ScaleType),
            .. linear.HasBias ? [TensorPayload.Copy(checkpoint.Source, module + ".bias")] : (IEnumerable<TensorPayload>)[],
        ]
        : OutlineStored(module);

    private IEnumerable<TensorPayload> OutlineTable(string module, int bits) => bits == DenseBits
        ? OutlineStored(module)
        : AffineTensors.Outline(module, plan.VocabularySize, plan.Width, new AffineFormat(bits, EmbeddingGroupSize), ElementType.F16);

    private static void AddTable(Dictionary<string, AffineFormat?> exceptions, string module, int bits)
    {
        if (bits != DenseBits)
        {
            exceptions[module] = new AffineFormat(bits, EmbeddingGroupSize);
        }
    }

    private static JsonObject Calibration(CalibrationWindows windows) => new()
    {
        ["windows"] = windows.Ids.Length,
        ["heldOutWindows"] = windows.HeldOut.Length,
        ["context"] = windows.Context,
        ["sha256"] = Fingerprint.Hash(windows),
    };

    // An embedding or a head, in `bits` bits; 16 stands for as it is stored.
    private IEnumerable<TensorPayload> Table(string module, int bits, CancellationToken cancellationToken)
    {
        if (bits == DenseBits)
        {
            return Stored(module);
        }
        int threads = Workers.CountFor(options.Threads);
        return AffineTensors.Of(module, AffineQuantizer.Quantize(checkpoint.ReadWeight(module), module, bits, EmbeddingGroupSize, threads, cancellationToken));
    }

    private IEnumerable<string> ModulesOf(int block) => plan.Blocks[block].Operations
        .Select(operation => operation switch { RmsNormOperation norm => norm.Module, LayerNormOperation norm => norm.Module, LinearOperation linear => linear.Module, _ => null })
        .OfType<string>()
        .Select(module => plan.BlockPrefix(block) + module);

    private IEnumerable<string> LinearsOf(int block) => plan.Blocks[block].Linears.Select(layer => plan.BlockPrefix(block) + layer.Module);

    // Blocks of a GGUF file that the packed layout has stay what they are.
    private IEnumerable<TensorPayload> Stored(string module) => Blocks(module) is null
        ? Copied(module, "weight", "scales", "biases", "bias")
        : [.. AffineTensors.Of(module, checkpoint.Source.ReadBlocks(module + ".weight")), .. Copied(module, "bias")];

    private IEnumerable<TensorPayload> OutlineStored(string module) => Blocks(module) is PackedBlocks blocks
        ? [.. AffineTensors.Outline(module, checkpoint.Tensors[module + ".weight"].Shape, blocks), .. Copied(module, "bias")]
        : Copied(module, "weight", "scales", "biases", "bias");

    private PackedBlocks? Blocks(string module) => checkpoint.Tensors.TryGetValue(module + ".weight", out TensorInfo? info) ? info.Packed : null;

    private IEnumerable<TensorPayload> Copied(string module, params IEnumerable<string> parts) =>
        parts.Select(part => $"{module}.{part}").Where(checkpoint.Contains).Select(name => TensorPayload.Copy(checkpoint.Source, name));

    private JsonObject Report(CalibrationWindows windows, IReadOnlyList<BlockReport> blocks)
    {
        QuantizationFormat format = options.Format;
        return new JsonObject
        {
            ["tool"] = Tool,
            ["version"] = ToolVersion.Text,
            ["format"] = new JsonObject { ["bits"] = format.Bits, ["groupSize"] = format.GroupSize, ["symmetric"] = format.Symmetric },
            ["calibration"] = Calibration(windows),
            ["minimisation"] = new JsonObject
            {
                ["epochs"] = options.Minimisation.Epochs,
                ["learningRate"] = options.Minimisation.LearningRate,
                ["trainBiases"] = options.Minimisation.TrainBiases,
            },
            ["layers"] = new JsonArray([.. blocks.SelectMany(b => b.Layers).Select(layer => (JsonNode)new JsonObject
            {
                ["name"] = layer.Name,
                ["bits"] = formats.Quantized[layer.Name].Bits,
                ["groupSize"] = formats.Quantized[layer.Name].GroupSize,
                ["loss"] = layer.Loss,
                ["relativeLoss"] = layer.RelativeLoss,
            })]),
            ["blocks"] = new JsonArray([.. blocks.Select(block => (JsonNode)new JsonObject
            {
                ["heldOutBefore"] = block.Training?.HeldOutBefore,
                ["heldOutAfter"] = block.Training?.HeldOutAfter,
                ["kept"] = block.Training?.Kept,
            })]),
        };
    }
}
