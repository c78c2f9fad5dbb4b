using DecoupleQ.Pilot.Measurements;

namespace DecoupleQ.Pilot.Tests.Measurements;

/// <summary>A clock that stands until it is told to go on.</summary>
internal sealed class FakeClock : TimeProvider
{
    private long _ticks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => _ticks;

    public void Advance(double seconds) => _ticks += (long)Math.Round(seconds * TimeSpan.TicksPerSecond);
}

/// <summary>A model that takes as long as it is said to, and writes down what it is asked.</summary>
internal sealed class FakeModel(string name, FakeClock clock, List<string> calls) : ITimedModel
{
    public string Name => name;

    public long WeightBytes { get; init; } = 1_000_000;

    public int ContextLength { get; init; } = 1024;

    public long BytesPerToken { get; init; } = 100;

    public double LoadSeconds { get; init; } = 0.1;

    public double SecondsPerPromptToken { get; init; } = 1e-4;

    public double SecondsPerStep { get; init; } = 1e-3;

    /// <summary>By how much everything is slower at a time.</summary>
    public Func<double> Slowness { get; init; } = () => 1;

    public List<RequestGroup> Groups { get; } = [];

    public int Loads { get; private set; }

    public bool IsOpen { get; private set; }

    public double TimeLoad(CancellationToken cancellationToken)
    {
        Loads++;
        double start = clock.GetTimestamp();
        // The first one comes from the disk.
        clock.Advance(LoadSeconds * (Loads == 1 ? 100 : 1));
        calls.Add($"{name} load");
        return (clock.GetTimestamp() - start) / clock.TimestampFrequency;
    }

    public void Open(CancellationToken cancellationToken) => IsOpen = true;

    public long KeyValueBytes(int tokens) => BytesPerToken * tokens;

    public Task<GroupTimes> WriteAsync(RequestGroup group, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Assert.True(IsOpen);
        Assert.True(group.PromptTokens + group.DecodedTokens < ContextLength);
        Groups.Add(group);
        calls.Add($"{name} {group.Requests}");
        double slow = Slowness(), first = slow * SecondsPerPromptToken * group.PromptTokens * group.Requests, step = slow * SecondsPerStep;
        clock.Advance(first + (step * group.DecodedTokens));
        return Task.FromResult(new GroupTimes(first, step * group.DecodedTokens, [.. Enumerable.Repeat(step, group.Requests * group.DecodedTokens)]));
    }

    public void Dispose() => IsOpen = false;
}
