using System.Collections.Immutable;
using System.Numerics.Tensors;
using DecoupleQ.Kernels.Linear;
using DecoupleQ.Models;

namespace DecoupleQ.Inference.Programs;

/// <summary>A layer of a product, and where its outputs go.</summary>
/// <param name="Layer">The layer.</param>
/// <param name="To">The value that they become.</param>
/// <param name="Residual">What is added to them; null for nothing.</param>
internal readonly record struct ProductOutput(LinearOperation Layer, PlanValue To, PlanValue? Residual = null);

/// <summary>The first of two layers, through an activation, times the second.</summary>
/// <param name="Activation">The activation, number by number.</param>
/// <param name="To">The value that the product becomes.</param>
internal sealed record ProductGate(ActivationOperation Activation, PlanValue To);

/// <summary>Adds biases and residuals to a slab's outputs, or gates them, and writes them where they belong.</summary>
internal sealed unsafe class ProductEpilogue : SlabEpilogue
{
    private readonly ImmutableArray<ProductOutput> _outputs;
    private readonly float[]?[] _biases;
    private readonly ProductGate? _gate;

    public ProductEpilogue(ImmutableArray<ProductOutput> outputs, ProductGate? gate, BlockWeights weights)
    {
        _outputs = outputs;
        _gate = gate;
        _biases = [.. outputs.Select(o => weights.Get(o.Layer).Bias)];
    }

    /// <summary>The step's rows.</summary>
    public StepRows Rows { get; set; } = null!;

    public override void Take(int kernel, int first, int outputs, int row, int rows, float* y, float* paired)
    {
        for (int r = 0; r < rows; r++)
        {
            var made = new Span<float>(y + (r * SlabKernel.SlabRows), outputs);
            AddBias(kernel, first, made);
            if (_gate is not null)
            {
                var second = new Span<float>(paired + (r * SlabKernel.SlabRows), outputs);
                AddBias(1, first, second);
                RowOperations.Activate(_gate.Activation, made, made);
                TensorPrimitives.Multiply(made, second, new Span<float>(Rows.Row(_gate.To, row + r) + first, outputs));
                continue;
            }
            ProductOutput output = _outputs[kernel];
            var to = new Span<float>(Rows.Row(output.To, row + r) + first, outputs);
            if (output.Residual is PlanValue residual)
            {
                TensorPrimitives.Add(made, new ReadOnlySpan<float>(Rows.Row(residual, row + r) + first, outputs), to);
            }
            else
            {
                made.CopyTo(to);
            }
        }
    }

    private void AddBias(int kernel, int first, Span<float> made)
    {
        if (_biases[kernel] is float[] bias)
        {
            TensorPrimitives.Add(made, bias.AsSpan(first, made.Length), made);
        }
    }
}
