using System.Numerics.Tensors;
using DecoupleQ.Kernels.Threads;

namespace DecoupleQ.Evaluation;

/// <summary>What is measured at each position of a window, from the logits of a model and perhaps of a reference, as they come.</summary>
/// <param name="ids">The window.</param>
/// <param name="vocabulary">Logits of a position.</param>
/// <param name="piece">Positions whose logits of the reference are kept at once.</param>
/// <param name="workers">The team that positions are shared out to.</param>
internal sealed unsafe class WindowLosses(int[] ids, int vocabulary, int piece, Workers workers)
{
    private float[] _reference = [];
    private int _referenceFirst;
    private int _referenceCount;

    /// <summary>Negative log-likelihoods.</summary>
    public double[] Own { get; } = new double[ids.Length - 1];

    /// <summary>Those of the reference; 0 without one.</summary>
    public double[] Reference { get; } = new double[ids.Length - 1];

    /// <summary>KL(reference || model) in nats.</summary>
    public double[] Divergences { get; } = new double[ids.Length - 1];

    /// <summary>Most probable ids.</summary>
    public int[] OwnChoices { get; } = new int[ids.Length - 1];

    /// <summary>Those of the reference; 0 without one.</summary>
    public int[] ReferenceChoices { get; } = new int[ids.Length - 1];

    /// <summary>All of it, when all positions have come.</summary>
    /// <param name="hasReference">Whether there is a reference.</param>
    public WindowMeasurement Measurement(bool hasReference) =>
        new(ids, Own, OwnChoices, hasReference ? new ReferenceMeasurement(Reference, ReferenceChoices, Divergences) : null);

    /// <summary>Keeps the reference's logits of some positions until those of the model come.</summary>
    public void KeepReference(int first, int count, ReadOnlySpan<float> logits)
    {
        // They come in pieces, which follow each other until the model has taken them.
        if (_referenceFirst + _referenceCount != first || _referenceCount == 0)
        {
            (_referenceFirst, _referenceCount) = (first, 0);
        }
        if (_reference.Length == 0)
        {
            _reference = GC.AllocateUninitializedArray<float>(piece * vocabulary);
        }
        logits.CopyTo(_reference.AsSpan(_referenceCount * vocabulary));
        _referenceCount += count;
    }

    /// <summary>Measures some positions.</summary>
    public void Take(int first, int count, ReadOnlySpan<float> logits)
    {
        fixed (float* all = logits)
        {
            nint start = (nint)all;
            workers.For(count, row =>
            {
                var own = new ReadOnlySpan<float>((float*)start + ((nint)row * vocabulary), vocabulary);
                int position = first + row;
                double logSum = Distribution.LogSumExp(own);
                Own[position] = logSum - own[ids[position + 1]];
                OwnChoices[position] = TensorPrimitives.IndexOfMax(own);
                if (_referenceCount > 0)
                {
                    ReadOnlySpan<float> other = _reference.AsSpan((position - _referenceFirst) * vocabulary, vocabulary);
                    double otherLogSum = Distribution.LogSumExp(other);
                    Reference[position] = otherLogSum - other[ids[position + 1]];
                    Divergences[position] = Distribution.KlDivergence(other, otherLogSum, own, logSum);
                    ReferenceChoices[position] = TensorPrimitives.IndexOfMax(other);
                }
            });
        }
        if (_referenceCount > 0 && first + count == _referenceFirst + _referenceCount)
        {
            _referenceFirst += _referenceCount;
            _referenceCount = 0;
        }
    }
}
