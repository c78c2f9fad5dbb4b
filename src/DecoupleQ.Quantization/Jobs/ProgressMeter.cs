namespace DecoupleQ.Quantization.Jobs;

/// <summary>Turns work done, in arithmetic operations, into a share of the job and an estimate of the time left.</summary>
/// <param name="total">Operations of the whole job.</param>
/// <param name="blocks">Blocks to quantize.</param>
/// <param name="clock">The job's clock.</param>
/// <param name="progress">Who is told; may be null.</param>
internal sealed class ProgressMeter(double total, int blocks, PhaseClock clock, IProgress<JobProgress>? progress)
{
    // Before this share is done an estimate would mislead.
    private const double FirstEstimate = 0.02;

    private double _done;

    /// <summary>The block at work, from 1; 0 before the first.</summary>
    public int Block { get; set; }

    /// <summary>Reports that <paramref name="phase"/> starts on <paramref name="layer"/>.</summary>
    public void Report(Phase phase, string? layer = null)
    {
        double fraction = Math.Min(1, _done / total);
        TimeSpan elapsed = clock.Elapsed;
        TimeSpan? remaining = fraction < FirstEstimate ? null : elapsed * ((1 - fraction) / fraction);
        progress?.Report(new(phase.ToString().ToLowerInvariant(), layer, Block, blocks, fraction, elapsed, remaining));
    }

    /// <summary>Counts operations as done.</summary>
    public void Advance(double operations) => _done += operations;
}
