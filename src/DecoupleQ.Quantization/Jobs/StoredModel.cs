using DecoupleQ.Chat;
using DecoupleQ.Checkpoints;
using DecoupleQ.Generation;
using DecoupleQ.ModelFiles;
using DecoupleQ.Models;
using DecoupleQ.Models.Architectures;
using DecoupleQ.Models.Plans;
using DecoupleQ.Tokenization;

namespace DecoupleQ.Quantization.Jobs;

/// <summary>A folder that a job has written, as whoever loads it will find it.</summary>
internal static class StoredModel
{
    /// <summary>Opens the folder as its users will: looks for every tensor that its model needs, and reads what stands beside them.</summary>
    /// <exception cref="DecoupleQException">It cannot be loaded.</exception>
    public static void Check(string folder)
    {
        using Checkpoint checkpoint = CheckpointFiles.Open(folder, TensorAccess.Read);
        ModelPlan plan = Architecture.Plan(checkpoint);
        new WeightReader(checkpoint).Check(plan);
        CheckBeside(checkpoint, plan);
    }

    /// <summary>
    /// Reads what else a run of the model reads: the ids that end a text, how its authors sample from it, its tokenizer and its chat template. What is not
    /// there is not needed for writing the weights; what is there goes along, and must be of use.
    /// </summary>
    /// <param name="checkpoint">The model.</param>
    /// <param name="plan">Its plan.</param>
    /// <returns>The tokenizer; null if the model has none.</returns>
    /// <exception cref="DecoupleQException">A run would refuse it.</exception>
    public static Tokenizer? CheckBeside(Checkpoint checkpoint, ModelPlan plan)
    {
        EndIds.Of(checkpoint);
        EndIds.In(checkpoint.Path);
        SamplingResolution.Resolve(new GenerationOptions(), SamplingDefaults.Of(checkpoint), plan.VocabularySize);
        CompanionFiles.CheckSettings(checkpoint.Path);
        Tokenizer? tokenizer = TokenizerFiles.AreIn(checkpoint.Path) ? TokenizerFiles.LoadFor(checkpoint, plan.VocabularySize) : null;
        ChatTemplate.LoadIfThere(checkpoint.Path);
        return tokenizer;
    }
}
