using DecoupleQ.Quantization.Calibration;
using DecoupleQ.Tokenization;

namespace DecoupleQ.Quantization.Tuning;

/// <summary>The data as windows of equal length: a text is cut one after another, nothing twice.</summary>
/// <param name="Training">Trained on.</param>
/// <param name="HeldOut">Not trained on: spread evenly over all of them.</param>
internal sealed record TuningWindows(int[][] Training, int[][] HeldOut)
{
    // One in so many is held out at most.
    private const int LeastForOne = 10;

    /// <summary>All windows, those held out last.</summary>
    public int[][] All => [.. Training, .. HeldOut];

    /// <summary>Ids in a window.</summary>
    public int Context => Training[0].Length;

    /// <summary>Cuts texts.</summary>
    /// <param name="sources">UTF-8 text files and <see cref="CalibrationSource.Builtin"/>, joined in this order; may be empty.</param>
    /// <param name="tokenizer">The model's.</param>
    /// <param name="context">Ids in a window.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <returns>Every whole window.</returns>
    /// <exception cref="DecoupleQException">A text cannot be read, or there is none whole window.</exception>
    public static int[][] Cut(IReadOnlyList<string> sources, Tokenizer tokenizer, int context, CancellationToken cancellationToken)
    {
        if (sources.Count == 0)
        {
            return [];
        }
        var text = new CalibrationText(sources, tokenizer, long.MaxValue, cancellationToken);
        if (text.Count < context)
        {
            throw new DecoupleQException(
                $"The text has {text.Count} tokens, fewer than one window.", string.Join(", ", sources), "data",
                $"at least {context} tokens, or a smaller context");
        }
        int[][] windows = [.. Enumerable.Range(0, text.Count / context).Select(_ => new int[context])];
        text.Read([.. Enumerable.Range(0, windows.Length).Select(i => i * context)], windows);
        return windows;
    }

    /// <summary>Sets windows apart.</summary>
    /// <param name="windows">All.</param>
    /// <param name="heldOut">How many at most are held out.</param>
    /// <exception cref="DecoupleQException">There are too few to hold one out.</exception>
    public static TuningWindows Of(int[][] windows, int heldOut)
    {
        int held = Math.Min(heldOut, windows.Length / LeastForOne);
        if (held == 0)
        {
            throw new DecoupleQException(
                $"There are {windows.Length} windows of data.", field: "data", expected: $"at least {LeastForOne}: more text, or a smaller context");
        }
        int every = windows.Length / held;
        bool[] isHeld = [.. windows.Select((_, i) => i % every == 0 && i / every < held)];
        return new TuningWindows([.. windows.Where((_, i) => !isHeld[i])], [.. windows.Where((_, i) => isHeld[i])]);
    }

    /// <summary>The windows of a step: every epoch has a new order, by the seed.</summary>
    /// <param name="step">From 0 on.</param>
    /// <param name="batch">Windows in a step.</param>
    /// <param name="seed">Seed of the orders.</param>
    /// <returns>Numbers of <see cref="Training"/>.</returns>
    public int[] Step(int step, int batch, ulong seed)
    {
        var numbers = new int[batch];
        (long epoch, int[]? order) = (-1, null);
        for (int i = 0; i < batch; i++)
        {
            (long own, long place) = Math.DivRem(((long)step * batch) + i, Training.Length);
            if (own != epoch)
            {
                (epoch, order) = (own, [.. Enumerable.Range(0, Training.Length)]);
                // Neighbouring epochs have unrelated orders.
                new SplitMix64(new SplitMix64(seed).Next() + (ulong)epoch).Shuffle(order);
            }
            numbers[i] = order![place];
        }
        return numbers;
    }
}
