namespace DecoupleQ.Quantization.Solver;

/// <summary>(w, s, z) of some rows, with their objective.</summary>
/// <param name="integers">w, rows x n.</param>
/// <param name="scales">s, rows x G.</param>
/// <param name="offsets">z, rows x G.</param>
/// <param name="losses">f of each row.</param>
internal readonly ref struct CandidateRows(Span<sbyte> integers, Span<float> scales, Span<float> offsets, Span<double> losses)
{
    /// <summary>w, rows x n.</summary>
    public Span<sbyte> Integers { get; } = integers;

    /// <summary>s, rows x G.</summary>
    public Span<float> Scales { get; } = scales;

    /// <summary>z, rows x G.</summary>
    public Span<float> Offsets { get; } = offsets;

    /// <summary>f of each row.</summary>
    public Span<double> Losses { get; } = losses;

    /// <summary>Copies the rows of <paramref name="other"/> whose f is lower; returns how many.</summary>
    public int TakeBetter(CandidateRows other)
    {
        int inputs = Integers.Length / Losses.Length, groups = Scales.Length / Losses.Length, taken = 0;
        for (int i = 0; i < Losses.Length; i++)
        {
            // Written so that a loss that is not a number is never taken.
            if (!(other.Losses[i] < Losses[i]))
            {
                continue;
            }
            other.Integers.Slice(i * inputs, inputs).CopyTo(Integers[(i * inputs)..]);
            other.Scales.Slice(i * groups, groups).CopyTo(Scales[(i * groups)..]);
            other.Offsets.Slice(i * groups, groups).CopyTo(Offsets[(i * groups)..]);
            Losses[i] = other.Losses[i];
            taken++;
        }
        return taken;
    }

    /// <summary>Copies everything.</summary>
    public void CopyTo(CandidateRows other)
    {
        Integers.CopyTo(other.Integers);
        Scales.CopyTo(other.Scales);
        Offsets.CopyTo(other.Offsets);
        Losses.CopyTo(other.Losses);
    }
}
