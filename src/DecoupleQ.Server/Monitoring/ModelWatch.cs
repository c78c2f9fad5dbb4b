using DecoupleQ.Server.Models;

namespace DecoupleQ.Server.Monitoring;

/// <summary>Whoever watches one model.</summary>
/// <param name="Served">The model.</param>
/// <param name="Part">The part that it plays: <c>primary</c> or <c>canary</c>.</param>
/// <param name="Answers">Takes its answers.</param>
/// <param name="Drift">Compares them with a baseline; null without one.</param>
/// <param name="SelfChecks">Has the model score the baseline's texts; null without one.</param>
/// <param name="Shadow">Compares its answers with those of another model; null without one.</param>
internal sealed record ModelWatch(
    ServedModel Served, string Part, AnswerMonitor Answers, DriftMonitor? Drift, SelfChecks? SelfChecks, ShadowReplays? Shadow);
