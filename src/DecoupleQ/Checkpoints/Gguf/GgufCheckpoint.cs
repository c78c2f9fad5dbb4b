using System.Globalization;
using System.Text.Json.Nodes;

namespace DecoupleQ.Checkpoints.Gguf;

/// <summary>Opens GGUF models as checkpoints in the terms of Hugging Face.</summary>
internal static class GgufCheckpoint
{
    private const string BlockPrefix = "blk.";

    /// <summary>Opens the model in a GGUF file, or in the shards of which it is one.</summary>
    /// <param name="path">The file.</param>
    /// <param name="access">How weights are brought into memory.</param>
    /// <exception cref="DecoupleQException">A file is missing, damaged, or holds what is not understood.</exception>
    public static Checkpoint Open(string path, TensorAccess access)
    {
        IReadOnlyList<GgufFile> files = GgufShards.Open(path, access);
        try
        {
            GgufMetadata metadata = files[0].Metadata;
            GgufArchitecture architecture = GgufArchitecture.Of(metadata);
            GgufHyperparameters sizes = GgufHyperparameters.Read(metadata, architecture.Name + ".");
            Dictionary<string, (GgufFile File, GgufTensor Tensor)> stored = Collect(files);
            float[]? divisors = stored.TryGetValue(GgufRotary.DivisorsTensor, out (GgufFile File, GgufTensor Tensor) found)
                ? ReadDivisors(found.File, found.Tensor, sizes)
                : null;
            JsonObject config = GgufConfig.Create(metadata, architecture, sizes, stored.ToDictionary(t => t.Key, t => t.Value.Tensor), divisors);
            IEnumerable<GgufSourceTensor> tensors = stored.Values
                .Where(entry => entry.Tensor.Name != GgufRotary.DivisorsTensor)
                .Select(entry => Map(entry.File, entry.Tensor, architecture, sizes));
            return new Checkpoint(path, new GgufTensorSource(files, tensors), config, files[0].Path)
            {
                Warnings = [.. GgufWarnings.Of(metadata), .. GgufGeneralKeys.Check(metadata, architecture.Name + ".")],
            };
        }
        catch
        {
            foreach (GgufFile file in files)
            {
                file.Dispose();
            }
            throw;
        }
    }

    private static Dictionary<string, (GgufFile File, GgufTensor Tensor)> Collect(IReadOnlyList<GgufFile> files)
    {
        var stored = new Dictionary<string, (GgufFile File, GgufTensor Tensor)>();
        foreach (GgufFile file in files)
        {
            foreach (GgufTensor tensor in file.Header.Tensors.Values)
            {
                if (!stored.TryAdd(tensor.Name, (file, tensor)))
                {
                    throw new DecoupleQException($"The tensor is stored twice, also in {stored[tensor.Name].File.Path}.", file.Path, tensor.Name);
                }
            }
        }
        return stored;
    }

    private static float[] ReadDivisors(GgufFile file, GgufTensor tensor, GgufHyperparameters sizes)
    {
        if (tensor.Type.Element is null || tensor.Shape is not [long count] || count != sizes.HeadSize / 2)
        {
            throw new DecoupleQException(
                $"The tensor is {tensor.Type.Name} {TensorTypes.Describe(tensor.Shape)}.", file.Path, tensor.Name,
                $"{sizes.HeadSize / 2} floats, half the size of a head");
        }
        var stored = new byte[tensor.ByteLength];
        file.ReadBytes(tensor, 0, stored);
        var divisors = new float[count];
        tensor.Type.ToFloats(stored, divisors);
        return divisors;
    }

    private static GgufSourceTensor Map(GgufFile file, GgufTensor tensor, GgufArchitecture architecture, GgufHyperparameters sizes)
    {
        int dot = tensor.Name.LastIndexOf('.');
        (string module, string part) = dot < 0 ? (tensor.Name, "") : (tensor.Name[..dot], tensor.Name[(dot + 1)..]);
        if (part is not ("weight" or "bias") || HuggingFaceModule(module, architecture, sizes) is not string name)
        {
            throw new DecoupleQException(
                $"The tensor has no place in a {architecture.Name} model of {sizes.Blocks} blocks.", file.Path, tensor.Name,
                "only tensors of the architecture");
        }
        return new GgufSourceTensor($"{name}.{part}", file, tensor, Rows(file, tensor, module, architecture, sizes));
    }

    private static string? HuggingFaceModule(string module, GgufArchitecture architecture, GgufHyperparameters sizes)
    {
        switch (module)
        {
            case "token_embd":
                return "model.embed_tokens";
            case "output_norm":
                return "model.norm";
            case "output":
                return "lm_head";
        }
        if (!module.StartsWith(BlockPrefix, StringComparison.Ordinal))
        {
            return null;
        }
        string inBlock = module[BlockPrefix.Length..];
        int dot = inBlock.IndexOf('.');
        // A number in another spelling, as in blk.00, would name a block twice.
        return dot > 0
            && int.TryParse(inBlock[..dot], NumberStyles.None, CultureInfo.InvariantCulture, out int block)
            && block < sizes.Blocks
            && block.ToString(CultureInfo.InvariantCulture) == inBlock[..dot]
            && architecture.BlockModules.TryGetValue(inBlock[(dot + 1)..], out string? path)
                ? $"model.layers.{block}.{path}"
                : null;
    }

    private static InterleavedRows? Rows(GgufFile file, GgufTensor tensor, string module, GgufArchitecture architecture, GgufHyperparameters sizes)
    {
        bool query = module.EndsWith(".attn_q", StringComparison.Ordinal), key = module.EndsWith(".attn_k", StringComparison.Ordinal);
        if (!architecture.InterleavesQueriesAndKeys || !(query || key))
        {
            return null;
        }
        int heads = query ? sizes.Heads : sizes.KeyValueHeads;
        return tensor.Shape.Count <= 2 && tensor.Shape[0] == (long)heads * sizes.HeadSize
            ? new InterleavedRows(sizes.HeadSize)
            : throw new DecoupleQException(
                $"The tensor is {TensorTypes.Describe(tensor.Shape)}.", file.Path, tensor.Name,
                $"{(long)heads * sizes.HeadSize} rows, for {heads} heads of {sizes.HeadSize}");
    }
}
