using DecoupleQ.Kernels.Simd;

namespace DecoupleQ.Inference.States;

/// <summary>Keys and values of 64 positions of one attention, on cache lines that do not move.</summary>
internal sealed unsafe class Page(int bytes)
{
    private readonly AlignedArray<byte> _memory = new(bytes);

    /// <summary>Sequences, forks and snapshots that hold the page.</summary>
    public int References;

    /// <summary>Its size.</summary>
    public int Bytes => bytes;

    /// <summary>Its memory; valid while the page is held.</summary>
    public byte* Memory => _memory.Pointer;

    /// <summary>Copies another of the same size.</summary>
    public void CopyFrom(Page other) => new ReadOnlySpan<byte>(other.Memory, bytes).CopyTo(new Span<byte>(Memory, bytes));
}
