using System.Globalization;
using System.Runtime.Intrinsics.X86;

namespace DecoupleQ.Hardware.Limits;

/// <summary>Cores rather than hardware threads: two threads of a core share its vector units and its way to memory.</summary>
internal static class ProcessorCores
{
    /// <summary>
    /// Threads to work with where none are asked for: one a core, within the container's quota, but two where there is one core that runs two.
    /// </summary>
    public static int DefaultThreads { get; } = ThreadsFor(Physical() ?? Guess(), Environment.ProcessorCount);

    /// <summary>The threads for so many cores.</summary>
    /// <param name="cores">Cores that the process may run on.</param>
    /// <param name="logical">Hardware threads that it may use at once: .NET has rounded a quota up, and regards the affinity.</param>
    public static int ThreadsFor(int cores, int logical) => Math.Clamp(cores, Math.Min(2, logical), logical);

    /// <summary>Cores that Linux lets the process run on; null if it does not tell.</summary>
    /// <param name="status">The file that lists the processors allowed.</param>
    /// <param name="processors">The folder that describes them.</param>
    public static int? Physical(string status = "/proc/self/status", string processors = "/sys/devices/system/cpu")
    {
        const string Allowed = "Cpus_allowed_list:";
        if (Array.Find(ControlGroup.Lines(status), l => l.StartsWith(Allowed, StringComparison.Ordinal)) is not string line)
        {
            return null;
        }
        // A core is known by the list of its hardware threads, as in "0,32".
        var cores = new HashSet<string>();
        foreach (int processor in Numbers(line[Allowed.Length..]))
        {
            string folder = $"{processors}/cpu{processor.ToString(CultureInfo.InvariantCulture)}/topology";
            if (ControlGroup.Lines(folder + "/thread_siblings_list") is not [string siblings, ..])
            {
                return null;
            }
            cores.Add(siblings);
        }
        return cores.Count > 0 ? cores.Count : null;
    }

    /// <summary>By what x64 processors say of themselves; others are taken to have one thread a core.</summary>
    private static int Guess()
    {
        const int Topology = 0xB;
        int logical = Environment.ProcessorCount;
        if (!X86Base.IsSupported || X86Base.CpuId(0, 0).Eax < Topology)
        {
            return logical;
        }
        int threads = X86Base.CpuId(Topology, 0).Ebx & 0xFFFF;
        return threads > 1 ? (logical + threads - 1) / threads : logical;
    }

    // As in " 0-3,8,10-11".
    private static IEnumerable<int> Numbers(string list)
    {
        foreach (string part in list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            string[] ends = part.Split('-');
            if (int.TryParse(ends[0], CultureInfo.InvariantCulture, out int first) && int.TryParse(ends[^1], CultureInfo.InvariantCulture, out int last))
            {
                for (int number = first; number <= last; number++)
                {
                    yield return number;
                }
            }
        }
    }
}
