using DecoupleQ.Tensors;

namespace DecoupleQ.Checkpoints;

/// <summary>A weight matrix of a checkpoint: a linear layer, the embedding or the output head.</summary>
/// <param name="Name">Full module path.</param>
/// <param name="Rows">Outputs.</param>
/// <param name="Columns">Inputs.</param>
/// <param name="Format">How it is packed; null if it is dense.</param>
/// <param name="StoredBits">Codes, scales and biases, or the dense elements.</param>
public sealed record ModuleSummary(string Name, int Rows, int Columns, AffineFormat? Format, long StoredBits)
{
    /// <summary>Weights that it stands for.</summary>
    public long Weights => (long)Rows * Columns;

    /// <summary>Stored bits over weights.</summary>
    public double BitsPerWeight => (double)StoredBits / Weights;
}

/// <summary>What a checkpoint holds and how much space it takes.</summary>
/// <param name="Tensors">Every tensor, in the natural order of their names.</param>
/// <param name="Modules">Every weight matrix, in the same order.</param>
/// <param name="Bytes">Bytes of all tensors.</param>
/// <param name="Weights">Weights that they stand for.</param>
public sealed record CheckpointSummary(IReadOnlyList<TensorInfo> Tensors, IReadOnlyList<ModuleSummary> Modules, long Bytes, long Weights)
{
    private static readonly string[] NotLayers = ["model.embed_tokens", "lm_head"];

    /// <summary>All stored bits over all weights.</summary>
    public double BitsPerWeight => Bytes * 8.0 / Weights;

    /// <summary>Stored bits over weights of the packed layers, embedding and output head left out; null if there are none.</summary>
    public double? QuantizedLayersBitsPerWeight
    {
        get
        {
            ModuleSummary[] packed = [.. Modules.Where(module => module.Format is not null && !NotLayers.Contains(module.Name))];
            return packed.Length > 0 ? (double)packed.Sum(module => module.StoredBits) / packed.Sum(module => module.Weights) : null;
        }
    }

    /// <summary>Adds up <paramref name="checkpoint"/>.</summary>
    /// <exception cref="DecoupleQException">A packed module's tensors do not fit one another.</exception>
    public static CheckpointSummary Of(Checkpoint checkpoint)
    {
        TensorInfo[] tensors = [.. checkpoint.Tensors.Values.OrderBy(tensor => tensor.Name, NaturalOrder.Instance)];
        ModuleSummary[] modules = [.. tensors.Where(IsMatrix).Select(tensor => Summarize(checkpoint, tensor))];
        HashSet<string> packed = [.. modules.Where(module => module.Format is not null).Select(module => module.Name)];
        long others = tensors.Where(tensor => !packed.Contains(ModuleOf(tensor.Name))).Sum(Elements);
        return new(
            tensors, modules, tensors.Sum(tensor => tensor.ByteLength),
            others + modules.Where(module => module.Format is not null).Sum(module => module.Weights));
    }

    private static bool IsMatrix(TensorInfo tensor) =>
        tensor.Name.EndsWith(".weight", StringComparison.Ordinal)
            && tensor is { Shape.Count: 2, Type: TensorType.F32 or TensorType.F16 or TensorType.BF16 or TensorType.U32 };

    private static ModuleSummary Summarize(Checkpoint checkpoint, TensorInfo tensor)
    {
        string module = ModuleOf(tensor.Name);
        if (tensor.BlockFormat is not null)
        {
            // Reading it would dequantize it.
            return new(module, (int)tensor.Shape[0], (int)tensor.Shape[1], null, tensor.ByteLength * 8);
        }
        WeightMatrix weight = checkpoint.ReadWeight(module);
        AffineFormat? format = weight is AffineMatrix ? checkpoint.Quantization?.FormatOf(module) : null;
        return new(module, weight.Rows, weight.Columns, format, weight.StoredBits);
    }

    private static string ModuleOf(string tensor) => tensor.LastIndexOf('.') is int dot and >= 0 ? tensor[..dot] : "";

    private static long Elements(TensorInfo tensor) => tensor.Shape.Aggregate(1L, (product, size) => product * size);
}
