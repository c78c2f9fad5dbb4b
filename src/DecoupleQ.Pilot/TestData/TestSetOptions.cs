using DecoupleQ.Evaluation;

namespace DecoupleQ.Pilot.TestData;

/// <summary>How many windows a test has, and how long they are.</summary>
public sealed record TestSetOptions
{
    /// <summary>Ids of a window, at least 2 and at most the models' context.</summary>
    public required int Context { get; init; }

    /// <summary>The most windows of each half, or of all where there are no halves, at least 1. Default 100.</summary>
    public int MaxWindows { get; init; } = 100;

    /// <summary>Whether there are two halves; else all windows judge, as nothing is chosen on them.</summary>
    public bool IsDivided { get; init; } = true;

    internal void Check()
    {
        OptionRange.Context.Require(Context, "context");
        EvaluationOptions.MaxWindowsRange.Require(MaxWindows, "max-windows");
    }
}
