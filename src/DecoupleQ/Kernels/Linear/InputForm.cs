using System.Numerics.Tensors;

namespace DecoupleQ.Kernels.Linear;

/// <summary>What decoding makes of a row of inputs before a weight's slabs are multiplied with it. Weights of equal forms share what was made.</summary>
internal abstract unsafe record InputForm
{
    /// <summary>Floats that a row of <paramref name="inputs"/> numbers becomes; 0 if the row itself is enough.</summary>
    public abstract long Length(int inputs);

    /// <summary>Floats of the form that are usually read: what decides how many rows' forms stay in a cache.</summary>
    public virtual long UsualLength(int inputs) => Length(inputs);

    /// <summary>Makes a row's form.</summary>
    /// <param name="x">The row.</param>
    /// <param name="inputs">Its length.</param>
    /// <param name="exact">Whether products are to be as exact as sums in float32; else they may be within 1e-4.</param>
    /// <param name="prepared"><see cref="Length"/> floats.</param>
    public abstract void Prepare(float* x, int inputs, bool exact, float* prepared);

    /// <summary>The sums of runs of <paramref name="groupSize"/> inputs.</summary>
    protected static void SumGroups(float* x, int inputs, int groupSize, float* sums)
    {
        for (int g = 0; g < inputs / groupSize; g++)
        {
            sums[g] = TensorPrimitives.Sum(new ReadOnlySpan<float>(x + ((nint)g * groupSize), groupSize));
        }
    }
}

/// <summary>The row as it is.</summary>
internal sealed unsafe record PlainInput : InputForm
{
    public override long Length(int inputs) => 0;

    public override void Prepare(float* x, int inputs, bool exact, float* prepared)
    {
    }
}

/// <summary>Beside the row the sum of each group of inputs, which a group's bias is multiplied with.</summary>
/// <param name="GroupSize">Inputs of a group.</param>
internal sealed unsafe record GroupSumInput(int GroupSize) : InputForm
{
    public override long Length(int inputs) => inputs / GroupSize;

    public override void Prepare(float* x, int inputs, bool exact, float* prepared) => SumGroups(x, inputs, GroupSize, prepared);
}
