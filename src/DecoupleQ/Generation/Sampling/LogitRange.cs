using System.Numerics;
using System.Runtime.CompilerServices;

namespace DecoupleQ.Generation.Sampling;

/// <summary>The least and the greatest of some logits.</summary>
/// <param name="Least">It may be minus infinity.</param>
/// <param name="Greatest">NaN where a logit is NaN.</param>
internal readonly record struct LogitRange(float Least, float Greatest)
{
    /// <param name="logits">At least one.</param>
    public static LogitRange Of(ReadOnlySpan<float> logits)
    {
        // Two at a time, as each waits for the one before it.
        Vector<float> least = new(float.PositiveInfinity), greatest = new(float.NegativeInfinity), otherLeast = least, otherGreatest = greatest;
        Vector<int> numbers = Vector<int>.AllBitsSet, otherNumbers = numbers;
        int pairs = logits.Length - (logits.Length % (2 * Vector<float>.Count));
        for (int i = 0; i < pairs; i += 2 * Vector<float>.Count)
        {
            Take(Lanes.At(logits, i), ref least, ref greatest, ref numbers);
            Take(Lanes.At(logits, i + Vector<float>.Count), ref otherLeast, ref otherGreatest, ref otherNumbers);
        }
        for (int i = pairs; i < logits.Length; i += Vector<float>.Count)
        {
            // The last vector again takes some logits that were taken already, so that nothing else is among them.
            Take(Lanes.At(logits, Math.Min(i, Math.Max(logits.Length - Vector<float>.Count, 0))), ref least, ref greatest, ref numbers);
        }
        return Vector.EqualsAll(numbers & otherNumbers, Vector<int>.AllBitsSet)
            ? new(Folded(Vector.MinNative(least, otherLeast), MathF.Min), Folded(Vector.MaxNative(greatest, otherGreatest), MathF.Max))
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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Take(Vector<float> some, ref Vector<float> least, ref Vector<float> greatest, ref Vector<int> numbers)
    {
        numbers &= Vector.Equals(some, some);
        least = Vector.MinNative(least, some);
        greatest = Vector.MaxNative(greatest, some);
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
