using DecoupleQ.Pilot.Results;

namespace DecoupleQ.Pilot.Jobs;

/// <summary>A pilot that could begin: all it works from is read and checked.</summary>
public sealed class PilotPlan
{
    private readonly PilotInput _input;
    private readonly TimeSpan _reading;

    internal PilotPlan(PilotInput input, PilotPreview preview, TimeSpan reading) => (_input, Preview, _reading) = (input, preview, reading);

    /// <summary>What speaks for it and against it, and about how long it takes, if nothing of it is done yet.</summary>
    public PilotPreview Preview { get; }

    /// <summary>Runs the pilot.</summary>
    /// <param name="writePage">Writes the page of a result to a path.</param>
    /// <param name="progress">Told as it advances.</param>
    /// <param name="cancellationToken">Ends it; it can be resumed.</param>
    /// <exception cref="DecoupleQException">Something cannot be used; says what and why.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public PilotResult Run(Action<PilotResult, string> writePage, IProgress<PilotProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(writePage);
        return PilotJob.Run(_input, _reading, writePage, progress, cancellationToken);
    }
}
