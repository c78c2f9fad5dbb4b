using System.Diagnostics;

namespace DecoupleQ.Quantization.Jobs;

/// <summary>The process's memory as the operating system counts it.</summary>
public static class ResidentMemory
{
    /// <summary>Bytes that may be left behind before they are collected.</summary>
    internal const long Garbage = 32 << 20;

    // Bytes that the process had allocated at the last collection here.
    private static long _collected;

    /// <summary>Bytes of the resident set.</summary>
    public static long Now() => Environment.WorkingSet;

    /// <summary>Bytes of the peak resident set since the process started; 0 where the system does not tell.</summary>
    public static long Peak()
    {
        using Process process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }

    /// <summary>
    /// Collects what the steps of a job left behind, once it is worth it. Their arrays are large: until the collector comes by itself, which is late where the
    /// machine has much memory, those of several steps would add up to a peak that nothing bounds.
    /// </summary>
    internal static void Trim()
    {
        long allocated = GC.GetTotalAllocatedBytes();
        if (allocated - Interlocked.Read(ref _collected) >= Garbage)
        {
            GC.Collect();
            Interlocked.Exchange(ref _collected, allocated);
        }
    }
}
