namespace DecoupleQ.Pilot.Measurements;

/// <summary>What models are asked while their memory is looked at.</summary>
public sealed record SizeOptions
{
    /// <summary>Threads; 0 (the default) for one a physical core.</summary>
    public int Threads { get; init; }

    /// <summary>Requests together: the most that speed is measured at. Default 16.</summary>
    public int Requests { get; init; } = 16;

    /// <summary>Tokens of a prompt; no more than half of the model's context. Default 128.</summary>
    public int PromptTokens { get; init; } = 128;

    /// <summary>Tokens that each request writes after its first. Default 16: of its memory, writing more would change little.</summary>
    public int DecodedTokens { get; init; } = 16;

    internal SizeOptions Checked()
    {
        OptionRange.Threads.Require(Threads, "threads");
        SpeedOptions.RequestsRange.Require(Requests, "concurrency");
        OptionRange.Whole(1).Require(PromptTokens, "prompt-tokens");
        OptionRange.Whole(1).Require(DecodedTokens, "decoded-tokens");
        return this;
    }
}
