using System.Text.Json;
using DecoupleQ.Pilot.Results;

namespace DecoupleQ.Pilot.Jobs;

/// <summary>Whether a pilot is a good one, and what it would take.</summary>
/// <param name="Model">The dense model; null where it cannot be read.</param>
/// <param name="Machine">The machine.</param>
/// <param name="Findings">What speaks for it, or against it.</param>
/// <param name="Settings">Settings that may be tried, the cheapest first, as options of <c>quantize</c>; none where a packed model is judged.</param>
/// <param name="Windows">Windows of the test.</param>
/// <param name="LeastSeconds">About how long it takes if the first setting passes.</param>
/// <param name="MostSeconds">If all have to be tried.</param>
public sealed record PilotPreview(
    PilotModel? Model, PilotMachine Machine, IReadOnlyList<Finding> Findings, IReadOnlyList<string> Settings, int Windows, double LeastSeconds,
    double MostSeconds)
{
    /// <summary>As JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, PilotJson.Default.PilotPreview);
}
