using DecoupleQ.Pilot.Ladders;
using DecoupleQ.Pilot.Results;

namespace DecoupleQ.Pilot.Feasibility;

/// <summary>Whether model, machine and texts make a good pilot, and what it would take.</summary>
/// <param name="Findings">What speaks for it and against it.</param>
/// <param name="Machine">The machine.</param>
/// <param name="Settings">What each setting would take, in the order of the question; none where an obstacle keeps them from being tried.</param>
/// <param name="TextSeconds">Seconds that both models take for the windows of a half of the test, or for all where nothing is chosen.</param>
public sealed record FeasibilityResult(
    IReadOnlyList<Finding> Findings, PilotMachine Machine, IReadOnlyList<SettingEstimate> Settings, double TextSeconds)
{
    /// <summary>Whether nothing stands in the way.</summary>
    public bool IsPossible => Findings.All(finding => finding.Level != FindingLevel.Obstacle);

    /// <summary>Seconds of quantizing all settings: the most that the ladder takes, as settings may turn out not to be needed.</summary>
    public double QuantizingSeconds => Settings.Sum(setting => setting.Seconds);
}

/// <summary>What a setting would take.</summary>
/// <param name="Setting">The setting.</param>
/// <param name="Seconds">Time of quantizing.</param>
/// <param name="PeakMemoryBytes">Memory of that at its peak.</param>
/// <param name="OutputBytes">The folder that is written.</param>
/// <param name="SpilledBytes">Files that are written beside it, and removed again.</param>
/// <param name="TensorBytes">Bytes of the packed model's tensors.</param>
/// <param name="Warnings">What quantizing would warn of; usually nothing.</param>
public sealed record SettingEstimate(
    LadderSetting Setting, double Seconds, long PeakMemoryBytes, long OutputBytes, long SpilledBytes, long TensorBytes, IReadOnlyList<string> Warnings);
