using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using DecoupleQ.Kernels.SuperBlocks;
using DecoupleQ.Tensors;

namespace DecoupleQ.Kernels.Linear;

/// <summary>
/// A row for look-ups in super-blocks: for each the <see cref="WordTables"/> of all its words, a step for each part; then the sums of its groups in 16-bit
/// integers. After all of them further tables, of what rounding left out.
/// </summary>
/// <remarks>As with <see cref="WordTableInput"/> further tables are made, and looked at, only for parts that rounding would change by much.</remarks>
/// <param name="Sizes">A super-block's sizes.</param>
internal sealed unsafe record WordBlockInput(WordBlocks Sizes) : InputForm
{
    /// <summary>Among the numbers of a super-block, the first step of its parts' further tables, or 0.</summary>
    public const int RestSteps = 4;

    /// <summary>The step of the sums of groups, and that of what its rounding left out, or 0.</summary>
    public const int SumStep = 8, RestSumStep = 9;

    /// <summary>Where the sums begin, and what was left out of them: two groups of a pair (<see cref="IScalePairs"/>) in the halves of 32 bits.</summary>
    public const int Sums = 16, RestSums = 24;

    /// <summary>Floats of a super-block beside its tables.</summary>
    public const int Numbers = 32;

    private readonly WordTables _tables = new(Sizes.Bits, WordFields.SixFiveFive, offset: 0);

    /// <summary>Floats of a super-block's tables.</summary>
    public int BlockTables => Sizes.Words * WordTables.Entries / 2;

    public override long Length(int inputs) => inputs / SuperBlockMatrix.BlockLength * ((2L * BlockTables) + Numbers);

    public override long UsualLength(int inputs) => inputs / SuperBlockMatrix.BlockLength * (BlockTables + (long)Numbers);

    public override void Prepare(float* x, int inputs, bool exact, float* prepared) =>
        Make(x, 0, inputs / SuperBlockMatrix.BlockLength, prepared, exact ? 0 : MostStep(x, inputs));

    /// <summary>The square of the largest step that needs no further tables.</summary>
    public double MostStep(float* x, int inputs) => WordTableInput.MostStep(x, inputs, Sizes.Bits, WordFields.SixFiveFive);

    /// <summary>Makes the form of some super-blocks.</summary>
    /// <param name="x">The row.</param>
    /// <param name="first">The first.</param>
    /// <param name="count">How many.</param>
    /// <param name="form">What is made.</param>
    /// <param name="mostStep"><see cref="MostStep(float*, int)"/> of the row.</param>
    public void Make(float* x, int first, int count, float* form, double mostStep)
    {
        x += (nint)first * SuperBlockMatrix.BlockLength;
        ushort* rest = (ushort*)(form + ((nint)count * (BlockTables + Numbers)));
        int partTables = Sizes.PartWords * WordTables.Entries;
        for (int b = 0; b < count; b++)
        {
            ushort* tables = (ushort*)form;
            float* numbers = form + BlockTables;
            float* at = x;
            for (int p = 0; p < Sizes.Parts; p++)
            {
                float step = _tables.Make(at, Sizes.PartInputs, tables, out _);
                bool coarse = (double)step * step > mostStep;
                (numbers[p], numbers[RestSteps + p]) = (step, coarse ? _tables.MakeRemainder(at, Sizes.PartInputs, rest) : 0);
                at += Sizes.PartInputs;
                tables += partTables;
                rest += partTables;
            }
            MakeSums(x, numbers, mostStep == 0);
            x += SuperBlockMatrix.BlockLength;
            form += BlockTables + Numbers;
        }
    }

    [SkipLocalsInit]
    private void MakeSums(float* x, float* numbers, bool exact)
    {
        const int MostGroups = 16;
        float* sums = stackalloc float[MostGroups];
        int groups = Sizes.Groups;
        for (int g = 0; g < groups; g++)
        {
            sums[g] = TensorPrimitives.Sum(new ReadOnlySpan<float>(x + (g * Sizes.GroupSize), Sizes.GroupSize));
        }
        numbers[SumStep] = Round(sums, groups, (short*)(numbers + Sums));
        numbers[RestSumStep] = exact ? Round(sums, groups, (short*)(numbers + RestSums)) : 0;
    }

    /// <summary>Rounds sums to integers, of which the step is returned, and leaves what that leaves out.</summary>
    private static float Round(float* sums, int groups, short* integers)
    {
        float most = Math.Abs(TensorPrimitives.MaxMagnitude(new ReadOnlySpan<float>(sums, groups)));
        float step = float.IsFinite(most) ? most / short.MaxValue : float.NaN, inverse = step > 0 ? 1 / step : 0;
        inverse = float.IsFinite(inverse) ? inverse : 0;
        for (int g = 0; g < groups; g++)
        {
            // Groups 4w + i and 4w + i + 2 are a pair.
            int pair = (g / WordBlocks.Four * 2) + (g % 2), n = (int)MathF.Round(sums[g] * inverse);
            integers[(2 * pair) + (g % WordBlocks.Four / 2)] = (short)n;
            sums[g] -= n * step;
        }
        return step;
    }
}
