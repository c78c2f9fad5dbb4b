using DecoupleQ.Checkpoints;
using DecoupleQ.ModelFiles;
using DecoupleQ.Models.Architectures;
using DecoupleQ.Models.Plans;
using DecoupleQ.Pilot.Ladders;
using DecoupleQ.Pilot.Results;

namespace DecoupleQ.Pilot.Feasibility;

/// <summary>What a dense model is, by its headers: no weight is read.</summary>
/// <param name="Path">Its folder or file.</param>
/// <param name="Model">What a page says of it.</param>
/// <param name="Weights">How many weights of which kind it has.</param>
public sealed record DenseModel(string Path, PilotModel Model, WeightCounts Weights)
{
    /// <summary>Bytes of weights that a decoded token reads: layers, head, and a row of the embedding.</summary>
    internal long TokenBytes { get; private init; }

    /// <summary>Weights that a decoded token is multiplied with: those of layers and head.</summary>
    internal long MultiplyAdds { get; private init; }

    /// <summary>Bytes of keys and values of a token, in 16 bits.</summary>
    internal long KeyValueBytes { get; private init; }

    /// <summary>Of a stored model.</summary>
    /// <exception cref="DecoupleQException">It cannot be used; it says why.</exception>
    public static DenseModel Of(string path)
    {
        using Checkpoint checkpoint = CheckpointFiles.Open(path);
        return Of(checkpoint);
    }

    /// <summary>Of an open model.</summary>
    /// <exception cref="DecoupleQException">Its family is not supported, or its tensors are not those that its config describes.</exception>
    internal static DenseModel Of(Checkpoint checkpoint)
    {
        ModelPlan plan = Architecture.Plan(checkpoint);
        new WeightReader(checkpoint).Check(plan);
        var modules = new Dictionary<string, long>();
        foreach (TensorInfo tensor in checkpoint.Tensors.Values)
        {
            string module = tensor.Name[..Math.Max(0, tensor.Name.LastIndexOf('.'))];
            modules[module] = modules.GetValueOrDefault(module) + tensor.ByteLength;
        }
        int bytes = checkpoint.Tensors.Values.Where(tensor => tensor.Shape.Count == 2).Max(tensor => tensor.Type.Size());
        string name = System.IO.Path.GetFileName(System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(checkpoint.Path)));
        return Of(
            checkpoint.Path, name, plan, 8 * bytes, checkpoint.Tensors.Values.Sum(tensor => tensor.ByteLength), module => modules.GetValueOrDefault(module));
    }

    /// <summary>Of a plan alone, with all weights in 16 bits.</summary>
    internal static DenseModel Of(string name, ModelPlan plan)
    {
        const int Bits = 16, Bytes = Bits / 8;
        var weights = plan.Blocks.SelectMany((block, i) => block.Linears.Select(layer => (Module: plan.BlockPrefix(i) + layer.Module, Count: Count(layer))))
            .ToDictionary(layer => layer.Module, layer => layer.Count);
        return Of(name, name, plan, Bits, plan.Parameters * Bytes, module => Bytes * weights.GetValueOrDefault(module, (long)plan.VocabularySize * plan.Width));
    }

    private static DenseModel Of(string path, string name, ModelPlan plan, int storedBits, long bytes, Func<string, long> bytesOf)
    {
        LinearOperation[] layers = [.. plan.Blocks.SelectMany(block => block.Linears)];
        long table = (long)plan.VocabularySize * plan.Width, head = plan.HeadIsEmbedding ? 0 : table, inLayers = layers.Sum(Count);
        long layerBytes = plan.Blocks.Select((block, i) => block.Linears.Sum(layer => bytesOf(plan.BlockPrefix(i) + layer.Module))).Sum();
        long headBytes = bytesOf(plan.HeadIsEmbedding ? plan.Embedding : plan.Head);
        var weights = new WeightCounts
        {
            Layers = inLayers,
            Rows = layers.Sum(layer => (long)layer.Output.Width),
            Inputs = [.. layers.Select(layer => layer.Input.Width).Distinct().Order()],
            Embedding = table,
            Head = head,
            Width = plan.Width,
            Others = plan.Parameters - inLayers - table - head,
            StoredBits = storedBits,
        };
        return new DenseModel(
            path, new PilotModel(name, plan.Architecture, plan.Parameters, (double)layerBytes / bytes, bytes, plan.ContextLength), weights)
        {
            TokenBytes = layerBytes + headBytes + (bytesOf(plan.Embedding) / plan.VocabularySize),
            MultiplyAdds = inLayers + table,
            KeyValueBytes = sizeof(short) * plan.Blocks.SelectMany(block => block.Operations).Sum(operation => (long)operation.KeptNumbers),
        };
    }

    private static long Count(LinearOperation layer) => (long)layer.Input.Width * layer.Output.Width;
}
