namespace DecoupleQ.Kernels.Linear;

/// <summary>For each three bits of a word of 2-bit codes the 8 values that they can stand for, then the sum of each group of inputs.</summary>
/// <param name="GroupSize">Inputs of a group.</param>
internal sealed unsafe record TripleTableInput(int GroupSize) : InputForm
{
    /// <summary>Where the sums begin.</summary>
    public static long SumsAt(int inputs) => TripleTableSlab.TableLength(inputs);

    public override long Length(int inputs) => SumsAt(inputs) + (inputs / GroupSize);

    public override void Prepare(float* x, int inputs, bool exact, float* prepared)
    {
        TripleTableSlab.MakeTables(x, inputs, prepared);
        SumGroups(x, inputs, GroupSize, prepared + SumsAt(inputs));
    }
}
