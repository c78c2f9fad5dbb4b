using DecoupleQ.Checkpoints;
using DecoupleQ.ModelFiles;
using DecoupleQ.Models.Architectures;
using DecoupleQ.Models.Plans;

namespace DecoupleQ.Quantization.Jobs;

/// <summary>A folder that a job has written, as whoever loads it will find it.</summary>
internal static class StoredModel
{
    /// <summary>Opens the folder as its users will, and looks for every tensor that its model needs.</summary>
    /// <exception cref="DecoupleQException">It cannot be loaded.</exception>
    public static void Check(string folder)
    {
        using Checkpoint checkpoint = CheckpointFiles.Open(folder, TensorAccess.Read);
        new WeightReader(checkpoint).Check(Architecture.Plan(checkpoint));
    }
}
