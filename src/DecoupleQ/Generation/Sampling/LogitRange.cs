using System.Numerics;

namespace DecoupleQ.Generation.Sampling;

/// <summary>The least and the greatest of some logits.</summary>
/// <param name="Least">It may be minus infinity.</param>
/// <param name="Greatest">NaN where a logit is NaN.</param>
internal readonly record struct LogitRange(float Least, float Greatest)
{
    /// <param name="logits">At least one.</param>
    public static LogitRange Of(ReadOnlySpan<float> logits)
    {
        Vector<float> least = new(float.PositiveInfinity), greatest = new(float.NegativeInfinity);
        Vector<int> numbers = Vector<int>.AllBitsSet;
        for (int i = 0; i < logits.Length; i += Vector<float>.Count)
        {
            // The last vector again takes some logits that were taken already, so that nothing else is among them.
            int start = Math.Min(i, Math.Max(logits.Length - Vector<float>.Count, 0));
            Vector<float> some = Lanes.At(logits, start);
            numbers &= Vector.Equals(some, some);
            least = Vector.MinNative(least, some);
            greatest = Vector.MaxNative(greatest, some);
        }
        return Vector.EqualsAll(numbers, Vector<int>.AllBitsSet)
            ? new(Folded(least, MathF.Min), Folded(greatest, MathF.Max))
            : new(float.NaN, float.NaN);
    }

    /// <summary>What is wrong where the greatest is not finite, in words.</summary>
    public string Fault => Greatest switch
    {
        float.PositiveInfinity => "one is infinite",
        float.NegativeInfinity => "all are minus infinity",
        _ => "one is not a number",
    };

    /// <summary>The place of the greatest, the first of several.</summary>
    /// <param name="logits">Those that this is the range of.</param>
    public int FirstGreatest(ReadOnlySpan<float> logits)
    {
        int i = 0;
        while (!Vector.EqualsAny(Lanes.At(logits, i), new Vector<float>(Greatest)))
        {
            i += Vector<float>.Count;
        }
        while (logits[i] != Greatest)
        {
            i++;
        }
        return i;
    }

    private static float Folded(Vector<float> lanes, Func<float, float, float> fold)
    {
        float folded = lanes[0];
        for (int lane = 1; lane < Vector<float>.Count; lane++)
        {
            folded = fold(folded, lanes[lane]);
        }
        return folded;
    }
}
