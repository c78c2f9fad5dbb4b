namespace DecoupleQ.Quantization.Training;

/// <summary>A block after block-wise minimisation.</summary>
/// <param name="Parameters">As it is to be stored: the trained ones rounded to their stored types, or those of the start where training did not help.</param>
/// <param name="Report">What happened.</param>
internal sealed record BlockTrainingResult(BlockParameters Parameters, BlockTrainingReport Report);

/// <summary>What training a block did. Losses are mean squared errors of the block's output.</summary>
/// <param name="EpochLosses">The mean over an epoch's steps of the loss just before each step; fewer than the epochs asked for where training diverged.</param>
/// <param name="HeldOutBefore">Of the held-out sequences before training; null if there are none.</param>
/// <param name="HeldOutAfter">
/// Of the held-out sequences with the trained parameters as they would be stored; null if there are none, or training diverged.
/// </param>
/// <param name="Kept">Whether the trained parameters are the result.</param>
/// <param name="Diverged">Whether training led to numbers that are not finite.</param>
public sealed record BlockTrainingReport(IReadOnlyList<double> EpochLosses, double? HeldOutBefore, double? HeldOutAfter, bool Kept, bool Diverged);

/// <summary>How far the training of a block is.</summary>
/// <param name="Step">Steps done.</param>
/// <param name="Steps">Steps in all.</param>
/// <param name="Loss">The loss before the last step.</param>
public readonly record struct BlockTrainingProgress(int Step, int Steps, double Loss);
