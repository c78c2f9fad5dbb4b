using DecoupleQ.Checkpoints;
using DecoupleQ.ModelFiles;
using DecoupleQ.Models;
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
        CheckSettings(checkpoint);
    }

    /// <summary>Reads what else a run of the model reads: the ids that end a text, and how its authors sample from it.</summary>
    /// <exception cref="DecoupleQException">A run would refuse it.</exception>
    public static void CheckSettings(Checkpoint checkpoint)
    {
        EndIds.Of(checkpoint);
        SamplingDefaults.Of(checkpoint);
    }

    /// <summary>Warnings where the tokenizer beside the weights cannot be used: writing the weights needs none, but whoever runs them does.</summary>
    public static IReadOnlyList<string> TokenizerWarnings(Checkpoint checkpoint, ModelPlan plan)
    {
        if (!TokenizerFiles.AreIn(checkpoint.Path))
        {
            return [];
        }
        try
        {
            TokenizerFiles.LoadFor(checkpoint, plan.VocabularySize);
            return [];
        }
        catch (DecoupleQException error)
        {
            return [$"The model's tokenizer cannot be used, so that no text can be evaluated with what is written: {error.Message}"];
        }
    }
}
