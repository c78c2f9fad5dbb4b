using DecoupleQ.Pilot.Ladders;
using DecoupleQ.Pilot.Results;

namespace DecoupleQ.Pilot.Feasibility;

/// <summary>What is found of the settings that are asked for.</summary>
internal static class LadderFindings
{
    /// <summary><c>settings-left-out</c>: some that the model cannot have, and why.</summary>
    /// <param name="leftOut">At least one.</param>
    /// <param name="left">How many are left.</param>
    public static Finding LeftOut(IReadOnlyList<(LadderSetting Setting, string Reason)> leftOut, int left) => new(
        "settings-left-out", FindingLevel.Caution, new Dictionary<string, double> { ["leftOut"] = leftOut.Count, ["left"] = left })
    {
        Detail = string.Join(
            "; ", leftOut.GroupBy(pair => pair.Reason, pair => pair.Setting, StringComparer.Ordinal)
                .Select(group => $"{string.Join(", ", group)}: {group.Key}")) + ".",
    };
}
