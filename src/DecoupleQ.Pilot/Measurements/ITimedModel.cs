namespace DecoupleQ.Pilot.Measurements;

/// <summary>A model whose speed is measured.</summary>
internal interface ITimedModel : IDisposable
{
    /// <summary>Its path, for errors.</summary>
    string Name { get; }

    /// <summary>Bytes of its weights; known before it is loaded.</summary>
    long WeightBytes { get; }

    /// <summary>The most tokens of a text; known once it is open.</summary>
    int ContextLength { get; }

    /// <summary>Loads it, beside what is open, and lets go of it again.</summary>
    /// <returns>Seconds until it could have begun with a prompt.</returns>
    double TimeLoad(CancellationToken cancellationToken);

    /// <summary>Loads it to stay.</summary>
    void Open(CancellationToken cancellationToken);

    /// <summary>Bytes of keys and values that a request may take.</summary>
    /// <param name="tokens">Tokens of its prompt and of what it writes.</param>
    long KeyValueBytes(int tokens);

    /// <summary>Has requests answered together.</summary>
    Task<GroupTimes> WriteAsync(RequestGroup group, CancellationToken cancellationToken);
}

/// <summary>Requests that are answered together.</summary>
/// <param name="Requests">How many.</param>
/// <param name="PromptTokens">Tokens of each one's prompt, at least 1.</param>
/// <param name="DecodedTokens">Tokens that each writes after its first, at least 1.</param>
/// <param name="Seed">Of the prompts, which are of random ids and all different.</param>
internal sealed record RequestGroup(int Requests, int PromptTokens, int DecodedTokens, ulong Seed);

/// <summary>What a group took.</summary>
/// <param name="FirstTokenSeconds">From the start until the last of the requests has its first token. They go on together from there.</param>
/// <param name="WritingSeconds">From then to the last token of all.</param>
/// <param name="TokenSeconds">The time of each token of each request after its first: since the one before it.</param>
internal sealed record GroupTimes(double FirstTokenSeconds, double WritingSeconds, IReadOnlyList<double> TokenSeconds)
{
    /// <summary>Tokens a second of all of them, while all are writing.</summary>
    public double TokensPerSecond => TokenSeconds.Count / WritingSeconds;
}
