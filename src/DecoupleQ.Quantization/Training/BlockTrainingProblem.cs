using DecoupleQ.Models.Plans;
using DecoupleQ.Quantization.Solver;
using DecoupleQ.Tensors;

namespace DecoupleQ.Quantization.Training;

/// <summary>A block whose layers have been solved.</summary>
internal record BlockOutline
{
    /// <summary>The block's name, for errors.</summary>
    public required string Name { get; init; }

    public required BlockPlan Plan { get; init; }

    /// <summary>What is trained, and stays in storage after.</summary>
    public required BlockParameters Start { get; init; }

    /// <summary>The linear layers that are not quantized: they stay as they are.</summary>
    public IReadOnlyDictionary<LinearOperation, WeightMatrix> Frozen { get; init; } = new Dictionary<LinearOperation, WeightMatrix>();
}

/// <summary>A block, and the sequences to train it on.</summary>
internal sealed record BlockTrainingProblem : BlockOutline
{
    /// <summary>Reads the dense weights of a quantized layer, outputs x inputs, where integers that are trained begin; null where none is.</summary>
    public Func<LinearOperation, float[]>? Dense { get; init; }

    /// <summary>The sequences trained on, in this order unless it is to be shuffled.</summary>
    public required IBlockSamples Training { get; init; }

    /// <summary>Seed of a shuffled order.</summary>
    public ulong OrderSeed { get; init; }

    /// <summary>Sequences that judge whether training helped; null for none, and then what was trained is kept.</summary>
    public IBlockSamples? HeldOut { get; init; }
}

/// <summary>All of a block that block-wise minimisation can change, as it is stored.</summary>
internal sealed record BlockParameters
{
    /// <summary>(w, s, z) of the quantized layers; w is never changed.</summary>
    public required IReadOnlyDictionary<LinearOperation, LayerSolution> Layers { get; init; }

    /// <summary>Everything else that its operations own (<see cref="Operation.Vectors"/>): norms, and biases of linear layers.</summary>
    public required IReadOnlyDictionary<OwnedTensor, StoredVector> Vectors { get; init; }
}
