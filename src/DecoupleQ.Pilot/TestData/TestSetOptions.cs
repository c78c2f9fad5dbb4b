using DecoupleQ.Evaluation;

namespace DecoupleQ.Pilot.TestData;

/// <summary>How many windows a test has, and how long they are.</summary>
public sealed record TestSetOptions
{
    /// <summary>Ids of a window, at least 2 and at most the models' context.</summary>
    public required int Context { get; init; }

    /// <summary>The most windows of each half, at least 1. Default 100.</summary>
    public int MaxWindows { get; init; } = 100;

    internal void Check()
    {
        OptionRange.Context.Require(Context, "context");
        EvaluationOptions.MaxWindowsRange.Require(MaxWindows, "max-windows");
    }
}
