using System.Numerics.Tensors;

namespace DecoupleQ.Models;

/// <summary>What a tensor is to the operation that owns it, which says what quantizing and training a block may change.</summary>
internal enum TensorKind
{
    /// <summary>A weight that activations are multiplied with: it may be packed; then training changes its scales and offsets.</summary>
    Matrix,

    /// <summary>A vector of a norm, its weight or its bias: trained with the block.</summary>
    Norm,

    /// <summary>The bias of a matrix: trained where that is asked for and the matrix is quantized.</summary>
    Bias,
}

/// <summary>A tensor that an operation owns, as a checkpoint has it.</summary>
/// <param name="Module">Path of the module in the block, as in <c>mlp.up_proj</c>.</param>
/// <param name="Part">Its name in the module, as in <c>weight</c> or <c>bias</c>.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Rows">Outputs of a matrix; 1 for a vector.</param>
/// <param name="Columns">Inputs of a matrix; the length of a vector.</param>
internal sealed record OwnedTensor(string Module, string Part, TensorKind Kind, int Rows, int Columns)
{
    /// <summary>What is added to the stored numbers of a vector when it is read, and taken off when it is written: 1 for norms stored as weight - 1.</summary>
    public float Offset { get; init; }

    /// <summary>Its name in the block.</summary>
    public string Name => $"{Module}.{Part}";

    /// <summary>How many numbers it has.</summary>
    public long Count => (long)Rows * Columns;

    /// <summary>A matrix of <paramref name="module"/>, outputs x inputs.</summary>
    public static OwnedTensor Matrix(string module, int outputs, int inputs) => new(module, "weight", TensorKind.Matrix, outputs, inputs);

    /// <summary>A vector of <paramref name="module"/>.</summary>
    public static OwnedTensor Vector(string module, string part, TensorKind kind, int length) => new(module, part, kind, 1, length);

    /// <summary>The numbers that an operation works with, of those that are stored; the same array where both are the same.</summary>
    public float[] FromStored(float[] stored)
    {
        if (Offset == 0)
        {
            return stored;
        }
        var values = new float[stored.Length];
        TensorPrimitives.Add(stored, Offset, values);
        return values;
    }

    /// <summary>The numbers to store, not yet rounded to their type, of those that an operation works with.</summary>
    public float[] ToStored(ReadOnlySpan<float> values)
    {
        var stored = new float[values.Length];
        TensorPrimitives.Subtract(values, Offset, stored);
        return stored;
    }
}
