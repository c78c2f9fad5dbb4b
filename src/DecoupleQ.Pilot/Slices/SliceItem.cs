namespace DecoupleQ.Pilot.Slices;

/// <summary>A text that both models were tried on.</summary>
/// <param name="Slices">The slices that it is in, each once.</param>
/// <param name="Difference">
/// By how much the packed model is worse on it, at most 1e50 in size: nats a token, a share of answers. What is larger is worse; of a figure that is better
/// when it is larger, take what is lost.
/// </param>
/// <param name="Weight">How much of a mean it is, above 0, at most 1e50: its tokens, where the difference is a mean over those.</param>
public sealed record SliceItem(IReadOnlyList<SliceName> Slices, double Difference, double Weight = 1);
