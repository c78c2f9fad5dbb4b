namespace DecoupleQ.Quantization.Jobs;

/// <summary>
/// Turns work done into shares of the job and of its phases, and into the time left: what remains of a phase takes as long as what is done of it took.
/// </summary>
/// <param name="blocks">The work of each block.</param>
/// <param name="generate">The work before the first block: writing calibration text.</param>
/// <param name="clock">The job's clock.</param>
/// <param name="progress">Who is told; may be null.</param>
internal sealed class ProgressMeter(IReadOnlyList<PhaseWork> blocks, double generate, PhaseClock clock, IProgress<JobProgress>? progress)
{
    // Before this share is done, of the job or of a phase, its speed would mislead.
    private const double FirstEstimate = 0.02;

    private readonly PhaseWork _total = Sum(blocks, generate);
    private readonly PhaseWork _done = new();
    private readonly PhaseWork _skipped = new();
    private Phase _phase;
    private string? _layer;
    private int _block;

    /// <summary>A block that an earlier run finished: it counts as done, and says nothing of this run's speed.</summary>
    /// <param name="block">Its number from 0.</param>
    /// <param name="again">Work in the forward phase that is done again all the same.</param>
    public void Skip(int block, double again)
    {
        _block = block + 1;
        _skipped.Add(blocks[block]);
        _skipped[Phase.Forward] -= again;
    }

    /// <summary>An earlier run has written the calibration text.</summary>
    public void SkipGenerating() => _skipped[Phase.Generate] = _total[Phase.Generate];

    /// <summary>The job is begun, with what it warns of.</summary>
    public void Begin(IReadOnlyList<string> warnings)
    {
        _phase = Phase.Load;
        Tell(finished: null, warnings);
    }

    /// <summary>A block, by its number from 0, is begun.</summary>
    public void Begin(int block) => _block = block + 1;

    /// <summary>The block is finished.</summary>
    public void Finish(BlockReport report) => Tell(report);

    /// <summary>Reports that <paramref name="phase"/> starts on <paramref name="layer"/>.</summary>
    public void Report(Phase phase, string? layer = null)
    {
        (_phase, _layer) = (phase, layer);
        Tell(finished: null);
    }

    /// <summary>Counts work as done.</summary>
    public void Advance(Phase phase, double work)
    {
        _done[phase] += work;
        Tell(finished: null);
    }

    private void Tell(BlockReport? finished, IReadOnlyList<string>? warnings = null)
    {
        if (progress is null)
        {
            return;
        }
        TimeSpan elapsed = clock.Elapsed;
        double worked = _done.Total;
        // A second of all phases together stands in for a phase that has not done enough to be known by itself.
        double? pace = worked < FirstEstimate * (_total.Total - _skipped.Total)
            ? null
            : PhaseClock.Phases.Sum(phase => _done[phase] > 0 ? clock.Spent(phase).TotalSeconds : 0) / worked;
        PhaseProgress[] phases = [.. PhaseClock.Phases.Where(phase => _total[phase] > 0).Select(phase => Of(phase, pace))];
        TimeSpan? remaining = pace is null ? null : phases.Aggregate(TimeSpan.Zero, (sum, phase) => sum + phase.Remaining!.Value);
        progress.Report(new JobProgress(Name(_phase), _layer, _block, blocks.Count, Share(worked + _skipped.Total, _total.Total), elapsed, remaining)
        {
            Phases = phases,
            Finished = finished,
            Warnings = warnings ?? [],
        });
    }

    private PhaseProgress Of(Phase phase, double? pace)
    {
        double done = _done[phase] + _skipped[phase], left = Math.Max(0, _total[phase] - done), share = Share(done, _total[phase]);
        double? secondsEach = _done[phase] >= FirstEstimate * _total[phase] ? clock.Spent(phase).TotalSeconds / _done[phase] : pace;
        return new PhaseProgress(Name(phase), share, pace is null ? null : TimeSpan.FromSeconds(left * secondsEach!.Value));
    }

    private static PhaseWork Sum(IReadOnlyList<PhaseWork> blocks, double generate)
    {
        var sum = new PhaseWork { [Phase.Generate] = generate };
        foreach (PhaseWork block in blocks)
        {
            sum.Add(block);
        }
        return sum;
    }

    private static double Share(double done, double total) => total > 0 ? Math.Min(1, done / total) : 0;

    private static string Name(Phase phase) => phase.ToString().ToLowerInvariant();
}
