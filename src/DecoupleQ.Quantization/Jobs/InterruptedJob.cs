namespace DecoupleQ.Quantization.Jobs;

/// <summary>What a job that ended early has kept: where it goes on when it is resumed.</summary>
/// <param name="Folder">The folder that holds it, <c>OUT.partial</c>.</param>
/// <param name="FinishedBlocks">Blocks that are finished; none if it has kept the calibration text that the model wrote, and nothing more.</param>
public sealed record InterruptedJob(string Folder, int FinishedBlocks);
