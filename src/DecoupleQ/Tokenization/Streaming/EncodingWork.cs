namespace DecoupleQ.Tokenization.Streaming;

/// <summary>What encoding or decoding one text may take, counted over all steps together and bounded by the text's length; and whether it is to end.</summary>
/// <remarks>
/// Published tokenizers take about two steps of a pattern a byte and make a text at most three times as long, so that only a file that was made to exhaust
/// whoever loads it comes near a bound.
/// </remarks>
internal sealed class EncodingWork
{
    private const long FreeSteps = 10_000_000, StepsPerByte = 100;
    private const long FreeGrowth = 1 << 16, GrowthPerByte = 16;

    private long _growth = FreeGrowth;
    private long _fed;
    private CancellationToken _cancellation;

    /// <summary>Steps of patterns that are left.</summary>
    public long Steps { get; set; } = FreeSteps;

    /// <summary>The most bytes that a step may hold of a stretch that it cannot cut yet.</summary>
    public int MostHeld { get; set; } = Array.MaxLength;

    /// <summary>Ids beyond which whoever asked for them wants no more.</summary>
    public long MostIds { get; set; } = long.MaxValue;

    /// <summary>The most bytes that a step has held.</summary>
    public long Held { get; private set; }

    /// <summary>Begins a text.</summary>
    /// <param name="cancellation">Ends the work.</param>
    public void Begin(CancellationToken cancellation)
    {
        (Steps, _growth, _cancellation) = (FreeSteps, FreeGrowth, cancellation);
        (_fed, Held, MostHeld, MostIds) = (0, 0, Array.MaxLength, long.MaxValue);
    }

    /// <summary>Grants what <paramref name="bytes"/> further bytes of the text may take.</summary>
    public void Grant(long bytes)
    {
        _fed += bytes;
        Steps += StepsPerByte * bytes;
        _growth += GrowthPerByte * bytes;
    }

    /// <summary>Counts bytes that a step adds to the text.</summary>
    /// <exception cref="DecoupleQException">They are too many.</exception>
    public void Grow(long bytes)
    {
        if (bytes > 0 && (_growth -= bytes) < 0)
        {
            throw new DecoupleQException(
                $"The tokenizer's steps make this text more than {GrowthPerByte} times as long.", expected: "steps that replace text by about as much");
        }
    }

    /// <summary>Counts what a step holds until more text is there, before it takes it.</summary>
    /// <param name="bytes">All that it holds then.</param>
    /// <exception cref="DecoupleQException">It is too much.</exception>
    public void Hold(long bytes)
    {
        if (bytes > MostHeld)
        {
            throw new DecoupleQException(
                $"Near byte {Math.Max(0, _fed - bytes)} a stretch begins that the tokenizer cannot cut, of more than {MostHeld} bytes.",
                expected: "a text with line ends, blanks or other changes in it at least that often, as written texts have them");
        }
        Held = Math.Max(Held, bytes);
    }

    /// <summary>Ends the work where enough ids are there.</summary>
    /// <param name="ids">How many there are.</param>
    /// <exception cref="EnoughIdsException">They are.</exception>
    public void CheckIds(long ids)
    {
        if (ids > MostIds)
        {
            throw new EnoughIdsException(ids);
        }
    }

    /// <summary>Takes steps for a pattern.</summary>
    /// <returns>How many are taken: fewer where no more are left, at least one.</returns>
    /// <exception cref="DecoupleQException">None are left.</exception>
    /// <exception cref="OperationCanceledException">The work is to end.</exception>
    public long TakeSteps(long wanted)
    {
        Check();
        long taken = Math.Min(wanted, Steps);
        if (taken <= 0)
        {
            throw new DecoupleQException(
                "A pattern of the tokenizer needs too many steps on this text.", expected: "a pattern that does not backtrack without end");
        }
        Steps -= taken;
        return taken;
    }

    /// <summary>Ends the work where it is to end.</summary>
    /// <exception cref="OperationCanceledException">It is to end.</exception>
    public void Check() => _cancellation.ThrowIfCancellationRequested();
}
