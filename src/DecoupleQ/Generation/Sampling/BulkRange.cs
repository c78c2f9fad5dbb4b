namespace DecoupleQ.Generation.Sampling;

/// <summary>The range in which most keys lie: a few far above or below the others do not widen it. An estimate from a sample.</summary>
/// <param name="Low">Few keys are below it.</param>
/// <param name="High">Few keys are above it.</param>
internal readonly record struct BulkRange(float Low, float High)
{
    // The sample is dealt out to lanes; of the extremes of the lanes, a few outermost are passed over. Of 152,000 tokens some 500 are then left on each side.
    private const int Lanes = 16, Samples = 1024, PassedOver = 2, Least = 8 * Lanes;

    /// <param name="keys">One a token.</param>
    /// <param name="low">The lowest key that counts.</param>
    /// <param name="high">The highest.</param>
    /// <returns>A part of [<paramref name="low"/>, <paramref name="high"/>]; all of it where few keys of the sample lie there.</returns>
    public static BulkRange Of(ReadOnlySpan<float> keys, float low, float high)
    {
        Span<float> lowest = stackalloc float[Lanes], highest = stackalloc float[Lanes];
        lowest.Fill(high);
        highest.Fill(low);
        int stride = Math.Max(1, keys.Length / Samples), inside = 0;
        for (int id = 0; id < keys.Length; id += stride)
        {
            float key = keys[id];
            if (key >= low && key <= high)
            {
                int lane = inside++ % Lanes;
                lowest[lane] = Math.Min(lowest[lane], key);
                highest[lane] = Math.Max(highest[lane], key);
            }
        }
        if (inside < Least)
        {
            return new(low, high);
        }
        lowest.Sort();
        highest.Sort();
        (float bottom, float top) = (lowest[PassedOver], highest[^(PassedOver + 1)]);
        return bottom <= top ? new(bottom, top) : new(low, high);
    }
}
