namespace DecoupleQ.Tokenization.Streaming;

/// <summary>
/// What encoding or decoding one text may take, counted over all steps together and bounded by the text's length; and whether it is to end. Each step has a
/// view of its own (<see cref="At"/>), so that an error names it.
/// </summary>
/// <remarks>
/// A step of work is about what it takes to look at one character: three to five nanoseconds of one core of 2026. On the texts that are worst for them
/// published tokenizers take at most nineteen a byte, and make a text at most three times as long, so that only a file that was made to exhaust whoever loads
/// it comes near a bound.
/// </remarks>
internal sealed class EncodingWork
{
    private const long FreeSteps = 2_000_000, StepsPerByte = 190;
    private const long FreeGrowth = 1 << 16, GrowthPerByte = 16;
    private const int LongestShown = 60;

    private readonly Allowance _left;
    private readonly string? _file;
    private readonly string? _step;

    /// <param name="file">The tokenizer's file, for errors; null where whoever catches them adds it.</param>
    public EncodingWork(string? file = null)
        : this(new Allowance(), file, null)
    {
    }

    private EncodingWork(Allowance left, string? file, string? step) => (_left, _file, _step) = (left, file, step);

    /// <summary>Steps that are left.</summary>
    public long Steps => _left.Steps;

    /// <summary>The same work, as one step counts it.</summary>
    /// <param name="step">Where the step stands in the tokenizer's file, for errors; null for no one place.</param>
    public EncodingWork At(string? step) => new(_left, _file, step);

    /// <summary>The most bytes that a step may hold of a stretch that it cannot cut yet.</summary>
    public int MostHeld
    {
        get => _left.MostHeld;
        set => _left.MostHeld = value;
    }

    /// <summary>Ids beyond which whoever asked for them wants no more.</summary>
    public long MostIds
    {
        get => _left.MostIds;
        set => _left.MostIds = value;
    }

    /// <summary>The most bytes that a step has held.</summary>
    public long Held => _left.Held;

    /// <summary>Begins a text.</summary>
    /// <param name="cancellation">Ends the work.</param>
    public void Begin(CancellationToken cancellation)
    {
        (_left.Steps, _left.Growth, _left.Cancellation) = (FreeSteps, FreeGrowth, cancellation);
        (_left.Fed, _left.Held, _left.MostHeld, _left.MostIds) = (0, 0, Array.MaxLength, long.MaxValue);
    }

    /// <summary>Grants what <paramref name="bytes"/> further bytes of the text may take.</summary>
    public void Grant(long bytes)
    {
        _left.Fed += bytes;
        _left.Steps += StepsPerByte * bytes;
        _left.Growth += GrowthPerByte * bytes;
    }

    /// <summary>Counts bytes that a step adds to the text.</summary>
    /// <exception cref="DecoupleQException">They are too many.</exception>
    public void Grow(long bytes)
    {
        if (bytes > 0 && (_left.Growth -= bytes) < 0)
        {
            throw Error(
                $"The tokenizer's steps, up to this one, make this text more than {GrowthPerByte} times as long.", "steps that replace text by about as much");
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
                $"Near byte {Math.Max(0, _left.Fed - bytes)} a stretch begins that the tokenizer cannot cut, of more than {MostHeld} bytes.",
                expected: "a text with line ends, blanks or other changes in it at least that often, as written texts have them");
        }
        _left.Held = Math.Max(_left.Held, bytes);
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
    /// <param name="wanted">How many.</param>
    /// <param name="pattern">The pattern that they are for, as it is written, for errors.</param>
    /// <returns>How many are taken: fewer where no more are left, at least one.</returns>
    /// <exception cref="DecoupleQException">None are left.</exception>
    /// <exception cref="OperationCanceledException">The work is to end.</exception>
    public long TakeSteps(long wanted, string pattern)
    {
        Check();
        long taken = Math.Min(wanted, _left.Steps);
        if (taken <= 0)
        {
            throw Error($"The pattern '{Shown(pattern)}' needs too many steps on this text.", "a pattern that does not backtrack without end");
        }
        _left.Steps -= taken;
        return taken;
    }

    /// <summary>Takes steps for what is no pattern.</summary>
    /// <exception cref="DecoupleQException">Fewer are left.</exception>
    /// <exception cref="OperationCanceledException">The work is to end.</exception>
    public void Spend(long steps)
    {
        Check();
        if ((_left.Steps -= steps) < 0)
        {
            throw Error("The tokenizer's steps, up to this one, take too much on this text.", "fewer steps");
        }
    }

    /// <summary>Gives back steps that were not needed.</summary>
    public void GiveBack(long steps) => _left.Steps += steps;

    /// <summary>The error for a pattern that leaves more ways to be tried than are remembered.</summary>
    /// <param name="pattern">The pattern, as it is written.</param>
    public DecoupleQException TooManyWays(string pattern) =>
        Error($"The pattern '{Shown(pattern)}' leaves too many ways open on this text.", "a pattern that does not backtrack without end");

    /// <summary>Ends the work where it is to end.</summary>
    /// <exception cref="OperationCanceledException">It is to end.</exception>
    public void Check() => _left.Cancellation.ThrowIfCancellationRequested();

    private DecoupleQException Error(string problem, string expected) => new(problem, _file, _step, expected);

    private static string Shown(string pattern) =>
        pattern.Length <= LongestShown ? pattern : string.Concat(pattern.EnumerateRunes().Take(LongestShown)) + "...";

    /// <summary>What is left to all steps together.</summary>
    private sealed class Allowance
    {
        public long Steps { get; set; } = FreeSteps;

        public long Growth { get; set; } = FreeGrowth;

        public long Fed { get; set; }

        public long Held { get; set; }

        public int MostHeld { get; set; } = Array.MaxLength;

        public long MostIds { get; set; } = long.MaxValue;

        public CancellationToken Cancellation { get; set; }
    }
}
