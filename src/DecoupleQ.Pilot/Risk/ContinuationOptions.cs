namespace DecoupleQ.Pilot.Risk;

/// <summary>How many texts are continued, and how long they are.</summary>
public sealed record ContinuationOptions
{
    private static readonly OptionRange<int> Count = OptionRange.Whole(1);

    /// <summary>Texts that each model continues, at least 1. Default 24.</summary>
    public int Texts { get; init; } = 24;

    /// <summary>Tokens of a window that are given, at least 1. Default 32.</summary>
    public int StartTokens { get; init; } = 32;

    /// <summary>The most tokens that are written, at least 1. Default 64.</summary>
    public int Tokens { get; init; } = 64;

    /// <summary>The defaults, with fewer tokens for models of a context that is shorter than these.</summary>
    /// <param name="context">The shorter context of the two models.</param>
    internal static ContinuationOptions For(int context)
    {
        var usual = new ContinuationOptions();
        int start = Math.Clamp(context / 3, 1, usual.StartTokens);
        return usual with { StartTokens = start, Tokens = Math.Clamp(context - start - 1, 1, usual.Tokens) };
    }

    /// <exception cref="DecoupleQException">A value is out of its range, or start and continuation do not fit the context.</exception>
    internal void Check(int context)
    {
        Count.Require(Texts, nameof(Texts));
        Count.Require(StartTokens, nameof(StartTokens));
        Count.Require(Tokens, nameof(Tokens));
        // One more for the token that may begin every text.
        if ((long)StartTokens + Tokens + 1 > context)
        {
            throw new DecoupleQException(
                $"{StartTokens} tokens and {Tokens} more do not fit.", field: nameof(Tokens), expected: $"fewer than {context} together, the model's context");
        }
    }
}
