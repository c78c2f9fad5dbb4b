using DecoupleQ.Checkpoints;
using DecoupleQ.ModelFiles;
using DecoupleQ.Models;

namespace DecoupleQ.Pilot.Measurements;

/// <summary>What a model takes where it is stored, and of that in memory.</summary>
internal static class StoredBytes
{
    private static readonly string[] Others = ["config.json", "model.safetensors.index.json"];

    /// <summary>Bytes of all tensors, by the headers alone.</summary>
    /// <exception cref="DecoupleQException">It cannot be used.</exception>
    public static long OfTensors(string path)
    {
        using Checkpoint checkpoint = CheckpointFiles.Open(path);
        return checkpoint.Tensors.Values.Sum(tensor => tensor.ByteLength);
    }

    /// <summary>
    /// Bytes of the files that it is made of: weights, config, tokenizer and what goes along with them. What else lies in its folder, such as the same weights
    /// in another format, does not count.
    /// </summary>
    /// <exception cref="DecoupleQException">It cannot be used.</exception>
    public static long OfFiles(string path)
    {
        using Checkpoint checkpoint = CheckpointFiles.Open(path);
        IEnumerable<string> files = checkpoint.Tensors.Values.Select(tensor => tensor.File);
        if (Directory.Exists(path))
        {
            files = files.Concat(CompanionFiles.In(path)).Concat(Others.Select(name => Path.Combine(path, name)));
        }
        return files.Select(Path.GetFullPath).Distinct(StringComparer.Ordinal).Where(File.Exists).Sum(file => new FileInfo(file).Length);
    }

    /// <summary>Bytes of a row of the embedding as it is stored.</summary>
    public static long OfEmbeddingRow(LanguageModel model, Checkpoint checkpoint) => OfEmbedding(model, checkpoint) / model.VocabularySize;

    /// <summary>Bytes of weights that a model has in memory: layers and head as they are run, the embedding as it is stored, all else in float32.</summary>
    public static long InMemory(LanguageModel model, Checkpoint checkpoint) =>
        model.Program.Kernels.Sum(kernel => kernel.Bytes)
        + (model.Plan.HeadIsEmbedding ? 0 : OfEmbedding(model, checkpoint))
        + (sizeof(float) * model.Plan.Parts.SelectMany(part => part.Plan.Operations).SelectMany(operation => operation.Vectors).Sum(vector => vector.Count));

    /// <summary>Bytes of weights that a decoded token reads: layers and head, and one row of the embedding.</summary>
    public static long PerToken(LanguageModel model, Checkpoint checkpoint) =>
        model.Program.Kernels.Sum(kernel => kernel.Bytes) + OfEmbeddingRow(model, checkpoint);

    private static long OfEmbedding(LanguageModel model, Checkpoint checkpoint) => checkpoint.Tensors.Values
        .Where(tensor => tensor.Name.StartsWith(model.Plan.Embedding + ".", StringComparison.Ordinal)).Sum(tensor => tensor.ByteLength);
}
