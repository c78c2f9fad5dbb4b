using DecoupleQ.Quantization.Training;

namespace DecoupleQ.Quantization.Tests.Training;

/// <summary>Progress that is handled at once, on the thread that reports it.</summary>
internal sealed class ImmediateProgress(Action<BlockTrainingProgress> action) : IProgress<BlockTrainingProgress>
{
    public void Report(BlockTrainingProgress value) => action(value);
}
