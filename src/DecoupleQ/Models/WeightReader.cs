using DecoupleQ.Checkpoints;
using DecoupleQ.Tensors;

namespace DecoupleQ.Models;

/// <summary>Reads a plan's tensors from a checkpoint and holds their shapes against the plan.</summary>
/// <param name="checkpoint">The checkpoint; not disposed.</param>
internal sealed class WeightReader(Checkpoint checkpoint)
{
    /// <summary>The weight of a linear layer, outputs x inputs.</summary>
    /// <exception cref="DecoupleQException">It is missing, damaged or of another shape.</exception>
    public WeightMatrix Weight(string prefix, LinearOperation linear) => Matrix(prefix + linear.Module, linear.Output.Width, linear.Input.Width);

    /// <summary>The bias of a linear layer; null if the plan has none.</summary>
    /// <exception cref="DecoupleQException">It is missing or of another length.</exception>
    public float[]? Bias(string prefix, LinearOperation linear) => linear.HasBias ? Vector(prefix + linear.Module + ".bias", linear.Output.Width) : null;

    /// <summary>The bias of a layer norm; null if the plan has none.</summary>
    /// <exception cref="DecoupleQException">It is missing or of another length.</exception>
    public float[]? Bias(string prefix, LayerNormOperation norm) => norm.HasBias ? Vector(prefix + norm.Module + ".bias", norm.Input.Width) : null;

    /// <summary>The weights of a norm.</summary>
    /// <exception cref="DecoupleQException">They are missing or of another length.</exception>
    public float[] Norm(string module, int size) => Vector(module + ".weight", size);

    /// <summary>The element type of a stored vector.</summary>
    /// <exception cref="DecoupleQException">There is no such tensor, or it is not of a floating type that weights have.</exception>
    public ElementType Type(string tensor) =>
        checkpoint.Tensors.TryGetValue(tensor, out TensorInfo? info) && info.Type.Element() is ElementType type
            ? type
            : throw new DecoupleQException("The tensor is missing, or not of a floating type.", info?.File ?? checkpoint.Path, tensor, "F16, BF16 or F32");

    /// <summary>A matrix of the given shape: dense or packed.</summary>
    /// <exception cref="DecoupleQException">It is missing, damaged or of another shape.</exception>
    public WeightMatrix Matrix(string module, int rows, int columns)
    {
        WeightMatrix matrix = checkpoint.ReadWeight(module);
        return matrix.Rows == rows && matrix.Columns == columns
            ? matrix
            : throw WrongShape(module + ".weight", $"{matrix.Rows} x {matrix.Columns}", $"{rows} x {columns}, by the config");
    }

    /// <summary>Refuses tensors that no operation of the plan owns: a part of the model that would silently be left out.</summary>
    /// <exception cref="DecoupleQException">There is such a tensor.</exception>
    public void CheckAllOwned(ModelPlan plan)
    {
        var owned = new HashSet<string> { plan.Embedding, plan.FinalNorm, plan.Head };
        var biased = new HashSet<string>();
        for (int block = 0; block < plan.Blocks.Length; block++)
        {
            string prefix = plan.BlockPrefix(block);
            foreach (Operation operation in plan.Blocks[block].Operations)
            {
                if (operation is LinearOperation linear)
                {
                    owned.Add(prefix + linear.Module);
                    if (linear.HasBias)
                    {
                        biased.Add(prefix + linear.Module);
                    }
                }
                else if (operation is RmsNormOperation norm)
                {
                    owned.Add(prefix + norm.Module);
                }
                else if (operation is LayerNormOperation layerNorm)
                {
                    owned.Add(prefix + layerNorm.Module);
                    if (layerNorm.HasBias)
                    {
                        biased.Add(prefix + layerNorm.Module);
                    }
                }
            }
        }
        foreach (TensorInfo tensor in checkpoint.Tensors.Values)
        {
            int dot = tensor.Name.LastIndexOf('.');
            string module = tensor.Name[..Math.Max(dot, 0)], part = tensor.Name[(dot + 1)..];
            bool known = part == "bias" ? biased.Contains(module) : owned.Contains(module);
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

    private float[] Vector(string tensor, int length)
    {
        float[] vector = checkpoint.ReadVector(tensor);
        return vector.Length == length ? vector : throw WrongShape(tensor, $"{vector.Length}", $"{length}, by the config");
    }

    private DecoupleQException WrongShape(string tensor, string shape, string expected) =>
        new($"The shape is {shape}.", checkpoint.Tensors.TryGetValue(tensor, out TensorInfo? info) ? info.File : checkpoint.Path, tensor, expected);
}
