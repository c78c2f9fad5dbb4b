using System.Diagnostics;
using DecoupleQ.Hardware;
using DecoupleQ.Quantization.Jobs;
using DecoupleQ.Quantization.Outputs;
using DecoupleQ.Quantization.Settings;

namespace DecoupleQ.Quantization.Estimates;

/// <summary>What a job would take, before anything of it is done.</summary>
/// <param name="Output">The folder that it would write.</param>
/// <param name="Memory">Memory at its peak.</param>
/// <param name="Disk">Room on the disk.</param>
/// <param name="Seconds">Time by phase.</param>
/// <param name="BitsPerWeight">Stored bits over weights.</param>
/// <param name="DenseBytes">Bytes of the dense model's tensors.</param>
/// <param name="OutputBytes">Bytes of the packed model's tensors.</param>
/// <param name="Blocks">Blocks to quantize.</param>
/// <param name="FinishedBlocks">Of those, blocks that an interrupted job finished and that would not be done again.</param>
/// <param name="Layers">Layers to quantize, in all blocks.</param>
/// <param name="Machine">The speed that times are reckoned from.</param>
/// <param name="Warnings">What there is not enough of or may not be as it was meant, in words; usually none.</param>
public sealed record JobEstimate(
    string Output,
    MemoryEstimate Memory,
    DiskEstimate Disk,
    PhaseSeconds Seconds,
    BitsPerWeight BitsPerWeight,
    long DenseBytes,
    long OutputBytes,
    int Blocks,
    int FinishedBlocks,
    int Layers,
    MachineSpeed Machine,
    IReadOnlyList<string> Warnings)
{
    /// <summary>Estimates a job. Reads the model's headers, the calibration data and a matrix; writes nothing.</summary>
    /// <remarks>
    /// The size is exact but for layers whose scales need F32 and for digits in the report. Memory and time rest on the shapes, on what the steps of the method
    /// were measured to take, and on the speed of this machine.
    /// </remarks>
    /// <param name="options">The job.</param>
    /// <param name="speed">Of this machine with the job's threads; null to measure it, which takes about a second.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="DecoupleQException">The job would be refused; as the job says it.</exception>
    public static JobEstimate Of(QuantizationOptions options, MachineSpeed? speed = null, CancellationToken cancellationToken = default)
    {
        long start = Stopwatch.GetTimestamp();
        OutputFolder.Check(QuantizationJob.Request(options), cancellationToken);
        using JobInput input = JobInput.Open(options, cancellationToken);
        double loading = Stopwatch.GetElapsedTime(start).TotalSeconds;
        string partial = OutputFolder.WorkOf(options.Output).Path;
        int finished = input.FindJournal(partial, cancellationToken)?.Blocks.Count ?? 0;

        OutputSize size = OutputSize.Of(input);
        var memory = JobMemory.Of(JobShape.Of(input));
        speed ??= MachineSpeed.Measure(options.Threads, cancellationToken);
        PhaseSeconds seconds = JobTime.Of(input, finished, speed, loading, size.FolderBytes, cancellationToken);
        var available = MachineMemory.Now();
        MemoryMoment peak = memory.Peak;
        var disk = new DiskEstimate(size.FolderBytes, memory.SpilledActivations, FreeBytes(partial));
        return new JobEstimate(
            options.Output,
            new MemoryEstimate(peak.Bytes, peak.Phase, peak.Parts, available.AvailableBytes),
            disk,
            seconds,
            input.Contents.BitsPerWeight(size.Tensors),
            input.Checkpoint.Tensors.Values.Sum(t => t.ByteLength),
            size.Tensors.Sum(t => t.ByteLength),
            input.Blocks,
            finished,
            input.Formats.Quantized.Count,
            speed,
            [.. input.Warnings, .. JobWarnings.Of(peak, available, disk, PresentBytes(partial))]);
    }

    private static long PresentBytes(string partial) =>
        Directory.Exists(partial) ? new DirectoryInfo(partial).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length) : 0;

    // Of the disk that the nearest folder that exists is on.
    private static long? FreeBytes(string folder)
    {
        string? there = folder;
        while (there is not null && !Directory.Exists(there))
        {
            there = Path.GetDirectoryName(there);
        }
        try
        {
            return there is null ? null : new DriveInfo(there).AvailableFreeSpace;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }
}

/// <summary>Memory of a job.</summary>
/// <param name="PeakBytes">The process's peak resident set.</param>
/// <param name="Phase">The phase in which it is reached.</param>
/// <param name="Parts">What it consists of.</param>
/// <param name="AvailableBytes">What the machine has available now.</param>
public sealed record MemoryEstimate(long PeakBytes, string Phase, IReadOnlyList<MemoryPart> Parts, long AvailableBytes);

/// <summary>A part of a job's memory.</summary>
/// <param name="Name">What it is for.</param>
/// <param name="Bytes">Its size.</param>
public sealed record MemoryPart(string Name, long Bytes);

/// <summary>What a job holds at some moment.</summary>
/// <param name="Phase">The phase.</param>
/// <param name="Parts">By part.</param>
internal sealed record MemoryMoment(string Phase, IReadOnlyList<MemoryPart> Parts)
{
    /// <summary>In all.</summary>
    public long Bytes { get; } = Parts.Sum(part => part.Bytes);
}

/// <summary>What a job writes.</summary>
/// <param name="OutputBytes">The finished folder; its partial folder grows to the same size.</param>
/// <param name="SpilledBytes">Activations in files of the partial folder, which go with the job.</param>
/// <param name="FreeBytes">What is free on the output's disk; null where the system does not tell.</param>
public sealed record DiskEstimate(long OutputBytes, long SpilledBytes, long? FreeBytes)
{
    /// <summary>The partial folder at its largest.</summary>
    public long PeakBytes => OutputBytes + SpilledBytes;
}
