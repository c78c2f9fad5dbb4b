using System.Text.Json;
using System.Text.Json.Serialization;

namespace DecoupleQ.Cli.Json;

/// <summary>A line of <c>--progress json</c>. What an event does not have is absent.</summary>
/// <param name="Event">started, planned, warning, phase, layer, progress, block, check, finished, failed or cancelled.</param>
internal sealed record ProgressEvent(string Event)
{
    /// <summary>With <c>started</c>: the command.</summary>
    public string? Command { get; init; }

    /// <summary>With <c>started</c> and <c>warning</c>: the model.</summary>
    public string? Model { get; init; }

    /// <summary>With <c>started</c> and <c>finished</c>: the folder written.</summary>
    public string? Output { get; init; }

    /// <summary>With <c>warning</c>: a sentence.</summary>
    public string? Warning { get; init; }

    /// <summary>What it is doing.</summary>
    public string? Phase { get; init; }

    /// <summary>The module that it is doing it to.</summary>
    public string? Layer { get; init; }

    /// <summary>The block, from 1; 0 before the first.</summary>
    public int? Block { get; init; }

    /// <summary>Blocks in all.</summary>
    public int? Blocks { get; init; }

    /// <summary>Windows evaluated.</summary>
    public int? Windows { get; init; }

    /// <summary>Windows in all.</summary>
    public int? TotalWindows { get; init; }

    /// <summary>Perplexity of the windows so far.</summary>
    public double? Perplexity { get; init; }

    /// <summary>Questions of a task that are answered.</summary>
    public int? Items { get; init; }

    /// <summary>Questions in all.</summary>
    public int? TotalItems { get; init; }

    /// <summary>Questions that are answered right.</summary>
    public int? Right { get; init; }

    /// <summary>Of a pilot: the setting that it is at.</summary>
    public string? Setting { get; init; }

    /// <summary>Of a pilot: the step, from 1; of a tuning: steps made.</summary>
    public int? Step { get; init; }

    /// <summary>Steps in all; of a pilot as far as can be told.</summary>
    public int? Steps { get; init; }

    /// <summary>With <c>planned</c>: seconds that it takes at the least and at the most, about.</summary>
    public double? LeastSeconds { get; init; }

    /// <inheritdoc cref="LeastSeconds"/>
    public double? MostSeconds { get; init; }

    /// <summary>With <c>planned</c>: what speaks for it and against it, a sentence each.</summary>
    public IReadOnlyList<string>? Findings { get; init; }

    /// <summary>Share of the whole that is done, 0 to 1; of a pilot, of its step.</summary>
    public double? Fraction { get; init; }

    /// <summary>Since the tool's start.</summary>
    public required double ElapsedSeconds { get; init; }

    /// <summary>Estimated.</summary>
    public double? RemainingSeconds { get; init; }

    /// <summary>By phase, in the order in which they are first come to.</summary>
    public IReadOnlyList<PhaseOf>? Phases { get; init; }

    /// <summary>The process's resident set.</summary>
    public required long ResidentBytes { get; init; }

    /// <summary>Its peak so far.</summary>
    public required long PeakBytes { get; init; }

    /// <summary>With <c>block</c>: the mean relative loss of its layers.</summary>
    public double? MeanRelativeLoss { get; init; }

    /// <summary>With <c>block</c>: the held-out loss before training; absent if it was not trained or nothing was held out.</summary>
    public double? HeldOutBefore { get; init; }

    /// <summary>With <c>block</c>: the held-out loss after training.</summary>
    public double? HeldOutAfter { get; init; }

    /// <summary>With <c>block</c>: whether what was trained was kept.</summary>
    public bool? Kept { get; init; }

    /// <summary>Of a tuning: the running mean of the training loss, nats.</summary>
    public double? Loss { get; init; }

    /// <summary>With <c>check</c>: the mean loss of the windows that are held out, nats.</summary>
    public double? HeldOutLoss { get; init; }

    /// <summary>With <c>failed</c>.</summary>
    public ErrorDetails? Error { get; init; }

    /// <summary>With <c>failed</c> and <c>--verbose</c>: where.</summary>
    public string? Trace { get; init; }

    /// <summary>With <c>finished</c>, <c>failed</c> and <c>cancelled</c>.</summary>
    public int? ExitCode { get; init; }

    /// <param name="Name">Its name.</param>
    /// <param name="Fraction">Share done, over all blocks.</param>
    /// <param name="RemainingSeconds">Estimated.</param>
    internal sealed record PhaseOf(string Name, double Fraction, double? RemainingSeconds);
}

/// <summary>Events: one line each.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(ProgressEvent))]
internal sealed partial class ProgressJson : JsonSerializerContext;
