using DecoupleQ.Quantization.Jobs;

namespace DecoupleQ.Cli.Progress;

/// <summary>Turns the progress of a conversion into events.</summary>
/// <param name="events">Where they go.</param>
internal sealed class ConversionEvents(ProgressEvents events) : IProgress<ConversionProgress>
{
    public void Report(ConversionProgress progress) => events.Write(events.Now("progress") with
    {
        Phase = "converting",
        Layer = progress.Tensor,
        Fraction = (double)progress.Bytes / Math.Max(1, progress.TotalBytes),
    });
}
