namespace DecoupleQ.Pilot.Quality;

/// <summary>A position of a window at which the two models' distributions differ much.</summary>
/// <param name="Position">The place in the window of the id that is predicted, at least 1.</param>
/// <param name="KlDivergence">KL(dense || packed), nats.</param>
/// <param name="DenseProbability">The dense model's probability of that id.</param>
/// <param name="PackedProbability">The packed model's.</param>
/// <param name="DenseChoice">The dense model's most probable id.</param>
/// <param name="PackedChoice">The packed model's.</param>
public sealed record ChangedPosition(
    int Position, double KlDivergence, double DenseProbability, double PackedProbability, int DenseChoice, int PackedChoice);
