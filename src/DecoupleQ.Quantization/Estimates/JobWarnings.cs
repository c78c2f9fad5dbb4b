using DecoupleQ.Hardware;

namespace DecoupleQ.Quantization.Estimates;

/// <summary>What there is not enough of for a job.</summary>
internal static class JobWarnings
{
    /// <summary>A sentence each; usually none.</summary>
    /// <param name="peak">The job's memory.</param>
    /// <param name="memory">The machine's.</param>
    /// <param name="disk">What the job writes.</param>
    /// <param name="present">Bytes of that which an interrupted job has written already.</param>
    public static IReadOnlyList<string> Of(MemoryMoment peak, MachineMemory memory, DiskEstimate disk, long present)
    {
        var warnings = new List<string>();
        if (peak.Bytes > memory.AvailableBytes)
        {
            string remedy = peak.Phase == JobMemory.GenerationPhase ? "--calibration builtin, or a text, spares running the whole model"
                : peak.Parts.Any(part => part.Name == JobMemory.ActivationsPart)
                ? "--memory-budget lets activations spill to files"
                : "it needs a machine with more";
            warnings.Add($"The job takes about {Megabytes(peak.Bytes)} MB of memory, and {Megabytes(memory.AvailableBytes)} MB are available: {remedy}.");
        }
        long written = disk.PeakBytes - present;
        if (disk.FreeBytes is long free && written > free)
        {
            warnings.Add($"The job writes about {Megabytes(written)} MB, and the disk has {Megabytes(free)} MB free.");
        }
        return warnings;
    }

    private static long Megabytes(long bytes) => (bytes + 500_000) / 1_000_000;
}
