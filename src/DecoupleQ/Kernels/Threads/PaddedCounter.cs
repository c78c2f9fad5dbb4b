using System.Runtime.InteropServices;

namespace DecoupleQ.Kernels.Threads;

/// <summary>A counter that threads contend for, on cache lines of its own wherever it lies.</summary>
[StructLayout(LayoutKind.Explicit, Size = 256)]
internal struct PaddedCounter
{
    [FieldOffset(128)]
    public int Value;
}
