using DecoupleQ.Monitoring.Entries;
using DecoupleQ.Server.Canaries;

namespace DecoupleQ.Server.Models;

/// <summary>A second model that answers those whom the share lets to it.</summary>
/// <param name="model">The model.</param>
/// <param name="share">How many those are.</param>
/// <param name="warnings">What the two models differ in, so that the same request may mean something else to each; usually nothing.</param>
internal sealed class Canary(ServedModel model, CanaryShare share, IReadOnlyList<string> warnings)
{
    private readonly FailureComparison _failures = new();

    public ServedModel Model { get; } = model;

    public CanaryShare Share { get; } = share;

    /// <summary>What the model warns of, and what the two differ in.</summary>
    public IReadOnlyList<string> Warnings { get; } = [.. model.Model.Warnings, .. warnings];

    /// <summary>Notes how a request ended that the share decided about, and falls back where the canary fails more often.</summary>
    /// <param name="answered">The model that answered.</param>
    /// <param name="failed">Whether it failed.</param>
    public void Note(ServedModel answered, bool failed)
    {
        if (_failures.Add(answered == Model, failed) is FailuresReason found)
        {
            Share.FallBack(found);
        }
    }
}
