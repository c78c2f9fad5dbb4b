namespace DecoupleQ.Quantization.Jobs;

/// <summary>Work by phase, in the units of <see cref="JobCost"/>.</summary>
internal sealed class PhaseWork
{
    private readonly double[] _work = new double[PhaseClock.Phases.Length];

    /// <summary>Work of a phase.</summary>
    public double this[Phase phase]
    {
        get => _work[(int)phase];
        set => _work[(int)phase] = value;
    }

    /// <summary>Work of all phases.</summary>
    public double Total => _work.Sum();

    /// <summary>Adds other work.</summary>
    public void Add(PhaseWork other)
    {
        for (int i = 0; i < _work.Length; i++)
        {
            _work[i] += other._work[i];
        }
    }
}
