using System.Reflection;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using DecoupleQ.Checkpoints;
using DecoupleQ.Models;
using DecoupleQ.Quantization.Calibration;
using DecoupleQ.Tensors;

namespace DecoupleQ.Quantization.Jobs;

/// <summary>What goes into a packed folder: the quantized layers, everything else as it was stored, and what describes them.</summary>
internal sealed class FolderContents
{
    /// <summary>The report in the folder. It holds nothing that differs between two runs on the same input.</summary>
    public const string ReportFile = "decoupleq.json";

    /// <summary>What the report says wrote the folder.</summary>
    public const string Tool = "decoupleq";

    private const int EmbeddingGroupSize = 64;

    private readonly Checkpoint _checkpoint;
    private readonly ModelPlan _plan;
    private readonly QuantizationOptions _options;
    private readonly IReadOnlyList<CompanionFile> _companions;
    private readonly Dictionary<string, AffineFormat?> _exceptions = [];
    private readonly List<LayerReport> _layers = [];
    private readonly HashSet<string> _quantized = [];
    private long _quantizedBits;
    private long _quantizedWeights;
    private long _weights;

    public FolderContents(Checkpoint checkpoint, ModelPlan plan, QuantizationOptions options)
    {
        _checkpoint = checkpoint;
        _plan = plan;
        _options = options;
        // Now, so that a tokenizer that cannot be taken along is refused before the work.
        _companions = CompanionFiles.Of(checkpoint.Path);
    }

    /// <summary>The version of this library.</summary>
    public static string Version { get; } =
        typeof(FolderContents).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    /// <summary>The losses of the layers quantized so far.</summary>
    public IReadOnlyList<LayerReport> Layers => _layers;

    /// <summary>Embedding, final norm and head.</summary>
    public IReadOnlyList<TensorPayload> OutsideBlocks(CancellationToken cancellationToken)
    {
        var tensors = new List<TensorPayload>();
        tensors.AddRange(Module(_plan.Embedding, _options.EmbeddingBits, cancellationToken));
        tensors.AddRange(Module(_plan.FinalNorm));
        if (!_plan.HeadIsEmbedding)
        {
            tensors.AddRange(Module(_plan.Head, _options.HeadBits, cancellationToken));
        }
        return tensors;
    }

    /// <summary>A block whose layers are quantized.</summary>
    public IReadOnlyList<TensorPayload> Block(int block, QuantizedBlock quantized)
    {
        string prefix = _plan.BlockPrefix(block);
        var tensors = new List<TensorPayload>();
        Dictionary<LinearOperation, AffineMatrix> matrices = quantized.Layers.ToDictionary(l => l.Operation, l => l.Matrix);
        foreach (Operation operation in _plan.Blocks[block].Operations)
        {
            if (operation is RmsNormOperation norm)
            {
                tensors.AddRange(Module(prefix + norm.Module));
            }
            else if (operation is LinearOperation linear)
            {
                AffineMatrix matrix = matrices[linear];
                tensors.AddRange(AffineTensors.Of(prefix + linear.Module, matrix));
                tensors.AddRange(Stored(prefix + linear.Module, "bias"));
                _quantized.Add(prefix + linear.Module);
                _quantizedBits += matrix.StoredBits;
                _quantizedWeights += (long)matrix.Rows * matrix.Columns;
                _weights += (long)matrix.Rows * matrix.Columns;
            }
        }
        _layers.AddRange(quantized.Reports);
        return tensors;
    }

    /// <summary>A block as it is stored.</summary>
    public IReadOnlyList<TensorPayload> DenseBlock(int block)
    {
        string prefix = _plan.BlockPrefix(block);
        return [.. _plan.Blocks[block].Operations.SelectMany(operation => operation switch
        {
            RmsNormOperation norm => Module(prefix + norm.Module),
            LinearOperation linear => Module(prefix + linear.Module),
            _ => [],
        })];
    }

    /// <summary>Writes the index, the config, the report and the files that go along.</summary>
    public void Finish(ModelFolderWriter writer, CalibrationWindows windows)
    {
        writer.WriteIndex();
        var provenance = new JsonObject
        {
            ["version"] = Version,
            ["calibration"] = new JsonObject
            {
                ["windows"] = windows.Ids.Length,
                ["context"] = windows.Context,
                ["sha256"] = Hash(windows),
            },
        };
        writer.WriteJson("config.json", PackedConfig.Create(_checkpoint.Config, PackedLayer.Format(_options.Format), _exceptions, provenance));
        writer.WriteJson(ReportFile, Report(provenance));
        foreach (CompanionFile file in _companions)
        {
            writer.Write(file);
        }
    }

    /// <summary>Stored bits over weights, for all tensors and for the quantized layers.</summary>
    /// <param name="storedBits">Of all tensors.</param>
    public BitsPerWeight BitsPerWeight(long storedBits) => new((double)storedBits / _weights, (double)_quantizedBits / _quantizedWeights);

    // A module as it is stored.
    private IEnumerable<TensorPayload> Module(string module)
    {
        if (_checkpoint.Contains(module + ".scales"))
        {
            _exceptions[module] = _checkpoint.Quantization?.FormatOf(module);
        }
        _weights += Weights(module);
        return Stored(module, "weight", "scales", "biases", "bias");
    }

    // A module with its weight in `bits` bits; 16 stands for as it is stored.
    private IEnumerable<TensorPayload> Module(string module, int bits, CancellationToken cancellationToken)
    {
        if (bits == 16)
        {
            return Module(module);
        }
        AffineMatrix matrix = AffineQuantizer.Quantize(_checkpoint.ReadWeight(module), module, bits, EmbeddingGroupSize, _options.Threads == 0 ? Environment.ProcessorCount : _options.Threads, cancellationToken);
        _exceptions[module] = new AffineFormat(bits, EmbeddingGroupSize);
        _weights += (long)matrix.Rows * matrix.Columns;
        return [.. AffineTensors.Of(module, matrix), .. Stored(module, "bias")];
    }

    private long Weights(string module)
    {
        if (!_checkpoint.Contains(module + ".scales"))
        {
            return _checkpoint.Tensors[module + ".weight"].Shape.Aggregate(1L, (product, size) => product * size);
        }
        WeightMatrix packed = _checkpoint.ReadWeight(module);
        return (long)packed.Rows * packed.Columns;
    }

    private IEnumerable<TensorPayload> Stored(string module, params string[] parts) =>
        parts.Select(part => $"{module}.{part}").Where(_checkpoint.Contains).Select(name => TensorPayload.Copy(_checkpoint.Source, name));

    private JsonObject Report(JsonObject provenance) => new()
    {
        ["tool"] = Tool,
        ["version"] = Version,
        ["format"] = new JsonObject { ["bits"] = _options.Format.Bits, ["groupSize"] = _options.Format.GroupSize },
        ["calibration"] = provenance["calibration"]!.DeepClone(),
        ["layers"] = new JsonArray([.. _layers.Select(layer => (JsonNode)new JsonObject
        {
            ["name"] = layer.Name,
            ["bits"] = _options.Format.Bits,
            ["groupSize"] = _options.Format.GroupSize,
            ["loss"] = layer.Loss,
            ["relativeLoss"] = layer.RelativeLoss,
        })]),
    };

    private static string Hash(CalibrationWindows windows)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (int[] window in windows.Ids)
        {
            hash.AppendData(MemoryMarshal.AsBytes<int>(window));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
