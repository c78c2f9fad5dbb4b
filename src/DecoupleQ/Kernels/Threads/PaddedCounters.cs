using System.Runtime.InteropServices;

namespace DecoupleQ.Kernels.Threads;

/// <summary>What the members of <see cref="Workers"/> contend for, each on cache lines of its own.</summary>
[StructLayout(LayoutKind.Explicit, Size = 6 * 128)]
internal struct PaddedCounters
{
    /// <summary>The next item.</summary>
    [FieldOffset(1 * 128)]
    public int Next;

    /// <summary>1 while a loop runs.</summary>
    [FieldOffset(2 * 128)]
    public int Busy;

    /// <summary>Members asleep.</summary>
    [FieldOffset(3 * 128)]
    public int Sleepers;

    /// <summary>1 while the caller sleeps until the members have left.</summary>
    [FieldOffset(4 * 128)]
    public int CallerSleeps;

    /// <summary>Members not asleep.</summary>
    [FieldOffset(5 * 128)]
    public int Awake;
}
