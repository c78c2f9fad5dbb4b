namespace DecoupleQ.Kernels.Products;

/// <summary>How the inputs of a product of pairs are cut into runs, over which it sums integers exactly.</summary>
/// <remarks>
/// An input is <c>least + step * n</c> with n from 0 to 32767, a weight <c>scale * code + bias</c>. Panels have one row of lanes for each pair of a run's n or
/// codes, then three rows of float32: of A the step, the least input and the sum of the (rounded) inputs, of B the scale, the sum of the codes and the bias.
/// The last run of a group may be shorter and is filled up with zeros, so that all take as many rows.
/// </remarks>
internal readonly record struct InputRuns
{
    /// <summary>Rows of factors that follow a run's pairs.</summary>
    public const int FactorRows = 3;

    /// <summary>The most inputs of a run.</summary>
    /// <remarks>
    /// Rounding moves each of n inputs by up to half of (greatest - least) / 32767: some 4e-5 of the run's rms where the inputs are normally distributed,
    /// and sqrt(n / 12) * sqrt(2) / 32767, for 64 inputs 1.0e-4, where one positive and one negative input are all there is.
    /// </remarks>
    public const int Longest = 64;

    /// <summary>A run has a multiple of so many pairs.</summary>
    public const int PairsAtOnce = 2;

    /// <param name="inputs">Inputs of a row.</param>
    /// <param name="group">Inputs that share scale and bias.</param>
    /// <param name="largestCode">The largest code.</param>
    /// <param name="unit">A run is to be a multiple of this: codes that are unpacked together; an even number that divides <paramref name="group"/>.</param>
    public InputRuns(int inputs, int group, int largestCode, int unit)
    {
        GroupSize = group;
        RunsPerGroup = (group + Longest - 1) / Longest;
        int length = (group + RunsPerGroup - 1) / RunsPerGroup;
        unit = Math.Max(unit, 2 * PairsAtOnce);
        Length = Math.Min(Longest, (length + unit - 1) / unit * unit);
        RunsPerGroup = (group + Length - 1) / Length;
        Count = inputs / group * RunsPerGroup;
        LargestSum = (long)largestCode * short.MaxValue * Length;
    }

    public int GroupSize { get; }

    public int RunsPerGroup { get; }

    /// <summary>The largest sum of codes times n over a run.</summary>
    public long LargestSum { get; }

    /// <summary>Inputs of a run.</summary>
    public int Length { get; }

    /// <summary>Runs of a row.</summary>
    public int Count { get; }

    /// <summary>Pairs of a run.</summary>
    public int Pairs => Length / 2;

    /// <summary>Rows of a panel that a run takes.</summary>
    public int PanelRows => Pairs + FactorRows;

    /// <summary>Rows of a panel that all runs take: the depth of the product.</summary>
    public int Depth => Count * PanelRows;

    public int Group(int run) => run / RunsPerGroup;

    /// <summary>The first input of a run.</summary>
    public int Start(int run) => (Group(run) * GroupSize) + (run % RunsPerGroup * Length);

    /// <summary>The inputs of a run that are not zeros for filling up.</summary>
    public int Filled(int run) => Math.Min(Length, GroupSize - (run % RunsPerGroup * Length));
}
