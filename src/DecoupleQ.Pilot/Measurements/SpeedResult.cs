using DecoupleQ.Pilot.Results;

namespace DecoupleQ.Pilot.Measurements;

/// <summary>How fast two models are.</summary>
/// <param name="Figures">The figures.</param>
/// <param name="LeftOut">Numbers of requests that there was no memory for; usually none.</param>
public sealed record SpeedResult(SpeedFigures Figures, IReadOnlyList<LevelLeftOut> LeftOut);

/// <summary>A number of requests together that was not measured, as their keys and values do not fit into memory.</summary>
/// <param name="Requests">How many.</param>
/// <param name="NeededBytes">What both models would take with them.</param>
/// <param name="AvailableBytes">What there is.</param>
public sealed record LevelLeftOut(int Requests, long NeededBytes, long AvailableBytes);

/// <summary>How far a measurement of speed is.</summary>
/// <param name="Fraction">Share of it that is done, 0 to 1; it never falls.</param>
/// <param name="Elapsed">Since the start.</param>
/// <param name="Remaining">What is left, as far as is known; null while the models are loaded and warmed up.</param>
public sealed record SpeedProgress(double Fraction, TimeSpan Elapsed, TimeSpan? Remaining);
