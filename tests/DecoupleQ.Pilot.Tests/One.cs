using CsCheck;

namespace DecoupleQ.Pilot.Tests;

internal static class One
{
    /// <summary>Any one of some values.</summary>
    public static Gen<T> Of<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(index => values[index]);
}
