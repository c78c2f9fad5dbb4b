using DecoupleQ.Statistics;

namespace DecoupleQ.Pilot.Slices;

/// <summary>How the models differ on a slice.</summary>
/// <param name="Name">The slice.</param>
/// <param name="Items">Its items.</param>
/// <param name="Difference">The weighted mean of their differences, with its 95 % interval; without one where there are fewer than ten.</param>
/// <param name="Others">The weighted mean of all other items; null where there are none.</param>
/// <param name="PValue">
/// The probability that, were items dealt out at random, any slice would differ from its others as clearly as this one does; null where the slice or its others
/// have fewer than ten items, so that nothing can be said.
/// </param>
/// <param name="Noise">
/// By how much a slice of this size may exceed its others by chance: what no slice does, of items that were dealt out at random, in 95 % (1 - significance) of
/// the deals. Null as the p-value.
/// </param>
/// <param name="StandsOut">Whether it is worse than the others by more than chance and by more than nobody minds.</param>
public sealed record SliceFigures(SliceName Name, int Items, Estimate Difference, double? Others, double? PValue, double? Noise, bool StandsOut);
