using DecoupleQ.Tensors;

namespace DecoupleQ.Checkpoints;

/// <summary>The tensors of a Hugging Face folder: <c>model.safetensors</c>, or an index and its shards.</summary>
internal sealed class SafetensorsFolder : ITensorSource
{
    /// <summary>The file of a model that is in one.</summary>
    public const string SingleFile = "model.safetensors";

    private readonly string _folder;
    private readonly Dictionary<string, SafetensorsFile> _files = [];

    private SafetensorsFolder(string folder) => _folder = folder;

    public IReadOnlyDictionary<string, TensorInfo> Tensors { get; private set; } = new Dictionary<string, TensorInfo>();

    /// <summary>Opens the weights of <paramref name="folder"/>; every file is validated.</summary>
    /// <exception cref="DecoupleQException">There are no safetensors, or they are damaged or incomplete.</exception>
    public static SafetensorsFolder Open(string folder, TensorAccess access)
    {
        var source = new SafetensorsFolder(folder);
        try
        {
            string single = Path.Combine(folder, SingleFile), index = Path.Combine(folder, ShardIndex.FileName);
            // Where both are there the single file is used, as transformers does.
            if (File.Exists(single))
            {
                source.Tensors = source.Add(single, access).Tensors;
            }
            else if (File.Exists(index))
            {
                source.AddShards(index, access);
            }
            else
            {
                throw Missing(folder);
            }
            return source;
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    public void CheckUnchanged()
    {
        foreach (SafetensorsFile file in _files.Values)
        {
            file.CheckUnchanged();
        }
    }

    public WeightMatrix ReadMatrix(string name) => FileOf(name).ReadMatrix(name);

    public AffineMatrix ReadBlocks(string name) => FileOf(name).ReadBlocks(name);

    public float[] ReadFloats(string name) => FileOf(name).ReadFloats(name);

    public ReadOnlyMemory<uint> ReadWords(string name) => FileOf(name).ReadWords(name);

    public long[] ReadIntegers(string name) => FileOf(name).ReadIntegers(name);

    public void CopyBytes(string name, Stream destination, CancellationToken cancellationToken) => FileOf(name).CopyBytes(name, destination, cancellationToken);

    public void Dispose()
    {
        foreach (SafetensorsFile file in _files.Values)
        {
            file.Dispose();
        }
    }

    private void AddShards(string index, TensorAccess access)
    {
        var names = new HashSet<string>();
        ShardIndex.Read(index, (_, shard) => names.Add(shard));
        var tensors = new Dictionary<string, TensorInfo>();
        foreach (string name in names.Order(StringComparer.Ordinal))
        {
            string path = Path.Combine(_folder, name);
            if (!File.Exists(path))
            {
                throw new DecoupleQException("The file is missing.", path, expected: $"a shard that {ShardIndex.FileName} names: complete the download");
            }
            foreach ((string tensor, TensorInfo info) in Add(path, access).Tensors)
            {
                if (!tensors.TryAdd(tensor, info))
                {
                    throw new DecoupleQException($"The tensor is stored twice, also in {tensors[tensor].File}.", path, tensor);
                }
            }
        }
        // Once more, instead of holding a second name of every tensor meanwhile.
        var placed = new HashSet<TensorInfo>(tensors.Count, ReferenceEqualityComparer.Instance);
        ShardIndex.Read(index, (tensor, shard) =>
        {
            if (!tensors.TryGetValue(tensor, out TensorInfo? info) || !Path.GetFileName(info.File.AsSpan()).SequenceEqual(shard))
            {
                throw new DecoupleQException($"The index places the tensor in {shard}, which does not hold it.", index, tensor);
            }
            if (!placed.Add(info))
            {
                throw new DecoupleQException("The index places the tensor twice.", index, tensor);
            }
        });
        Tensors = tensors;
    }

    private SafetensorsFile Add(string path, TensorAccess access)
    {
        SafetensorsFile file = SafetensorsFile.Open(path, access);
        _files.Add(path, file);
        return file;
    }

    private SafetensorsFile FileOf(string name) =>
        Tensors.TryGetValue(name, out TensorInfo? info) ? _files[info.File] : throw new DecoupleQException("The tensor is missing.", _folder, name);

    private static DecoupleQException Missing(string folder)
    {
        string[] files = [.. Directory.EnumerateFiles(folder).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];
        string? pickle = files.FirstOrDefault(f => Path.GetExtension(f) is ".bin" or ".pth" or ".pt" or ".ckpt" or ".pkl");
        if (pickle is not null)
        {
            return new DecoupleQException(
                "Weights in Python's pickle format are not read, because loading them runs code.",
                Path.Combine(folder, pickle),
                expected: "safetensors; convert in Python with "
                    + "AutoModelForCausalLM.from_pretrained(FOLDER).save_pretrained(NEW_FOLDER, safe_serialization=True)");
        }
        return new DecoupleQException("The folder holds no weights.", folder, expected: $"{SingleFile}, or {ShardIndex.FileName} and its shards");
    }
}
