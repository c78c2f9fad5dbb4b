using System.Globalization;
using System.Text.Json.Serialization;

namespace DecoupleQ.Monitoring.Entries;

/// <summary>Why the share of a canary is what it is: a code, and the figures that belong to it.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "code", UnknownDerivedTypeHandling = JsonUnknownDerivedTypeHandling.FailSerialization)]
[JsonDerivedType(typeof(StartedReason), "started")]
[JsonDerivedType(typeof(FailuresReason), "failures")]
[JsonDerivedType(typeof(AgreementReason), "agreement")]
[JsonDerivedType(typeof(DriftReason), "drift")]
[JsonDerivedType(typeof(SelfCheckReason), "self_check")]
public abstract record ShareReason
{
    /// <summary>The same in English, without anything that was said or who said it.</summary>
    [JsonIgnore]
    public abstract string Sentence { get; }

    private protected static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

/// <summary>The server was started with that share.</summary>
public sealed record StartedReason : ShareReason
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override string Sentence => "It was started so.";
}

/// <summary>Too many requests to the canary failed.</summary>
/// <param name="Failed">Of its last requests, those that failed.</param>
/// <param name="Requests">Its last requests.</param>
/// <param name="OtherFailed">Of those that the first model answered meanwhile, those that failed; null where these are too few to compare.</param>
/// <param name="OtherRequests">Requests that the first model answered meanwhile.</param>
public sealed record FailuresReason(int Failed, int Requests, int? OtherFailed = null, int? OtherRequests = null) : ShareReason
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override string Sentence => OtherFailed is int other
        ? Text($"{Failed} of its last {Requests} requests failed, and {other} of {OtherRequests} that the other model answered meanwhile.")
        : Text($"{Failed} of its last {Requests} requests failed.");
}

/// <summary>The canary agrees too little with the first model.</summary>
/// <param name="Agreement">The share of tokens in whose place both have the same most probable one, from 0 to 1.</param>
/// <param name="Low">The lower end of its 95 % interval.</param>
/// <param name="High">The upper end.</param>
/// <param name="Limit">What it must be.</param>
/// <param name="Answers">The answers that were compared.</param>
public sealed record AgreementReason(double Agreement, double Low, double High, double Limit, int Answers) : ShareReason
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override string Sentence => Text($"It agrees with the first model in {Agreement:0.0 %} of the tokens of {Answers} answers ")
        + Text($"(95 % interval {Low:0.0 %} to {High:0.0 %}), and must in {Limit:0.0 %}.");
}

/// <summary>The canary's answers differ from its baseline.</summary>
/// <param name="Route">What was asked for.</param>
/// <param name="Signals">In what.</param>
public sealed record DriftReason(string Route, IReadOnlyList<SignalDifference> Signals) : ShareReason
{
    /// <summary>The same as a part of a sentence.</summary>
    [JsonIgnore]
    public string Words => $"{Route} differs from the baseline in " + string.Join(", ", Signals.Select(signal =>
        Text($"{signal.Signal} ({signal.Window:0.###} instead of {signal.Baseline:0.###}, p = {signal.PValue:0.0e0})")));

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Sentence => Words + ".";
}

/// <summary>The canary is not the model of its baseline.</summary>
/// <param name="Difference">By how much its log-probabilities differ, nats a token in the mean; null if it cannot score the baseline's texts at all.</param>
/// <param name="Limit">The most that passes.</param>
public sealed record SelfCheckReason(double? Difference, double Limit) : ShareReason
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override string Sentence => Difference is double difference
        ? Text($"It is not the model of its baseline: log-probabilities differ by {difference:0.####} nats a token, more than {Limit}.")
        : "It is not the model of its baseline: it cannot score that one's texts.";
}
