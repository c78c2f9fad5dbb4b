using System.Globalization;
using DecoupleQ.Hardware.Limits;

namespace DecoupleQ.Hardware;

/// <summary>The memory that a process here may have.</summary>
/// <param name="TotalBytes">Of the machine, or of the container if that has less.</param>
/// <param name="AvailableBytes">What can be used now without pushing out others.</param>
/// <param name="ContainerLimitBytes">The container's limit; null if there is none below the machine's memory.</param>
/// <param name="HeapLimitBytes">What .NET allows its heap: all, but by default three quarters of a container's limit.</param>
public sealed record MachineMemory(long TotalBytes, long AvailableBytes, long? ContainerLimitBytes, long HeapLimitBytes)
{
    /// <summary>What the system says now.</summary>
    public static MachineMemory Now()
    {
        long heap = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        (long total, long available) = OperatingSystem.IsLinux() ? MemoryInfo(heap) : FromRuntime(heap);
        (long limit, long used) = OperatingSystem.IsLinux() ? ControlGroup.Memory() : (long.MaxValue, 0);
        return limit < total
            ? new MachineMemory(limit, Math.Min(available, Math.Max(0, limit - used)), limit, heap)
            : new MachineMemory(total, available, null, heap);
    }

    private static (long Total, long Available) FromRuntime(long heap)
    {
        // What the runtime knows is of its last collection; before the first it knows nothing.
        GC.Collect(0);
        GCMemoryInfo info = GC.GetGCMemoryInfo();
        return (heap, Math.Max(0, heap - info.MemoryLoadBytes));
    }

    private static (long Total, long Available) MemoryInfo(long heap)
    {
        long total = heap, available = heap;
        foreach (string line in ControlGroup.Lines("/proc/meminfo"))
        {
            // As in "MemAvailable:   23811184 kB".
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 3 && long.TryParse(words[1], CultureInfo.InvariantCulture, out long kibibytes))
            {
                total = words[0] == "MemTotal:" ? kibibytes << 10 : total;
                available = words[0] == "MemAvailable:" ? kibibytes << 10 : available;
            }
        }
        return (total, available);
    }
}
