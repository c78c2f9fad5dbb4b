using DecoupleQ.Checkpoints;
using DecoupleQ.ModelFiles;
using DecoupleQ.Pilot.Results;
using DecoupleQ.Tokenization;

namespace DecoupleQ.Pilot.Feasibility;

/// <summary>Whether a model is of a family that can be run and quantized here.</summary>
/// <param name="Finding"><c>family-supported</c>: an obstacle, in the words of the error, if it is not.</param>
/// <param name="Model">The model; null if it is not.</param>
/// <param name="Tokenizer">Its tokenizer; null if the model is not.</param>
public sealed record FamilyCheck(Finding Finding, DenseModel? Model, Tokenizer? Tokenizer)
{
    private const string Code = "family-supported";

    /// <summary>Looks at a model's headers and its tokenizer.</summary>
    /// <param name="path">A folder or a GGUF file.</param>
    /// <exception cref="DecoupleQException">There is no such model, or its files are damaged.</exception>
    public static FamilyCheck Of(string path)
    {
        using Checkpoint checkpoint = CheckpointFiles.Open(path);
        try
        {
            DenseModel model = DenseModel.Of(checkpoint);
            Tokenizer tokenizer = TokenizerFiles.LoadFor(checkpoint, (int)(model.Weights.Embedding / model.Weights.Width));
            return new FamilyCheck(Good(), model, tokenizer);
        }
        catch (DecoupleQException error)
        {
            return new FamilyCheck(
                new Finding(Code, FindingLevel.Obstacle, new Dictionary<string, double>()) { Detail = error.Message }, null, null);
        }
    }

    /// <summary>What is said of a model that is supported.</summary>
    internal static Finding Good() => new(Code, FindingLevel.Good, new Dictionary<string, double>());
}
