namespace DecoupleQ.Quantization.Solver;

/// <summary>(w, s, z) of a whole layer, with each row's objective.</summary>
internal sealed class Candidate(int outputs, int inputs, int groups)
{
    /// <summary>w, m x n.</summary>
    public sbyte[] Integers { get; } = new sbyte[checked(outputs * inputs)];

    /// <summary>s, m x G.</summary>
    public float[] Scales { get; } = new float[checked(outputs * groups)];

    /// <summary>z, m x G.</summary>
    public float[] Offsets { get; } = new float[checked(outputs * groups)];

    /// <summary>f of each row.</summary>
    public double[] Losses { get; } = new double[outputs];

    /// <summary>Some rows.</summary>
    public CandidateRows Rows(int first, int count) => new(
        Integers.AsSpan(first * inputs, count * inputs),
        Scales.AsSpan(first * groups, count * groups),
        Offsets.AsSpan(first * groups, count * groups),
        Losses.AsSpan(first, count));
}
