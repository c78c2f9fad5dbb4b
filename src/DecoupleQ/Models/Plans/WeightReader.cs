using DecoupleQ.Checkpoints;
using DecoupleQ.Tensors;

namespace DecoupleQ.Models.Plans;

/// <summary>Reads a plan's tensors from a checkpoint and holds their shapes against the plan.</summary>
/// <param name="checkpoint">The checkpoint; not disposed.</param>
internal sealed class WeightReader(Checkpoint checkpoint)
{
    /// <summary>The weight of a linear layer, outputs x inputs.</summary>
    /// <exception cref="DecoupleQException">It is missing, damaged or of another shape.</exception>
    public WeightMatrix Weight(string prefix, LinearOperation linear) => Matrix(prefix + linear.Module, linear.Output.Width, linear.Input.Width);

    /// <summary>The numbers of a vector as they are stored.</summary>
    /// <exception cref="DecoupleQException">It is missing or of another length.</exception>
    public float[] Vector(string prefix, OwnedTensor tensor)
    {
        string name = prefix + tensor.Name;
        float[] vector = checkpoint.ReadVector(name);
        return vector.Length == tensor.Columns ? vector : throw WrongShape(name, $"{vector.Length}", $"{tensor.Columns}, by the config");
    }

    /// <summary>The element type that a stored vector has when it is written again: its own, or F32 for F64.</summary>
    /// <exception cref="DecoupleQException">There is no such tensor, or it is not of a floating type that weights have.</exception>
    public ElementType Type(string tensor) =>
        checkpoint.Tensors.TryGetValue(tensor, out TensorInfo? info) && (info.Type == TensorType.F64 ? ElementType.F32 : info.Type.Element()) is ElementType type
            ? type
            : throw new DecoupleQException("The tensor is missing, or not of a floating type.", info?.File ?? checkpoint.Path, tensor, "F64, F32, F16 or BF16");

    /// <summary>A matrix of the given shape: dense or packed.</summary>
    /// <exception cref="DecoupleQException">It is missing, damaged or of another shape.</exception>
    public WeightMatrix Matrix(string module, int rows, int columns)
    {
        CheckMatrix(module, rows, columns);
        return checkpoint.ReadWeight(module);
    }

    /// <summary>
    /// Refuses a checkpoint that lacks a tensor of the plan, has one of another type or shape, or one that no operation of the plan owns: a part of the model
    /// that would silently be left out. Types and shapes are all that is looked at.
    /// </summary>
    /// <exception cref="DecoupleQException">There is such a tensor.</exception>
    public void Check(ModelPlan plan)
    {
        CheckMatrix(plan.Embedding, plan.VocabularySize, plan.Width);
        if (!plan.HeadIsEmbedding)
        {
            CheckMatrix(plan.Head, plan.VocabularySize, plan.Width);
        }
        foreach ((string prefix, BlockPlan part) in plan.Parts)
        {
            foreach (OwnedTensor tensor in part.Tensors)
            {
                if (tensor.Kind == TensorKind.Matrix)
                {
                    CheckMatrix(prefix + tensor.Module, tensor.Rows, tensor.Columns);
                }
                else if (checkpoint.VectorLength(prefix + tensor.Name) is int length && length != tensor.Columns)
                {
                    throw WrongShape(prefix + tensor.Name, $"{length}", $"{tensor.Columns}, by the config");
                }
            }
        }
        CheckAllOwned(plan);
    }

    private void CheckMatrix(string module, int rows, int columns)
    {
        if (checkpoint.WeightSize(module) is var size && size != (rows, columns))
        {
            throw WrongShape(module + ".weight", $"{size.Rows} x {size.Columns}", $"{rows} x {columns}, by the config");
        }
    }

    private void CheckAllOwned(ModelPlan plan)
    {
        var matrices = new HashSet<string> { plan.Embedding, plan.Head };
        var vectors = new HashSet<string>();
        foreach ((string prefix, BlockPlan part) in plan.Parts)
        {
            foreach (OwnedTensor tensor in part.Tensors)
            {
                (tensor.Kind == TensorKind.Matrix ? matrices : vectors).Add(prefix + (tensor.Kind == TensorKind.Matrix ? tensor.Module : tensor.Name));
            }
        }
        foreach (TensorInfo tensor in checkpoint.Tensors.Values)
        {
            int dot = tensor.Name.LastIndexOf('.');
            string module = tensor.Name[..Math.Max(dot, 0)], part = tensor.Name[(dot + 1)..];
            // A packed matrix has several parts.
            bool known = vectors.Contains(tensor.Name) || (part != "bias" && matrices.Contains(module));
            // Old Llama files carry the frequencies of the rotary embedding, which the config determines.
            if (!known && part != "inv_freq")
            {
                throw new DecoupleQException(
                    $"The tensor has no place in the {plan.Architecture} model that the config describes.",
                    tensor.File,
                    tensor.Name,
                    part == "bias" ? "no bias here, or attention_bias / mlp_bias in config.json" : "only tensors of the architecture");
            }
        }
    }

    private DecoupleQException WrongShape(string tensor, string shape, string expected) =>
        new($"The shape is {shape}.", checkpoint.Tensors.TryGetValue(tensor, out TensorInfo? info) ? info.File : checkpoint.Path, tensor, expected);
}
