using DecoupleQ.Models.Plans;
using DecoupleQ.Quantization.Gradients;
using DecoupleQ.Quantization.Solver;
using DecoupleQ.Tensors;

namespace DecoupleQ.Quantization.Training;

/// <summary>A block's parameters as float32 tensors that training changes, and back as what is stored.</summary>
internal sealed class TrainedParameters
{
    private readonly BlockOutline _outline;
    private readonly Dictionary<LinearOperation, TrainedLinear> _layers = [];
    private readonly Dictionary<OwnedTensor, TrainedTensor> _vectors = [];
    private readonly List<TrainedTensor> _trained = [];
    private readonly List<double> _rates = [];

    /// <param name="outline">The block as it is before training.</param>
    /// <param name="kinds">Which kinds are trained, and how fast each.</param>
    /// <exception cref="ArgumentException">A tensor of the plan has no weights, or weights of another size.</exception>
    public TrainedParameters(BlockOutline outline, TrainedKinds kinds)
    {
        _outline = outline;
        Block = new TrainableBlock(outline.Plan);
        foreach (Operation operation in outline.Plan.Operations)
        {
            if (operation is LinearOperation linear)
            {
                Bind(linear, kinds);
            }
            else
            {
                Block.Set(operation, [.. operation.Vectors.Select(vector => Train(vector, kinds.Norms))]);
            }
        }
    }

    /// <summary>The block over these tensors.</summary>
    public TrainableBlock Block { get; }

    /// <summary>The tensors that are trained.</summary>
    public IReadOnlyList<TrainedTensor> Trained => _trained;

    /// <summary>The quantized layers.</summary>
    public IReadOnlyDictionary<LinearOperation, TrainedLinear> Layers => _layers;

    /// <summary>The numbers of the trained tensors, as they are: <see cref="Restore"/> takes them back.</summary>
    public float[][] Copy() => [.. _trained.Select(tensor => (float[])tensor.Values.Clone())];

    /// <summary>Undoes what <see cref="Store()"/> has rounded.</summary>
    /// <param name="copy">Of <see cref="Copy()"/>.</param>
    public void Restore(float[][] copy)
    {
        foreach ((int i, float[] values) in copy.Index())
        {
            values.CopyTo(_trained[i].Values, 0);
        }
    }

    /// <summary>Of each of <see cref="Trained"/>, its learning rate over the block's.</summary>
    public IReadOnlyList<double> Rates => _rates;

    /// <summary>Replaces every tensor by the nearest that can be stored.</summary>
    /// <returns>What is stored.</returns>
    public BlockParameters Store() => new()
    {
        Layers = _layers.ToDictionary(l => l.Key, l => Store(_outline.Start.Layers[l.Key], l.Value)),
        Vectors = _vectors.ToDictionary(v => v.Key, v => Store(v.Key, v.Value, _outline.Start.Vectors[v.Key].Type)),
    };

    private void Bind(LinearOperation operation, TrainedKinds kinds)
    {
        DifferentiableLinear linear;
        if (_outline.Start.Layers.TryGetValue(operation, out LayerSolution? solution))
        {
            sbyte[] integers = kinds.Integers ? [.. solution.Integers] : solution.Integers;
            var affine = new TrainedLinear(
                solution.Format, operation.Input.Width, operation.Output.Width, integers, [.. solution.Scales], [.. solution.Offsets]);
            _layers.Add(operation, affine);
            Train(affine.Scales, kinds.Scales);
            if (!solution.Format.Symmetric)
            {
                Train(affine.Offsets, kinds.Offsets);
            }
            linear = affine;
        }
        else
        {
            WeightMatrix matrix = _outline.Frozen.TryGetValue(operation, out WeightMatrix? frozen) ? frozen : throw Missing(operation.Module);
            linear = matrix.Rows == operation.Output.Width && matrix.Columns == operation.Input.Width
                ? new FrozenLinear(matrix)
                : throw Missing(operation.Module);
        }
        if (operation.Vectors is not [OwnedTensor bias])
        {
            Block.Set(operation, linear, (float[]?)null);
        }
        else if (kinds.Biases && linear is TrainedLinear)
        {
            Block.Set(operation, linear, Train(bias, rate: 1));
        }
        else
        {
            Block.Set(operation, linear, Copy(bias).Values);
        }
    }

    private TrainedTensor Train(OwnedTensor tensor, double rate) => Train(Copy(tensor), rate);

    private TrainedTensor Train(TrainedTensor tensor, double rate)
    {
        _trained.Add(tensor);
        _rates.Add(rate);
        return tensor;
    }

    private static LayerSolution Store(LayerSolution start, TrainedLinear layer)
    {
        float[] scales = layer.Scales.Values, offsets = layer.Offsets.Values;
        StoredPair.ClearIdleScales(start.Format, layer.Inputs, layer.Integers, scales, offsets);
        ElementType type = StoredPair.Type(start.Format, scales, offsets, start.ScaleType);
        StoredPair.Round(start.Format, type, scales, offsets);
        sbyte[] integers = layer.Latents is null ? start.Integers : [.. layer.Integers];
        return start with { Integers = integers, Scales = [.. scales], Offsets = [.. offsets], ScaleType = type };
    }

    private static StoredVector Store(OwnedTensor tensor, TrainedTensor trained, ElementType type)
    {
        StoredVector stored = StoredVector.Round(tensor.ToStored(trained.Values), type);
        tensor.FromStored(stored.Values).CopyTo(trained.Values, 0);
        return stored;
    }

    private TrainedTensor Copy(OwnedTensor tensor)
    {
        var copy = _outline.Start.Vectors.TryGetValue(tensor, out StoredVector? vector) && vector.Values.Length == tensor.Columns
            ? new TrainedTensor([.. tensor.FromStored(vector.Values)])
            : throw Missing(tensor.Name);
        _vectors.Add(tensor, copy);
        return copy;
    }

    private ArgumentException Missing(string name) => new($"{_outline.Name}: {name} is missing or of another size than the plan's.", "outline");
}
