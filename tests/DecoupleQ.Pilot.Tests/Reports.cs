using DecoupleQ.Pilot.Progress;

namespace DecoupleQ.Pilot.Tests;

/// <summary>Keeps what is reported, at once.</summary>
internal sealed class Reports : IProgress<StepProgress>
{
    private readonly List<StepProgress> _seen = [];

    public IReadOnlyList<StepProgress> Seen => _seen;

    public void Report(StepProgress value) => _seen.Add(value);
}
