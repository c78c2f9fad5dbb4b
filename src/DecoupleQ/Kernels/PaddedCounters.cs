using System.Runtime.InteropServices;

namespace DecoupleQ.Kernels;

/// <summary>What the members of <see cref="Workers"/> contend for, each on cache lines of its own.</summary>
[StructLayout(LayoutKind.Explicit, Size = 6 * 128)]
internal struct PaddedCounters
{
    /// <summary>Members inside the current loop, or -1 between loops.</summary>
    [FieldOffset(0 * 128)]
    public int Gate;

    /// <summary>Number of loops started so far: what idle members watch.</summary>
    [FieldOffset(1 * 128)]
    public int Epoch;

    /// <summary>The next item.</summary>
    [FieldOffset(2 * 128)]
    public int Next;

    /// <summary>1 while a loop runs.</summary>
    [FieldOffset(3 * 128)]
    public int Busy;

    /// <summary>Members asleep.</summary>
    [FieldOffset(4 * 128)]
    public int Sleepers;

    /// <summary>1 while the caller sleeps until the members have left.</summary>
    [FieldOffset(5 * 128)]
    public int CallerSleeps;
}
