using System.Text.Json.Nodes;
using System.Text;
using DecoupleQ.Checkpoints;
using DecoupleQ.Kernels.Threads;
using DecoupleQ.ModelFiles;
using DecoupleQ.Models.Architectures;
using DecoupleQ.Models.Plans;
using DecoupleQ.Quantization.Calibration;
using DecoupleQ.Quantization.Outputs;
using DecoupleQ.Quantization.Recipes;
using DecoupleQ.Quantization.Settings;
using DecoupleQ.Quantization.Solver;
using DecoupleQ.Quantization.Training;
using DecoupleQ.Tensors;
using DecoupleQ.Storage;

namespace DecoupleQ.Quantization.Jobs;

/// <summary>What goes into a packed folder: the quantized layers, everything else as it was stored, and what describes them.</summary>
/// <param name="checkpoint">The model.</param>
/// <param name="plan">Its plan.</param>
/// <param name="options">The job's options, with those of the calibration as it turned out.</param>
/// <param name="formats">The format of every layer.</param>
internal sealed class FolderContents(Checkpoint checkpoint, ModelPlan plan, QuantizationOptions options, LayerFormats formats)
{
    /// <summary>The config's file.</summary>
    public const string ConfigFile = "config.json";

    /// <summary>The bits of an embedding or a head that stand for as it is stored.</summary>
    public const int DenseBits = 16;

    /// <summary>Columns that share a scale in a quantized embedding or head.</summary>
    public const int EmbeddingGroupSize = 64;

    // A packed matrix has all three.
    private static readonly string[] MatrixParts = ["weight", "scales", "biases"];

    /// <summary>The files that go along, found before the work begins, so that a tokenizer that cannot be taken along is refused at once.</summary>
    public IReadOnlyList<CompanionFile> Companions { get; } = CompanionFiles.Of(checkpoint.Path);

    /// <summary>Embedding, final norm and head.</summary>
    public IReadOnlyList<TensorPayload> OutsideBlocks(CancellationToken cancellationToken) =>
    [
        .. Table(plan.Embedding, options.EmbeddingBits, cancellationToken),
        .. plan.Final.Tensors.SelectMany(tensor => Stored("", tensor)),
        .. plan.HeadIsEmbedding ? [] : Table(plan.Head, options.HeadBits, cancellationToken),
    ];

    /// <summary>A block whose layers are quantized.</summary>
    public IReadOnlyList<TensorPayload> Block(int block, BlockParameters parameters)
    {
        string prefix = plan.BlockPrefix(block);
        return [.. plan.Blocks[block].Operations.SelectMany(operation => operation switch
        {
            LinearOperation linear when formats.Of(prefix + linear.Module) is null => linear.Tensors.SelectMany(tensor => Stored(prefix, tensor)),
            LinearOperation linear => Packed(prefix, linear, parameters).Concat(Vectors(prefix, linear, parameters)),
            _ => Vectors(prefix, operation, parameters),
        })];
    }

    /// <summary>Names, types and shapes of what <see cref="OutsideBlocks"/> gives; they cannot be written.</summary>
    public IReadOnlyList<TensorPayload> OutlineOutsideBlocks() =>
    [
        .. OutlineTable(plan.Embedding, options.EmbeddingBits),
        .. plan.Final.Tensors.SelectMany(tensor => OutlineStored("", tensor)),
        .. plan.HeadIsEmbedding ? [] : OutlineTable(plan.Head, options.HeadBits),
    ];

    /// <summary>Names, types and shapes of what <see cref="Block"/> gives, with scales and biases in F16; they cannot be written.</summary>
    public IReadOnlyList<TensorPayload> OutlineBlock(int block)
    {
        string prefix = plan.BlockPrefix(block);
        return [.. plan.Blocks[block].Tensors.SelectMany(tensor =>
            tensor.Kind == TensorKind.Matrix && formats.Of(prefix + tensor.Module) is QuantizationFormat format
                ? AffineTensors.Outline(prefix + tensor.Module, tensor.Rows, tensor.Columns, PackedLayer.Format(format), options.Solver.ScaleType)
                : tensor.Kind == TensorKind.Matrix ? OutlineStored(prefix, tensor)
                : [TensorPayload.Outline(prefix + tensor.Name, TensorTypes.Of(new WeightReader(checkpoint).Type(prefix + tensor.Name)), [tensor.Columns])])];
    }

    /// <summary>A block as it is stored.</summary>
    public IReadOnlyList<TensorPayload> StoredBlock(int block) => [.. plan.Blocks[block].Tensors.SelectMany(tensor => Stored(plan.BlockPrefix(block), tensor))];

    /// <summary>Names, types and shapes of what <see cref="StoredBlock"/> gives; they cannot be written.</summary>
    public IReadOnlyList<TensorPayload> OutlineStoredBlock(int block) =>
        [.. plan.Blocks[block].Tensors.SelectMany(tensor => OutlineStored(plan.BlockPrefix(block), tensor))];

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
        JsonObject dense = ConfigSpelling.Both(checkpoint.Config);
        if (!plan.HeadIsEmbedding && (checkpoint.ConfigSection.Flag(TiedHead.Field) ?? false))
        {
            // The head that is stored was kept.
            dense[TiedHead.Field] = false;
        }
        return PackedConfig.Create(dense, PackedLayer.Format(options.Format), exceptions, provenance);
    }

    /// <summary>Names of all files of the folder.</summary>
    public IReadOnlyList<string> Names() =>
        ModelFolderWriter.Names(plan.Blocks.Length + 1, [.. Companions.Select(file => file.Name), Recipe.FileName, ConfigFile]);

    /// <summary>The files beside the weights and the report: those that go along, the recipe and the config.</summary>
    public IReadOnlyList<CompanionFile> Files(CalibrationWindows windows) =>
    [
        .. Companions,
        CompanionFile.Of(Recipe.FileName, Encoding.UTF8.GetBytes(RecipeText.Of(options))),
        CompanionFile.Of(ConfigFile, JsonFile.Bytes(Config(windows))),
    ];

    /// <summary>Stored bits over weights, for all tensors and for the quantized layers.</summary>
    /// <param name="stored">All that is stored.</param>
    public BitsPerWeight BitsPerWeight(IEnumerable<(string Name, long ByteLength)> stored)
    {
        (string Name, long ByteLength)[] tensors = [.. stored];
        HashSet<string> names = [.. formats.Quantized.Keys.SelectMany(module => MatrixParts.Select(part => $"{module}.{part}"))];
        double layerWeights = Enumerable.Range(0, plan.Blocks.Length)
            .Sum(block => plan.Blocks[block].Linears.Where(l => formats.Of(block, l) is not null).Sum(l => (double)l.Output.Width * l.Input.Width));
        return new BitsPerWeight(
            tensors.Sum(t => t.ByteLength) * 8.0 / plan.Parameters,
            tensors.Where(t => names.Contains(t.Name)).Sum(t => t.ByteLength) * 8.0 / layerWeights);
    }

    /// <summary>The vectors of an operation, as they were trained.</summary>
    internal static IEnumerable<TensorPayload> Vectors(string prefix, Operation operation, BlockParameters parameters) =>
        operation.Vectors.Select(tensor => (tensor.Name, Stored: parameters.Vectors[tensor]))
            .Select(v => TensorPayload.Floats(prefix + v.Name, v.Stored.Type, [v.Stored.Values.Length], v.Stored.Values));

    /// <summary>A quantized layer.</summary>
    internal static IReadOnlyList<TensorPayload> Packed(string prefix, LinearOperation linear, BlockParameters parameters) =>
        AffineTensors.Of(prefix + linear.Module, PackedLayer.Pack(parameters.Layers[linear], linear.Output.Width, linear.Input.Width));

    private IEnumerable<TensorPayload> OutlineTable(string module, int bits) => bits == DenseBits
        ? OutlineMatrix(module)
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
        ["sources"] = new JsonArray([.. windows.Sources.Select(source => (JsonNode)source)]),
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
            return Matrix(module);
        }
        int threads = Workers.CountFor(options.Threads);
        return AffineTensors.Of(module, AffineQuantizer.Quantize(checkpoint.ReadWeight(module), module, bits, EmbeddingGroupSize, threads, cancellationToken));
    }

    private IEnumerable<string> LinearsOf(int block) => plan.Blocks[block].Linears.Select(layer => plan.BlockPrefix(block) + layer.Module);

    private IEnumerable<TensorPayload> Stored(string prefix, OwnedTensor tensor) =>
        tensor.Kind == TensorKind.Matrix ? Matrix(prefix + tensor.Module) : Copied(prefix + tensor.Name);

    private IEnumerable<TensorPayload> OutlineStored(string prefix, OwnedTensor tensor) =>
        tensor.Kind == TensorKind.Matrix ? OutlineMatrix(prefix + tensor.Module) : Copied(prefix + tensor.Name);

    // Blocks of a GGUF file that the packed layout has stay what they are.
    private IEnumerable<TensorPayload> Matrix(string module) => Blocks(module) is null
        ? CopiedMatrix(module)
        : AffineTensors.Of(module, checkpoint.Source.ReadBlocks(module + ".weight"));

    private IEnumerable<TensorPayload> OutlineMatrix(string module) => Blocks(module) is PackedBlocks blocks
        ? AffineTensors.Outline(module, checkpoint.Tensors[module + ".weight"].Shape, blocks)
        : CopiedMatrix(module);

    private PackedBlocks? Blocks(string module) => checkpoint.Tensors.TryGetValue(module + ".weight", out TensorInfo? info) ? info.Packed : null;

    private IEnumerable<TensorPayload> CopiedMatrix(string module) => CopiedMatrix(checkpoint, module);

    /// <summary>A matrix as it is stored, packed or not.</summary>
    internal static IEnumerable<TensorPayload> CopiedMatrix(Checkpoint checkpoint, string module) =>
        Copied(checkpoint, [.. MatrixParts.Select(part => $"{module}.{part}")]);

    private IEnumerable<TensorPayload> Copied(string name) => Copied(checkpoint, name);

    private static IEnumerable<TensorPayload> Copied(Checkpoint checkpoint, params IEnumerable<string> names) =>
        names.Where(checkpoint.Contains).Select(name => TensorPayload.Copy(checkpoint.Source, name));

    /// <summary>
    /// What <see cref="FolderManifest.FileName"/> says, but for the files of the folder. It holds nothing that differs between two runs on the same input.
    /// </summary>
    public JsonObject Report(CalibrationWindows windows, IReadOnlyList<BlockReport> blocks)
    {
        QuantizationFormat format = options.Format;
        return new JsonObject
        {
            ["tool"] = FolderManifest.Tool,
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
