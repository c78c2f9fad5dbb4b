namespace DecoupleQ.Serving;

/// <summary>How much a <see cref="TextService"/> takes on at a time.</summary>
public sealed record ServiceLimits
{
    private static readonly OptionRange<int> RunningRange = OptionRange.Whole(1), WaitingRange = OptionRange.Whole(0);
    private static readonly OptionRange<long> BytesRange = new("a whole number, at least 0", value => value >= 0);

    /// <summary>The most texts that are written at a time, at least 1; what comes then waits. Default 64, the rows that a step decodes.</summary>
    public int Running { get; init; } = 64;

    /// <summary>The most requests that wait, at least 0; what comes then is refused with a <see cref="BusyException"/>. Default 256.</summary>
    public int Waiting { get; init; } = 256;

    /// <summary>
    /// The most bytes of keys and values that are kept of prompts whose texts are done, so that the next prompt that begins alike is not computed from its
    /// start; 0 for none. Default 1 GiB. Running texts come first where there is a <see cref="Models.LanguageModelOptions.KeyValueLimit"/>.
    /// </summary>
    public long PromptCacheBytes { get; init; } = 1L << 30;

    /// <exception cref="DecoupleQException">A value is out of its range.</exception>
    internal ServiceLimits Checked()
    {
        RunningRange.Require(Running, nameof(Running));
        WaitingRange.Require(Waiting, nameof(Waiting));
        BytesRange.Require(PromptCacheBytes, nameof(PromptCacheBytes));
        return this;
    }
}
