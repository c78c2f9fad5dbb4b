using DecoupleQ.Storage;
using Microsoft.Win32.SafeHandles;

namespace DecoupleQ.Checkpoints.Gguf;

/// <summary>One GGUF file: its validated header, and the stored bytes of its tensors.</summary>
internal sealed class GgufFile : IDisposable
{
    private readonly SafeFileHandle _handle;
    private readonly MappedFile? _mapping;

    private GgufFile(string path, SafeFileHandle handle, TensorAccess access)
    {
        Path = path;
        _handle = handle;
        IsRun = access != TensorAccess.Read;
        Header = GgufHeader.Read(handle, path);
        _mapping = access == TensorAccess.Mapped && FileSystems.IsLocal(path) ? new MappedFile(handle, path) : null;
    }

    public string Path { get; }

    /// <summary>Whether tensors are delivered as they are run, and not as they are quantized.</summary>
    public bool IsRun { get; }

    public GgufHeader Header { get; }

    public GgufMetadata Metadata => Header.Metadata;

    /// <summary>Opens <paramref name="path"/> and validates its header.</summary>
    /// <exception cref="DecoupleQException">The file is missing or not a valid GGUF file.</exception>
    public static GgufFile Open(string path, TensorAccess access)
    {
        SafeFileHandle handle = StoredFile.Open(path, FileKind.Weights);
        try
        {
            return new GgufFile(path, handle, access);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Refuses to go on where the file is mapped and has changed.</summary>
    /// <exception cref="DecoupleQException">It has.</exception>
    public void CheckUnchanged() => _mapping?.ThrowIfChanged();

    /// <summary>Reads stored bytes of <paramref name="tensor"/> from its byte <paramref name="offset"/> on.</summary>
    public void ReadBytes(GgufTensor tensor, long offset, Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset + destination.Length, tensor.ByteLength, nameof(offset));
        StoredFile.ReadExactly(_handle, Path, destination, tensor.Offset + offset);
    }

    /// <summary>The elements of <paramref name="tensor"/> in the mapped file; null if it is not mapped, or they are not aligned in memory.</summary>
    public ReadOnlyMemory<T>? View<T>(GgufTensor tensor)
        where T : unmanaged => _mapping?.View<T>(tensor.Offset, checked((int)tensor.Count));

    public void Dispose()
    {
        _mapping?.Dispose();
        _handle.Dispose();
    }
}
