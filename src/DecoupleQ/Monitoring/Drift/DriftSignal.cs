using DecoupleQ.Monitoring.Entries;

namespace DecoupleQ.Monitoring.Drift;

/// <summary>A signal whose distribution over many answers is compared with that of the baseline.</summary>
/// <param name="Name">Its name in files and metrics.</param>
/// <param name="Of">Its value of one answer; yes and no are 1 and 0.</param>
/// <param name="Meaning">What it is, in a few words.</param>
internal sealed record DriftSignal(string Name, Func<AnswerEntry, double> Of, string Meaning)
{
    /// <summary>All of them. How long answers took is not among them: that says something of the machine, not of the model.</summary>
    public static IReadOnlyList<DriftSignal> All { get; } =
    [
        new("log_probability", answer => answer.LogProbability, "how probable the model found what it wrote"),
        new("entropy", answer => answer.Entropy, "how undecided it was"),
        new("repetition", answer => answer.Repetition, "how much it repeated itself"),
        new("tokens", answer => answer.Tokens, "how long answers are"),
        new("truncated", answer => answer.Truncated ? 1 : 0, "answers that were cut"),
        new("empty", answer => answer.Empty ? 1 : 0, "answers without a word"),
        new("overruled", answer => answer.Overruled, "how often a grammar overruled it"),
        new("prompt_tokens", answer => answer.PromptTokens, "how long prompts are"),
        new("characters_per_token", answer => answer.CharactersPerToken, "how well the vocabulary fits the prompts"),
    ];
}
