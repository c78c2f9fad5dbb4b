using System.Diagnostics;

namespace DecoupleQ.Quantization.Jobs;

/// <summary>The process's memory as the operating system counts it.</summary>
internal static class ResidentMemory
{
    /// <summary>Bytes of the peak resident set since the process started; 0 where the system does not tell.</summary>
    public static long Peak()
    {
        using Process process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }
}
