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

    /// <summary>Begins a text.</summary>
    /// <param name="cancellation">Ends the work.</param>
    public void Begin(CancellationToken cancellation)
    {
        (_left.Steps, _left.Growth, _left.Cancellation) = (FreeSteps, FreeGrowth, cancellation);
    }

    /// <summary>Grants what <paramref name="bytes"/> further bytes of the text may take.</summary>
    public void Grant(long bytes)
    {
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

        public CancellationToken Cancellation { get; set; }
    }
}
