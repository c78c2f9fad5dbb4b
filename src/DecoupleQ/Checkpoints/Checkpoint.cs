using System.Text.Json.Nodes;
using DecoupleQ.Storage;
using DecoupleQ.Tensors;

namespace DecoupleQ.Checkpoints;

/// <summary>A model as it is stored, dense or packed: its config and its named tensors. Safe for concurrent reads.</summary>
public sealed class Checkpoint : IDisposable
{
    private readonly ITensorSource _source;

    /// <summary>A checkpoint over tensors and a config in the terms of Hugging Face, wherever they come from.</summary>
    /// <param name="path">What the user named.</param>
    /// <param name="source">The tensors; disposed with the checkpoint.</param>
    /// <param name="config">The config.</param>
    /// <param name="configFile">The file that errors of the config name.</param>
    /// <exception cref="DecoupleQException">The config's quantization is not supported.</exception>
    internal Checkpoint(string path, ITensorSource source, JsonObject config, string configFile)
    {
        Path = path;
        _source = new FiniteTensors(source);
        Config = config;
        ConfigFile = configFile;
        Quantization = QuantizationConfig.Parse(ConfigSection);
    }

    /// <summary>The path that it was opened by.</summary>
    public string Path { get; }

    /// <summary>The model's config (<c>config.json</c>).</summary>
    public JsonObject Config { get; }

    /// <summary>How the packed modules are quantized; null if the model is dense.</summary>
    public QuantizationConfig? Quantization { get; }

    /// <summary>What is stored, by name.</summary>
    public IReadOnlyDictionary<string, TensorInfo> Tensors => _source.Tensors;

    /// <summary>What of the files was guessed or may not be what was meant, a sentence each; usually none.</summary>
    public IReadOnlyList<string> Warnings { get; internal init; } = [];

    /// <summary>The file that errors of the config name.</summary>
    internal string ConfigFile { get; }

    /// <summary>The config, to be read field by field.</summary>
    internal JsonSection ConfigSection => new(ConfigFile, Config);

    /// <summary>The tensors.</summary>
    internal ITensorSource Source => _source;

    /// <summary>Whether a tensor of this name is stored.</summary>
    public bool Contains(string tensor) => _source.Tensors.ContainsKey(tensor);

    /// <summary>The weight of a linear layer or embedding: affine if <c>MODULE.scales</c> is stored, dense otherwise.</summary>
    /// <param name="module">The module's path, as in <c>model.layers.0.mlp.up_proj</c>.</param>
    /// <returns>outputs x inputs; with <see cref="TensorAccess.Mapped"/> dense elements and codes are views of the file.</returns>
    /// <exception cref="DecoupleQException">A tensor is missing, its type, shape or values do not fit, or it holds NaN or infinity.</exception>
    public WeightMatrix ReadWeight(string module)
    {
        if (!AffineTensors.IsPacked(_source, module))
        {
            return _source.ReadMatrix(module + ".weight");
        }
        return AffineTensors.Read(_source, module, PackedFormat(module));
    }

    /// <summary>The size of what <see cref="ReadWeight"/> gives, by types and shapes alone: nothing is read.</summary>
    /// <exception cref="DecoupleQException">A tensor is missing, or its type or shape does not fit.</exception>
    internal (int Rows, int Columns) WeightSize(string module)
    {
        if (AffineTensors.IsPacked(_source, module))
        {
            return AffineTensors.Size(_source, module, PackedFormat(module));
        }
        string name = module + ".weight";
        TensorInfo info = Find(name);
        return info is { Shape: [> 0 and <= int.MaxValue, > 0 and <= int.MaxValue] } && info.Type.Element() is not null
            ? ((int)info.Shape[0], (int)info.Shape[1])
            : throw Unexpected(info, "a matrix of F32, F16 or BF16");
    }

    /// <summary>The length of what <see cref="ReadVector"/> gives, by its type and shape alone: nothing is read.</summary>
    /// <exception cref="DecoupleQException">The tensor is missing, or not a vector of floats.</exception>
    internal int VectorLength(string tensor)
    {
        TensorInfo info = Find(tensor);
        return info is { Shape: [<= int.MaxValue] } && (info.Type.Element() is not null || info.Type == TensorType.F64)
            ? (int)info.Shape[0]
            : throw Unexpected(info, "a vector of F64, F32, F16 or BF16");
    }

    /// <summary>A layer's own bias, decoded to float32; null if it has none.</summary>
    /// <param name="module">The module's path.</param>
    /// <exception cref="DecoupleQException"><c>MODULE.bias</c> is not a vector of finite floats.</exception>
    public float[]? ReadBias(string module)
    {
        string name = module + ".bias";
        return Contains(name) ? ReadVector(name) : null;
    }

    /// <summary>A vector of any floating type, decoded to float32.</summary>
    /// <param name="tensor">The tensor's full name.</param>
    /// <exception cref="DecoupleQException">The tensor is missing, or not a vector of finite floats.</exception>
    public float[] ReadVector(string tensor)
    {
        if (_source.Tensors.TryGetValue(tensor, out TensorInfo? info) && info.Shape.Count != 1)
        {
            throw new DecoupleQException($"The tensor is {info.Type.Name()} {TensorTypes.Describe(info.Shape)}.", info.File, tensor, "a vector");
        }
        return _source.ReadFloats(tensor);
    }

    /// <summary>Copies the bytes of a tensor, elements of <see cref="TensorInfo.Type"/>, to <paramref name="destination"/>, a piece at a time.</summary>
    /// <param name="tensor">The tensor's full name.</param>
    /// <param name="destination">Where to.</param>
    /// <param name="cancellationToken">Ends the copying.</param>
    /// <exception cref="DecoupleQException">The tensor is missing, cannot be read, or holds NaN or infinity.</exception>
    public void CopyTensor(string tensor, Stream destination, CancellationToken cancellationToken = default) =>
        _source.CopyBytes(tensor, destination, cancellationToken);

    /// <summary>Closes the files and unmaps them: what reads a mapped matrix from now on gets an <see cref="ObjectDisposedException"/>.</summary>
    public void Dispose() => _source.Dispose();

    private AffineFormat PackedFormat(string module)
    {
        if (Quantization is null)
        {
            throw new DecoupleQException(
                "The field is missing, but the model has packed weights.", ConfigFile, QuantizationConfig.MlxSection, $"bits and group size of {module}");
        }
        return Quantization.FormatOf(module)
            ?? throw new DecoupleQException("The config declares the module dense, but its weight is packed.", ConfigFile, module, "bits and group_size");
    }

    private TensorInfo Find(string tensor) => _source.Tensors.TryGetValue(tensor, out TensorInfo? info)
        ? info
        : throw new DecoupleQException(
            "The tensor is missing.", Path, tensor, "every tensor of the architecture that the config describes");

    private static DecoupleQException Unexpected(TensorInfo info, string expected) =>
        new($"The tensor is {info.BlockFormat ?? info.Type.Name()} {TensorTypes.Describe(info.Shape)}.", info.File, info.Name, expected);
}
