using DecoupleQ.Quantization.Settings;
using DecoupleQ.Quantization.Solver;

namespace DecoupleQ.Pilot.Ladders;

/// <summary>What a ladder is made of: every combination that the model can have.</summary>
public sealed record LadderOptions
{
    /// <summary>Bits of the linear layers. Default 2, 3, 4.</summary>
    public IReadOnlyList<int> Bits { get; init; } = [2, 3, 4];

    /// <summary>Group sizes; -1 for the whole row. Default -1, 128, 64, 32.</summary>
    public IReadOnlyList<int> GroupSizes { get; init; } = [QuantizationFormat.PerChannel, 128, 64, 32];

    /// <summary>Bits of the embedding and of the head, which goes with it where they are one. Default: 8 both, and both as stored.</summary>
    public IReadOnlyList<(int Embedding, int Head)> Tables { get; init; } = [(8, 8), (LadderSetting.AsStored, LadderSetting.AsStored)];

    /// <summary>Presets, those that cost less time first. Default: the most accurate.</summary>
    public IReadOnlyList<Preset> Presets { get; init; } = [Preset.Best];
}
