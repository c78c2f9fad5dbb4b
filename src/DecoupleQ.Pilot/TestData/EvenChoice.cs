namespace DecoupleQ.Pilot.TestData;

/// <summary>A part of some windows that stands for all of them.</summary>
internal static class EvenChoice
{
    /// <summary>At most so many of the items, as evenly as can be over all of them, in their order.</summary>
    public static IReadOnlyList<T> Of<T>(IReadOnlyList<T> items, int most) => items.Count <= most
        ? items
        : [.. Enumerable.Range(0, most).Select(i => items[(int)((long)i * items.Count / most)])];
}
