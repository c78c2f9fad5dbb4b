using System.Buffers;
using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;

namespace DecoupleQ.Storage;

/// <summary>A read-only mapping of a whole file, of which typed views are given out.</summary>
/// <remarks>
/// Disposing it unmaps the file: a view that is read afterwards throws an <see cref="ObjectDisposedException"/>. A view that is pinned keeps the mapping until
/// it is unpinned, so that code which may run while another thread disposes pins what it reads. A span that was taken before and not pinned must not be used
/// after, and a view must be reachable while a span of it is in use.
/// </remarks>
internal sealed class MappedFile : IDisposable
{
    private readonly MemoryMappedViewAccessor _view;
    private readonly SafeMemoryMappedViewHandle _handle;
    private readonly string _path;
    private readonly SafeFileHandle _file;
    private readonly long _length;
    private readonly DateTime _written;
    private volatile bool _isDisposed;

    /// <summary>Maps an open file.</summary>
    /// <param name="handle">The file; looked at by <see cref="ThrowIfChanged"/> for as long as it is open.</param>
    /// <param name="path">Its path, for errors.</param>
    /// <exception cref="DecoupleQException">It cannot be mapped.</exception>
    public MappedFile(SafeFileHandle handle, string path)
    {
        _path = path;
        _file = handle;
        _length = StoredFile.Length(handle, path);
        _written = File.GetLastWriteTimeUtc(handle);
        try
        {
            using var mapping = MemoryMappedFile.CreateFromFile(handle, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
            // The view outlives the mapping object.
            _view = mapping.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
            _handle = _view.SafeMemoryMappedViewHandle;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DecoupleQException($"The file cannot be mapped: {error.Message}", path, inner: error);
        }
    }

    /// <summary><paramref name="count"/> elements from byte <paramref name="offset"/> on; null if they are not aligned for <typeparamref name="T"/>.</summary>
    /// <exception cref="ObjectDisposedException">The file is unmapped.</exception>
    public ReadOnlyMemory<T>? View<T>(long offset, int count)
        where T : unmanaged
    {
        ThrowIfUnmapped();
        ThrowIfChanged();
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        unsafe
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(offset + ((long)count * sizeof(T)), _length);
            byte* address = (byte*)_handle.DangerousGetHandle() + offset;
            if ((nuint)address % (nuint)sizeof(T) != 0)
            {
                return null;
            }
            return new MappedMemory<T>(this, address, count).Memory;
        }
    }

    /// <summary>Refuses to go on with a file that was written to, or has become shorter or longer, since it was mapped.</summary>
    /// <remarks>
    /// What was mapped and is beyond the end of a file by now cannot be read: the system ends the process that tries, and .NET has no way to catch that. Nor
    /// are weights that were written over what was validated. So users ask before each step and between its stages.
    /// </remarks>
    /// <exception cref="DecoupleQException">It has changed.</exception>
    public void ThrowIfChanged()
    {
        if (_file.IsClosed)
        {
            return;
        }
        long length = StoredFile.Length(_file, _path);
        if (length != _length || File.GetLastWriteTimeUtc(_file) != _written)
        {
            throw new DecoupleQException(
                length == _length ? "The file was written to while it was in use." : $"The file had {_length} bytes, and has {length} while it is in use.",
                _path,
                expected: "files that nothing writes to while a model is loaded; put new ones beside them and rename")
            {
                IsModelFault = true,
            };
        }
    }

    public void Dispose()
    {
        _isDisposed = true;
        _view.Dispose();
    }

    private void ThrowIfUnmapped()
    {
        if (_isDisposed)
        {
            throw new ObjectDisposedException(_path, $"{_path} is closed: what was read from it belonged to a checkpoint or model that is disposed.");
        }
    }

    private sealed unsafe class MappedMemory<T>(MappedFile file, byte* address, int count) : MemoryManager<T>
        where T : unmanaged
    {
        public override Span<T> GetSpan()
        {
            file.ThrowIfUnmapped();
            return new(address, count);
        }

        public override MemoryHandle Pin(int elementIndex = 0)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)elementIndex, (uint)count);
            file.ThrowIfUnmapped();
            bool added = false;
            file._handle.DangerousAddRef(ref added);
            return new MemoryHandle((T*)address + elementIndex, pinnable: this);
        }

        public override void Unpin() => file._handle.DangerousRelease();

        protected override void Dispose(bool disposing)
        {
        }
    }
}
