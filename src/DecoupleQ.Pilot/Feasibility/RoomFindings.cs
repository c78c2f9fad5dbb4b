using DecoupleQ.Pilot.Results;

namespace DecoupleQ.Pilot.Feasibility;

/// <summary>What is found of memory and disk.</summary>
internal static class RoomFindings
{
    // .NET and the tool.
    private const long RuntimeBytes = 80 << 20;

    // Tokens of a request with which two models are compared at the least.
    private const int ComparedTokens = 256;

    /// <summary><c>memory-enough</c> or <c>memory-little</c>: for quantizing each setting, and for both models side by side.</summary>
    /// <param name="model">The dense model.</param>
    /// <param name="settings">What settings would take; may be none.</param>
    /// <param name="packedBytes">Bytes of a packed model that is judged in place of settings; 0 without one.</param>
    /// <param name="available">Memory that is there.</param>
    public static Finding Memory(DenseModel model, IReadOnlyList<SettingEstimate> settings, long packedBytes, long available)
    {
        long quantizing = settings.Select(setting => setting.PeakMemoryBytes).DefaultIfEmpty().Max();
        long comparing = model.Model.Bytes + settings.Select(setting => setting.TensorBytes).Append(packedBytes).Max()
            + (model.KeyValueBytes * Math.Min(ComparedTokens, model.Model.Context)) + RuntimeBytes;
        return Of("memory", Math.Max(quantizing, comparing), available, ("quantizingBytes", quantizing), ("comparingBytes", comparing));
    }

    /// <summary><c>disk-enough</c> or <c>disk-little</c>: for all settings, whose models are kept until one is chosen.</summary>
    /// <param name="settings">What settings would take; may be none.</param>
    /// <param name="free">What is free.</param>
    public static Finding Disk(IReadOnlyList<SettingEstimate> settings, long free) => Of(
        "disk", settings.Sum(setting => setting.OutputBytes) + settings.Select(setting => setting.SpilledBytes).DefaultIfEmpty().Max(), free);

    private static Finding Of(string of, long needed, long there, params ReadOnlySpan<(string Name, long Bytes)> parts)
    {
        var values = new Dictionary<string, double> { ["needed"] = needed, ["there"] = there };
        foreach ((string name, long bytes) in parts)
        {
            values[name] = bytes;
        }
        bool isEnough = needed <= there;
        return new Finding(of + (isEnough ? "-enough" : "-little"), isEnough ? FindingLevel.Good : FindingLevel.Obstacle, values);
    }
}
