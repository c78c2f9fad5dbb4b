using System.Collections;
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
        TensorInfo[] tensors = InOrder(checkpoint.Tensors.Values);
        ModuleList modules = new([.. tensors.Where(IsMatrix)], checkpoint);
        long weights = 0;
        foreach (TensorInfo tensor in tensors)
        {
            // The weights that a packed module stands for are told by its codes.
            weights += modules.PackedOf(tensor) is not ModuleSummary module ? Elements(tensor) : IsMatrix(tensor) ? module.Weights : 0;
        }
        return new(tensors, modules, tensors.Sum(tensor => tensor.ByteLength), weights);
    }

    private static TensorInfo[] InOrder(IEnumerable<TensorInfo> tensors)
    {
        TensorInfo[] ordered = [.. tensors];
        string[] names = Array.ConvertAll(ordered, tensor => tensor.Name);
        // Writers have them in some order, often in this one.
        for (int i = 1; i < names.Length; i++)
        {
            if (NaturalOrder.Instance.Compare(names[i - 1], names[i]) > 0)
            {
                Array.Sort(names, ordered, NaturalOrder.Instance);
                break;
            }
        }
        return ordered;
    }

    private static bool IsMatrix(TensorInfo tensor) =>
        tensor.Name.EndsWith(".weight", StringComparison.Ordinal)
            && tensor is
            {
                Shape: [> 0 and <= int.MaxValue, > 0 and <= int.MaxValue],
                Type: TensorType.F32 or TensorType.F16 or TensorType.BF16 or TensorType.U32,
            };

    private static string ModuleOf(string tensor) => tensor.LastIndexOf('.') is int dot and >= 0 ? tensor[..dot] : "";

    private static long Elements(TensorInfo tensor) => tensor.Shape.Aggregate(1L, (product, size) => product * size);

    // Dense modules are described when they are asked for: a million of them would take as much room as all else that is known of the model.
    private sealed class ModuleList : IReadOnlyList<ModuleSummary>
    {
        private readonly TensorInfo[] _matrices;
        private readonly Dictionary<string, ModuleSummary> _packed = [];

        public ModuleList(TensorInfo[] matrices, Checkpoint checkpoint)
        {
            _matrices = matrices;
            foreach (TensorInfo tensor in matrices)
            {
                string module = ModuleOf(tensor.Name);
                if (tensor.BlockFormat is null && (tensor.Type == TensorType.U32 || AffineTensors.IsPacked(checkpoint.Source, module)))
                {
                    WeightMatrix weight = checkpoint.ReadWeight(module);
                    AffineFormat? format = weight is AffineMatrix ? checkpoint.Quantization?.FormatOf(module) : null;
                    _packed.Add(module, new(module, weight.Rows, weight.Columns, format, weight.StoredBits));
                }
            }
        }

        public int Count => _matrices.Length;

        public ModuleSummary this[int index] => PackedOf(_matrices[index]) ?? Dense(_matrices[index]);

        /// <summary>The packed module that a tensor is a part of; null if it is of none.</summary>
        public ModuleSummary? PackedOf(TensorInfo tensor) => _packed.Count == 0 ? null : _packed.GetValueOrDefault(ModuleOf(tensor.Name));

        public IEnumerator<ModuleSummary> GetEnumerator() => Enumerable.Range(0, Count).Select(i => this[i]).GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

        // By its header alone: what its weights are is not asked.
        private static ModuleSummary Dense(TensorInfo tensor) =>
            new(ModuleOf(tensor.Name), (int)tensor.Shape[0], (int)tensor.Shape[1], null, tensor.ByteLength * 8);
    }
}
