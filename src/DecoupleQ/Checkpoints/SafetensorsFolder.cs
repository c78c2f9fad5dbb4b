using DecoupleQ.Tensors;

namespace DecoupleQ.Checkpoints;

/// <summary>The tensors of a Hugging Face folder: <c>model.safetensors</c>, or an index and its shards.</summary>
internal sealed class SafetensorsFolder : ITensorSource
{
    /// <summary>The file of a model that is in one.</summary>
    public const string SingleFile = "model.safetensors";

    private readonly string _folder;
    private readonly List<SafetensorsFile> _files = [];
    private readonly Dictionary<string, SafetensorsFile> _fileOf = [];
    private readonly Dictionary<string, TensorInfo> _tensors = [];

    private SafetensorsFolder(string folder) => _folder = folder;

    public IReadOnlyDictionary<string, TensorInfo> Tensors => _tensors;

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
                source.Add(single, access);
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

    public WeightMatrix ReadMatrix(string name) => FileOf(name).ReadMatrix(name);

    public AffineMatrix ReadBlocks(string name) => FileOf(name).ReadBlocks(name);

    public float[] ReadFloats(string name) => FileOf(name).ReadFloats(name);

    public ReadOnlyMemory<uint> ReadWords(string name) => FileOf(name).ReadWords(name);

    public long[] ReadIntegers(string name) => FileOf(name).ReadIntegers(name);

    public void CopyBytes(string name, Stream destination, CancellationToken cancellationToken) => FileOf(name).CopyBytes(name, destination, cancellationToken);

    public void Dispose()
    {
        foreach (SafetensorsFile file in _files)
        {
            file.Dispose();
        }
    }

    private void AddShards(string index, TensorAccess access)
    {
        IReadOnlyDictionary<string, string> shardOf = ShardIndex.Read(index);
        foreach (string shard in shardOf.Values.Distinct().Order(StringComparer.Ordinal))
        {
            string path = Path.Combine(_folder, shard);
            if (!File.Exists(path))
            {
                throw new DecoupleQException("The file is missing.", path, expected: $"a shard that {ShardIndex.FileName} names: complete the download");
            }
            Add(path, access);
        }
        foreach ((string tensor, string shard) in shardOf)
        {
            if (!_tensors.TryGetValue(tensor, out TensorInfo? info) || Path.GetFileName(info.File) != shard)
            {
                throw new DecoupleQException($"The index places the tensor in {shard}, which does not hold it.", index, tensor);
            }
        }
    }

    private void Add(string path, TensorAccess access)
    {
        SafetensorsFile file = SafetensorsFile.Open(path, access);
        _files.Add(file);
        foreach ((string name, TensorInfo info) in file.Tensors)
        {
            if (!_tensors.TryAdd(name, info))
            {
                throw new DecoupleQException($"The tensor is stored twice, also in {_tensors[name].File}.", path, name);
            }
            _fileOf.Add(name, file);
        }
    }

    private SafetensorsFile FileOf(string name) =>
        _fileOf.TryGetValue(name, out SafetensorsFile? file) ? file : throw new DecoupleQException("The tensor is missing.", _folder, name);

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
