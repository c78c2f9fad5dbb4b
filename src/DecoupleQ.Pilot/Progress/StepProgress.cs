namespace DecoupleQ.Pilot.Progress;

/// <summary>How far a measurement is.</summary>
/// <param name="Done">Steps that are done, those of an earlier run among them.</param>
/// <param name="Total">Steps in all.</param>
/// <param name="Remaining">What is left, at the speed so far; null before the first step of this run, of which nothing is known.</param>
public sealed record StepProgress(int Done, int Total, TimeSpan? Remaining);
