using DecoupleQ.Quantization.Estimates;

namespace DecoupleQ.Cli.Json;

/// <summary>What <c>quantize --dry-run --json</c> prints.</summary>
/// <param name="Output">The folder that would be written.</param>
/// <param name="Blocks">Blocks to quantize.</param>
/// <param name="FinishedBlocks">Of those, blocks that an interrupted job finished.</param>
/// <param name="Layers">Layers to quantize.</param>
/// <param name="BitsPerWeight">Stored bits over weights.</param>
/// <param name="DenseBytes">Bytes of the dense model's tensors.</param>
/// <param name="OutputBytes">Bytes of the packed model's tensors.</param>
/// <param name="Memory">Memory at its peak.</param>
/// <param name="Disk">Room on the disk.</param>
/// <param name="Seconds">Seconds by phase.</param>
/// <param name="Machine">What the seconds are reckoned from.</param>
/// <param name="Warnings">What there is not enough of.</param>
internal sealed record EstimateDocument(
    string Output,
    int Blocks,
    int FinishedBlocks,
    int Layers,
    BitsPerWeightFigures BitsPerWeight,
    long DenseBytes,
    long OutputBytes,
    EstimateDocument.MemoryFigures Memory,
    EstimateDocument.DiskFigures Disk,
    QuantizeDocument.Phases Seconds,
    SpeedFigures Machine,
    IReadOnlyList<string> Warnings)
{
    public static EstimateDocument From(JobEstimate estimate) => new(
        estimate.Output,
        estimate.Blocks,
        estimate.FinishedBlocks,
        estimate.Layers,
        new(estimate.BitsPerWeight.All, estimate.BitsPerWeight.QuantizedLayers),
        estimate.DenseBytes,
        estimate.OutputBytes,
        new(
            estimate.Memory.PeakBytes,
            estimate.Memory.Phase,
            [.. estimate.Memory.Parts.Select(part => new Part(part.Name, part.Bytes))],
            estimate.Memory.AvailableBytes),
        new(estimate.Disk.OutputBytes, estimate.Disk.PeakBytes, estimate.Disk.SpilledBytes, estimate.Disk.FreeBytes),
        QuantizeDocument.Phases.From(estimate.Seconds),
        SpeedFigures.From(estimate.Machine),
        estimate.Warnings);

    /// <param name="PeakBytes">The process's peak resident set.</param>
    /// <param name="Phase">The phase in which it is reached.</param>
    /// <param name="Parts">What it consists of.</param>
    /// <param name="AvailableBytes">What is available now.</param>
    internal sealed record MemoryFigures(long PeakBytes, string Phase, IReadOnlyList<Part> Parts, long AvailableBytes);

    internal sealed record Part(string Name, long Bytes);

    /// <param name="OutputBytes">The finished folder.</param>
    /// <param name="PartialBytes">The partial folder at its largest.</param>
    /// <param name="SpilledBytes">Of that, activations in files.</param>
    /// <param name="FreeBytes">What is free; absent where the system does not tell.</param>
    internal sealed record DiskFigures(long OutputBytes, long PartialBytes, long SpilledBytes, long? FreeBytes);
}
