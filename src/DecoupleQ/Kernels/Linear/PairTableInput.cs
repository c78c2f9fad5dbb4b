namespace DecoupleQ.Kernels.Linear;

/// <summary>For each pair of inputs the 16 values of <c>q0 x0 + q1 x1</c>, then the sum of each group of inputs.</summary>
/// <param name="GroupSize">Inputs of a group.</param>
internal sealed unsafe record PairTableInput(int GroupSize) : InputForm
{
    /// <summary>Where the sums begin.</summary>
    public static long SumsAt(int inputs) => PairTableSlab.TableLength(inputs);

    public override long Length(int inputs) => SumsAt(inputs) + (inputs / GroupSize);

    public override void Prepare(float* x, int inputs, float* prepared)
    {
        PairTableSlab.MakeTables(x, inputs, prepared);
        SumGroups(x, inputs, GroupSize, prepared + SumsAt(inputs));
    }
}
