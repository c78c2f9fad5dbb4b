using DecoupleQ.Checkpoints;
using DecoupleQ.ModelFiles;
using DecoupleQ.Models.Architectures;
using DecoupleQ.Models.Plans;
using DecoupleQ.Pilot.Ladders;
using DecoupleQ.Pilot.Results;
using DecoupleQ.Pilot.TestData;
using DecoupleQ.Quantization.Jobs;
using DecoupleQ.Quantization.Solver;

namespace DecoupleQ.Pilot.Jobs;

/// <summary>What a packed model that was given is, from its tensors and from what its folder says.</summary>
/// <param name="Setting">
/// Bits and group of most of its layers, 16 bits per channel where it is a dense one; the bits of embedding and head; the preset whose values its recipe has,
/// or no name where it has none.
/// </param>
/// <param name="BitsPerWeight">Stored bits over weights.</param>
/// <param name="Bytes">Bytes of its tensors.</param>
internal sealed record StoredSetting(SettingResult Setting, BitsPerWeight BitsPerWeight, long Bytes)
{
    /// <summary>Looks at a model.</summary>
    /// <exception cref="DecoupleQException">It cannot be read.</exception>
    public static StoredSetting Of(string path)
    {
        using Checkpoint checkpoint = CheckpointFiles.Open(path, TensorAccess.Read);
        var summary = CheckpointSummary.Of(checkpoint);
        ModelPlan plan = Architecture.Plan(checkpoint);
        AffineFormat? most = summary.Modules.Where(module => module.Format is not null && module.Name != plan.Embedding && module.Name != plan.Head)
            .GroupBy(module => module.Format!).MaxBy(group => group.Sum(module => module.Weights))?.Key;
        SettingResult setting = new(
            most?.Bits ?? LadderSetting.AsStored, most?.GroupSize ?? QuantizationFormat.PerChannel, TableBits(plan.Embedding),
            plan.HeadIsEmbedding ? LadderSetting.AsStored : TableBits(plan.Head), PackedNotes.PresetOf(path)?.Name ?? "");
        return new(setting, new BitsPerWeight(summary.BitsPerWeight, summary.QuantizedLayersBitsPerWeight ?? summary.BitsPerWeight), summary.Bytes);

        int TableBits(string name) => summary.Modules.FirstOrDefault(module => module.Name == name)?.Format?.Bits ?? LadderSetting.AsStored;
    }
}
