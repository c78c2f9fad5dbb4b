using System.Runtime.InteropServices;

namespace DecoupleQ.Kernels.Threads;

/// <summary>A branch of the team's tree: what a few members share with the caller, each on cache lines of its own.</summary>
[StructLayout(LayoutKind.Explicit, Size = 3 * 128)]
internal struct MemberGroup
{
    /// <summary>Members that share one: so many contend for a cache line, however many threads the team has.</summary>
    public const int Size = 8;

    /// <summary>A gate between loops.</summary>
    public const int Closed = -1;

    /// <summary>The group's members inside the current loop, or <see cref="Closed"/>.</summary>
    [FieldOffset(1 * 128)]
    public int Gate;

    /// <summary>Number of loops started so far: what idle members watch.</summary>
    [FieldOffset(2 * 128)]
    public int Epoch;

    /// <summary>Lets members in and calls them.</summary>
    public void Open()
    {
        Volatile.Write(ref Gate, 0);
        Volatile.Write(ref Epoch, Epoch + 1);
    }

    /// <summary>Lets no more members in, if none is inside.</summary>
    public bool TryClose() => Interlocked.CompareExchange(ref Gate, Closed, 0) == 0;

    /// <summary>Takes a member in; false if it comes too late.</summary>
    public bool TryEnter()
    {
        while (true)
        {
            int gate = Volatile.Read(ref Gate);
            if (gate == Closed)
            {
                return false;
            }
            if (Interlocked.CompareExchange(ref Gate, gate + 1, gate) == gate)
            {
                return true;
            }
        }
    }

    /// <summary>Lets a member out; true if it was the last one.</summary>
    public bool Leave() => Interlocked.Decrement(ref Gate) == 0;
}
