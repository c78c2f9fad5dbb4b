namespace DecoupleQ.Quantization.Tuning;

/// <summary>Windows that go through the model together.</summary>
internal sealed class TuningBatch
{
    /// <param name="windows">Ids, all of one length.</param>
    /// <param name="reference">What the dense model makes of them; null where the loss does not ask.</param>
    /// <param name="numbers">The windows' places in <paramref name="reference"/>.</param>
    public TuningBatch(IReadOnlyList<int[]> windows, ReferenceHidden? reference, IReadOnlyList<int> numbers)
    {
        Tokens = windows[0].Length;
        Sequences = windows.Count;
        Ids = [.. windows.SelectMany(window => window)];
        Targets = [.. windows.SelectMany(window => window.Skip(1).Append(-1))];
        Reference = reference;
        ReferenceRows = [];
        if (reference is not null)
        {
            int length = Tokens * reference.Hidden.Width;
            ReferenceRows = new float[Sequences * length];
            foreach ((int i, int number) in numbers.Index())
            {
                reference.Hidden.Read(number, ReferenceRows.AsSpan(i * length, length));
            }
        }
        Counted = reference is null ? Sequences * (Tokens - 1) : Rows;
    }

    /// <summary>Tokens of a window.</summary>
    public int Tokens { get; }

    /// <summary>Windows.</summary>
    public int Sequences { get; }

    /// <summary>Positions of all windows.</summary>
    public int Rows => Sequences * Tokens;

    /// <summary>Ids, window after window.</summary>
    public int[] Ids { get; }

    /// <summary>The id that follows each; -1 at the end of a window.</summary>
    public int[] Targets { get; }

    /// <summary>The dense model's head, and where its hidden states are from.</summary>
    public ReferenceHidden? Reference { get; }

    /// <summary>Its hidden states of these windows: rows x width.</summary>
    public float[] ReferenceRows { get; }

    /// <summary>Positions that the loss is a mean over.</summary>
    public int Counted { get; }
}
