namespace DecoupleQ.Evaluation;

/// <summary>
/// What was measured in a window, at each position that predicts an id of it: at position i that is <c>Ids[i + 1]</c>, after the ids up to i.
/// </summary>
/// <param name="Ids">The window.</param>
/// <param name="Losses">The model's negative log-likelihood of the predicted id at each position, one fewer than there are ids; nats.</param>
/// <param name="Choices">The model's most probable id at each position, the lowest of several.</param>
/// <param name="Reference">What was measured of the reference; null without one.</param>
public sealed record WindowMeasurement(
    IReadOnlyList<int> Ids, IReadOnlyList<double> Losses, IReadOnlyList<int> Choices, ReferenceMeasurement? Reference);

/// <summary>What was measured of a reference in a window, at each position that predicts an id of it.</summary>
/// <param name="Losses">Its negative log-likelihood of the predicted id; nats.</param>
/// <param name="Choices">Its most probable id, the lowest of several.</param>
/// <param name="Divergences">KL(reference || model); nats.</param>
public sealed record ReferenceMeasurement(IReadOnlyList<double> Losses, IReadOnlyList<int> Choices, IReadOnlyList<double> Divergences);
