using DecoupleQ.Checkpoints;
using DecoupleQ.ModelFiles;
using DecoupleQ.Pilot.Ladders;
using DecoupleQ.Pilot.Results;
using DecoupleQ.Quantization.Jobs;
using DecoupleQ.Quantization.Solver;

namespace DecoupleQ.Pilot.Jobs;

/// <summary>What a packed model that was given is, from its tensors.</summary>
/// <param name="Setting">Bits and group of most of its layers, 16 bits per channel where it is a dense one; by which preset nobody can say.</param>
/// <param name="BitsPerWeight">Stored bits over weights.</param>
internal sealed record StoredSetting(SettingResult Setting, BitsPerWeight BitsPerWeight)
{
    /// <summary>Looks at a model.</summary>
    /// <exception cref="DecoupleQException">It cannot be read.</exception>
    public static StoredSetting Of(string path)
    {
        using Checkpoint checkpoint = CheckpointFiles.Open(path, TensorAccess.Read);
        var summary = CheckpointSummary.Of(checkpoint);
        AffineFormat? most = summary.Modules.Where(module => module.Format is not null).GroupBy(module => module.Format!)
            .MaxBy(group => group.Sum(module => module.Weights))?.Key;
        SettingResult setting = new(
            most?.Bits ?? LadderSetting.AsStored, most?.GroupSize ?? QuantizationFormat.PerChannel, LadderSetting.AsStored, LadderSetting.AsStored, "");
        return new(setting, new BitsPerWeight(summary.BitsPerWeight, summary.QuantizedLayersBitsPerWeight ?? summary.BitsPerWeight));
    }
}
