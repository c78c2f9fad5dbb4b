using System.Runtime.InteropServices;
using DecoupleQ.Checkpoints;
using DecoupleQ.Storage;
using Microsoft.Win32.SafeHandles;

namespace DecoupleQ.Quantization.Calibration;

/// <summary>One value of a block for a number of sequences: sequences x (tokens x width), in memory or in a file.</summary>
internal abstract class ActivationStore : IDisposable
{
    protected ActivationStore(int sequences, int tokens, int width)
    {
        Sequences = sequences;
        Width = width;
        Length = checked(tokens * width);
    }

    /// <summary>Number of sequences.</summary>
    public int Sequences { get; }

    /// <summary>Numbers a token.</summary>
    public int Width { get; }

    /// <summary>Numbers a sequence.</summary>
    protected int Length { get; }

    /// <summary>Copies a sequence out, to the beginning of <paramref name="destination"/>.</summary>
    public abstract void Read(int sequence, Span<float> destination);

    /// <summary>Puts a sequence in, from the beginning of <paramref name="source"/>.</summary>
    public abstract void Write(int sequence, ReadOnlySpan<float> source);

    public virtual void Dispose()
    {
    }
}

/// <summary>Activations in memory.</summary>
internal sealed class MemoryActivationStore : ActivationStore
{
    private readonly float[][] _sequences;

    public MemoryActivationStore(int sequences, int tokens, int width)
        : base(sequences, tokens, width)
    {
        _sequences = new float[sequences][];
        for (int i = 0; i < sequences; i++)
        {
            _sequences[i] = new float[Length];
        }
    }

    public override void Read(int sequence, Span<float> destination) => _sequences[sequence].CopyTo(destination);

    public override void Write(int sequence, ReadOnlySpan<float> source) => source[..Length].CopyTo(_sequences[sequence]);
}

/// <summary>Activations in a file that goes with the store. Plain reads and writes: mapped pages would count as resident.</summary>
internal sealed class FileActivationStore : ActivationStore
{
    private readonly string _path;
    private readonly SafeFileHandle _file;

    /// <exception cref="DecoupleQException">The file cannot be created: the disk is full, or not writable.</exception>
    public FileActivationStore(DurableWriter disk, string path, int sequences, int tokens, int width)
        : base(sequences, tokens, width)
    {
        _path = path;
        try
        {
            _file = disk.CreateScratch(path, SequenceBytes * sequences);
        }
        catch (Exception error) when (WriteErrors.Is(error))
        {
            throw Unusable(error);
        }
    }

    private long SequenceBytes => (long)Length * sizeof(float);

    public override void Read(int sequence, Span<float> destination)
    {
        Span<byte> bytes = MemoryMarshal.AsBytes(destination[..Length]);
        long offset = sequence * SequenceBytes;
        try
        {
            while (!bytes.IsEmpty)
            {
                int read = RandomAccess.Read(_file, bytes, offset);
                if (read == 0)
                {
                    throw new EndOfStreamException();
                }
                bytes = bytes[read..];
                offset += read;
            }
        }
        catch (Exception error) when (WriteErrors.Is(error))
        {
            throw Unusable(error);
        }
    }

    public override void Write(int sequence, ReadOnlySpan<float> source)
    {
        try
        {
            RandomAccess.Write(_file, MemoryMarshal.AsBytes(source[..Length]), sequence * SequenceBytes);
        }
        catch (Exception error) when (WriteErrors.Is(error))
        {
            throw Unusable(error);
        }
    }

    public override void Dispose() => _file.Dispose();

    private DecoupleQException Unusable(Exception error) => new(
        $"Activations cannot be kept in a file: {error.Message}", _path,
        expected: "room on the disk, or a larger --memory-budget; then continue with --resume", inner: error);
}
