namespace DecoupleQ.Pilot.Layers;

/// <summary>On how much text layers are measured, and how many are tried with more bits.</summary>
public sealed record LayerErrorOptions
{
    private static readonly OptionRange<int> TokensRange = OptionRange.Whole(2), WorstRange = OptionRange.Whole(0);

    /// <summary>The most tokens of text, at least 2: as many windows as that has room for, or a part of one. Default 4096.</summary>
    /// <remarks>
    /// Memory for activations grows with it: 4 bytes a token and number between blocks. Errors need few; what more bits would give is underestimated where a
    /// layer has more inputs than there are tokens.
    /// </remarks>
    public int Tokens { get; init; } = 4096;

    /// <summary>Layers, those with the largest error, that are solved anew with more bits; at least 0. Default 3.</summary>
    public int Worst { get; init; } = 3;

    /// <summary>Threads; 0 (the default) for one a physical core.</summary>
    public int Threads { get; init; }

    internal void Check()
    {
        TokensRange.Require(Tokens, nameof(Tokens));
        WorstRange.Require(Worst, nameof(Worst));
        OptionRange.Threads.Require(Threads, "threads");
    }
}
