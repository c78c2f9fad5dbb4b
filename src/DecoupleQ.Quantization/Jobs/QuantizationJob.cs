namespace DecoupleQ.Quantization.Jobs;

/// <summary>Quantizes a model block by block into a packed folder.</summary>
public static class QuantizationJob
{
    /// <summary>Runs the job. The output folder appears only when it is whole.</summary>
    /// <param name="options">What, with what, where to.</param>
    /// <param name="progress">Told as the job advances.</param>
    /// <param name="cancellationToken">Ends the job; nothing that looks whole is left.</param>
    /// <exception cref="DecoupleQException">The input or an option cannot be used; it says which and why.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static QuantizationReport Run(QuantizationOptions options, IProgress<JobProgress>? progress = null, CancellationToken cancellationToken = default) =>
        throw new NotImplementedException();
}
