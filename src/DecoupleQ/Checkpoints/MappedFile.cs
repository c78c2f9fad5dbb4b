using System.Buffers;
using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;

namespace DecoupleQ.Checkpoints;

/// <summary>A read-only mapping of a whole file, of which typed views are given out.</summary>
/// <remarks>
/// A view holds the mapping by reference, so memory that outlives <see cref="Dispose"/> stays valid: the mapping ends with the last view
/// (or at once, if there is none). As with any native memory, the view must be reachable while a span of it is in use.
/// </remarks>
internal sealed class MappedFile : IDisposable
{
    private readonly MemoryMappedViewAccessor _view;
    private readonly long _length;
    private bool _shared;

    public MappedFile(SafeFileHandle handle, string path)
    {
        try
        {
            using var mapping = MemoryMappedFile.CreateFromFile(handle, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
            // The view outlives the mapping object.
            _view = mapping.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DecoupleQException($"The file cannot be mapped: {error.Message}", path, inner: error);
        }
        _length = StoredFile.Length(handle, path);
    }

    /// <summary><paramref name="count"/> elements from byte <paramref name="offset"/> on; null if they are not aligned for <typeparamref name="T"/>.</summary>
    public ReadOnlyMemory<T>? View<T>(long offset, int count)
        where T : unmanaged
    {
        ObjectDisposedException.ThrowIf(!_view.CanRead, this);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        unsafe
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(offset + ((long)count * sizeof(T)), _length);
            byte* address = (byte*)_view.SafeMemoryMappedViewHandle.DangerousGetHandle() + offset;
            if ((nuint)address % (nuint)sizeof(T) != 0)
            {
                return null;
            }
            _shared = true;
            return new MappedMemory<T>(_view, address, count).Memory;
        }
    }

    public void Dispose()
    {
        if (!_shared)
        {
            _view.Dispose();
        }
    }

    private sealed unsafe class MappedMemory<T>(MemoryMappedViewAccessor view, byte* address, int count) : MemoryManager<T>
        where T : unmanaged
    {
        // Never read: it keeps the mapping from being finalized while this memory is reachable.
        private readonly MemoryMappedViewAccessor _view = view;

        public override Span<T> GetSpan() => new(address, count);

        public override MemoryHandle Pin(int elementIndex = 0)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)elementIndex, (uint)count);
            // The mapping does not move; passing this keeps it reachable for as long as the handle is.
            return new MemoryHandle((T*)address + elementIndex, pinnable: this);
        }

        public override void Unpin()
        {
        }

        protected override void Dispose(bool disposing)
        {
        }
    }
}
