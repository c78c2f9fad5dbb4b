using DecoupleQ.Models;
using DecoupleQ.Quantization.Gradients;
using DecoupleQ.Quantization.Solver;
using DecoupleQ.Tensors;

namespace DecoupleQ.Quantization.Training;

/// <summary>A block's parameters as float32 tensors that training changes, and back as what is stored.</summary>
internal sealed class TrainedParameters
{
    private readonly BlockTrainingProblem _problem;
    private readonly Dictionary<LinearOperation, TrainedLinear> _layers = [];
    private readonly Dictionary<Operation, TrainedTensor> _norms = [];
    private readonly Dictionary<Operation, TrainedTensor> _biases = [];
    private readonly List<TrainedTensor> _trained = [];

    /// <exception cref="ArgumentException">A layer or norm of the plan has no weights, or weights of another size.</exception>
    public TrainedParameters(BlockTrainingProblem problem, BlockMinimisationOptions options)
    {
        _problem = problem;
        Block = new TrainableBlock(problem.Plan);
        foreach (Operation operation in problem.Plan.Operations)
        {
            switch (operation)
            {
                case LinearOperation linear:
                    Bind(linear, options);
                    break;
                case RmsNormOperation norm:
                    Block.Set(norm, Norm(norm, norm.Size, norm.Module));
                    break;
                case LayerNormOperation norm:
                    Block.Set(norm, Norm(norm, norm.Input.Width, norm.Module), norm.HasBias ? NormBias(norm) : null);
                    break;
            }
        }
    }

    /// <summary>The block over these tensors.</summary>
    public TrainableBlock Block { get; }

    /// <summary>The tensors that are trained.</summary>
    public IReadOnlyList<TrainedTensor> Trained => _trained;

    /// <summary>Replaces every tensor by the nearest that can be stored.</summary>
    /// <returns>What is stored.</returns>
    public BlockParameters Store() => new()
    {
        Layers = _layers.ToDictionary(l => l.Key, l => Store(_problem.Start.Layers[l.Key], l.Value)),
        Norms = _norms.ToDictionary(n => n.Key, n => Store(n.Value, _problem.Start.Norms[n.Key].Type)),
        Biases = _biases.ToDictionary(b => b.Key, b => Store(b.Value, _problem.Start.Biases[b.Key].Type)),
    };

    private void Bind(LinearOperation operation, BlockMinimisationOptions options)
    {
        DifferentiableLinear linear;
        if (_problem.Start.Layers.TryGetValue(operation, out LayerSolution? solution))
        {
            var affine = new TrainedLinear(
                solution.Format, operation.Input.Width, operation.Output.Width, solution.Integers, [.. solution.Scales], [.. solution.Offsets]);
            _layers.Add(operation, affine);
            _trained.Add(affine.Scales);
            if (!solution.Format.Symmetric)
            {
                _trained.Add(affine.Offsets);
            }
            linear = affine;
        }
        else
        {
            WeightMatrix matrix = _problem.Frozen.TryGetValue(operation, out WeightMatrix? frozen) ? frozen : throw Missing(operation.Module);
            linear = matrix.Rows == operation.Output.Width && matrix.Columns == operation.Input.Width ? new FrozenLinear(matrix) : throw Missing(operation.Module);
        }
        if (!operation.HasBias)
        {
            Block.Set(operation, linear, (float[]?)null);
            return;
        }
        TrainedTensor bias = Copy(_problem.Start.Biases, operation, operation.Output.Width, operation.Module + ".bias");
        _biases.Add(operation, bias);
        if (options.TrainBiases && linear is TrainedLinear)
        {
            Block.Set(operation, linear, bias);
            _trained.Add(bias);
        }
        else
        {
            Block.Set(operation, linear, bias.Values);
        }
    }

    private TrainedTensor Norm(Operation operation, int length, string module)
    {
        TrainedTensor weight = Copy(_problem.Start.Norms, operation, length, module);
        _norms.Add(operation, weight);
        _trained.Add(weight);
        return weight;
    }

    private TrainedTensor NormBias(LayerNormOperation operation)
    {
        TrainedTensor bias = Copy(_problem.Start.Biases, operation, operation.Input.Width, operation.Module + ".bias");
        _biases.Add(operation, bias);
        _trained.Add(bias);
        return bias;
    }

    private static LayerSolution Store(LayerSolution start, TrainedLinear layer)
    {
        float[] scales = layer.Scales.Values, offsets = layer.Offsets.Values;
        StoredPair.ClearIdleScales(start.Format, layer.Inputs, start.Integers, scales, offsets);
        ElementType type = StoredPair.Type(start.Format, scales, offsets, start.ScaleType);
        StoredPair.Round(start.Format, type, scales, offsets);
        return start with { Scales = [.. scales], Offsets = [.. offsets], ScaleType = type };
    }

    private static StoredVector Store(TrainedTensor tensor, ElementType type)
    {
        StoredVector stored = StoredVector.Round(tensor.Values, type);
        stored.Values.CopyTo(tensor.Values, 0);
        return stored;
    }

    private TrainedTensor Copy(IReadOnlyDictionary<Operation, StoredVector> vectors, Operation operation, int length, string name) =>
        vectors.TryGetValue(operation, out StoredVector? vector) && vector.Values.Length == length ? new TrainedTensor([.. vector.Values]) : throw Missing(name);

    private ArgumentException Missing(string name) => new($"{_problem.Name}: {name} is missing or of another size than the plan's.", "problem");
}
