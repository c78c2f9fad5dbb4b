namespace DecoupleQ.Server.Baselines;

/// <summary>What a baseline is made of.</summary>
public sealed record BaselineOptions
{
    /// <summary>Values of <see cref="Requests"/>.</summary>
    public static OptionRange<int> RequestsRange { get; } = OptionRange.Whole(DecoupleQ.Monitoring.Drift.Baseline.FewestAnswers, 1_000_000);

    /// <summary>Values of <see cref="PromptCharacters"/>.</summary>
    public static OptionRange<int> PromptRange { get; } = OptionRange.Whole(8, 100_000);

    /// <summary>The model, its templates, and how it is loaded, as it will be served.</summary>
    public required ServerOptions Server { get; init; }

    /// <summary>How many prompts are cut from a text, at least 200. Default 1,000.</summary>
    public int Requests { get; init; } = 1000;

    /// <summary>The most characters of a prompt that is cut from a text; the least is a quarter of it. Default 400.</summary>
    public int PromptCharacters { get; init; } = 400;

    /// <summary>The tokens of an answer to such a prompt. Default 64.</summary>
    public int AnswerTokens { get; init; } = 64;

    /// <summary>Seed of the places where prompts are cut, and of the answers. Default 0.</summary>
    public ulong Seed { get; init; }
}

/// <summary>How far the making of a baseline has come.</summary>
/// <param name="Answered">Requests that were answered.</param>
/// <param name="Requests">All of them.</param>
public readonly record struct BaselineProgress(int Answered, int Requests);
