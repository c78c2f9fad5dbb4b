namespace DecoupleQ.Reports.Periods;

/// <summary>Widths of the pieces that a period is cut into: each is a whole number of times the one before, so that pieces can be put together.</summary>
internal static class BucketWidth
{
    private static readonly int[] Minutes = [1, 5, 15, 60, 180, 360, 720, 1440, 10_080];

    /// <summary>The smallest.</summary>
    public static TimeSpan Smallest => TimeSpan.FromMinutes(Minutes[0]);

    /// <summary>The next larger one; beyond a week each is twice the one before.</summary>
    public static TimeSpan After(TimeSpan width)
    {
        int next = Array.FindIndex(Minutes, minutes => minutes > width.TotalMinutes);
        return next < 0 ? width * 2 : TimeSpan.FromMinutes(Minutes[next]);
    }

    /// <summary>Which piece a time lies in.</summary>
    public static long IndexOf(DateTimeOffset time, TimeSpan width) => time.UtcTicks / width.Ticks;

    /// <summary>When a piece begins.</summary>
    public static DateTimeOffset StartOf(long index, TimeSpan width) => new(index * width.Ticks, TimeSpan.Zero);

    /// <summary>The middle of a piece; of the last one that there is, its end.</summary>
    public static DateTimeOffset MiddleOf(DateTimeOffset start, TimeSpan width) => Later(start, width / 2);

    /// <summary>The end of a piece.</summary>
    public static DateTimeOffset EndOf(DateTimeOffset start, TimeSpan width) => Later(start, width);

    /// <summary>The smallest of the widths that cut a period into at most so many pieces.</summary>
    public static TimeSpan For(DateTimeOffset first, DateTimeOffset last, int mostPieces)
    {
        TimeSpan width = Smallest;
        while (IndexOf(last, width) - IndexOf(first, width) >= mostPieces)
        {
            width = After(width);
        }
        return width;
    }

    private static DateTimeOffset Later(DateTimeOffset time, TimeSpan span) =>
        DateTimeOffset.MaxValue - time > span ? time + span : DateTimeOffset.MaxValue;
}
