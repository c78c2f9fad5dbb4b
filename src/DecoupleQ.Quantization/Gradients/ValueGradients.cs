using System.Numerics.Tensors;
using DecoupleQ.Kernels.Products;
using DecoupleQ.Models.Plans;

namespace DecoupleQ.Quantization.Gradients;

/// <summary>The gradients of a block's values during a backward pass. A value read by several operations sums their contributions.</summary>
/// <remarks>A gradient's memory is used again as soon as the operation that made the value has been passed.</remarks>
internal sealed class ValueGradients
{
    private readonly List<float[]> _free = [];
    private float[]?[] _gradients = [];

    /// <summary>Memory for tokens x width numbers, not cleared.</summary>
    public float[] Rent(PlanValue value, int tokens)
    {
        int length = checked(tokens * value.Width), best = -1, largest = -1;
        for (int i = 0; i < _free.Count; i++)
        {
            best = _free[i].Length >= length && (best < 0 || _free[i].Length < _free[best].Length) ? i : best;
            largest = largest < 0 || _free[i].Length > _free[largest].Length ? i : largest;
        }
        int taken = best >= 0 ? best : largest;
        float[]? found = taken >= 0 ? _free[taken] : null;
        if (taken >= 0)
        {
            // Where none is long enough the longest makes way for the new one, so that memory does not pile up.
            _free.RemoveAt(taken);
        }
        return best >= 0 ? found! : GC.AllocateUninitializedArray<float>(length);
    }

    /// <summary>Gives memory back.</summary>
    public void Return(float[] memory) => _free.Add(memory);

    /// <summary>The gradient of <paramref name="value"/>, now the caller's; null if nothing depends on the value.</summary>
    public float[]? Take(PlanValue value)
    {
        ref float[]? gradient = ref Slot(value);
        float[]? taken = gradient;
        gradient = null;
        return taken;
    }

    /// <summary>Adds a contribution; its memory is no longer the caller's.</summary>
    public void Give(PlanValue value, float[] contribution, int tokens)
    {
        ref float[]? gradient = ref Slot(value);
        if (gradient is null)
        {
            gradient = contribution;
            return;
        }
        TensorPrimitives.Add(gradient.AsSpan(0, tokens * value.Width), contribution.AsSpan(0, tokens * value.Width), gradient);
        Return(contribution);
    }

    /// <summary>Adds a contribution that the caller keeps.</summary>
    public void Add(PlanValue value, float[] contribution, int tokens)
    {
        ReadOnlySpan<float> rows = contribution.AsSpan(0, tokens * value.Width);
        float[] gradient = Accumulator(value, tokens, out Destination destination);
        if (destination == Destination.Overwrite)
        {
            rows.CopyTo(gradient);
        }
        else
        {
            TensorPrimitives.Add(gradient.AsSpan(0, rows.Length), rows, gradient);
        }
    }

    /// <summary>The gradient's memory, for a contribution that is added to it, or overwrites it if it is the first.</summary>
    public float[] Accumulator(PlanValue value, int tokens, out Destination destination)
    {
        destination = Slot(value) is null ? Destination.Overwrite : Destination.Add;
        return Slot(value) ??= Rent(value, tokens);
    }

    private ref float[]? Slot(PlanValue value)
    {
        if (_gradients.Length <= value.Index)
        {
            Array.Resize(ref _gradients, value.Index + 1);
        }
        return ref _gradients[value.Index];
    }
}
