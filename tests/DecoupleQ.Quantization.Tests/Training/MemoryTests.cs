using DecoupleQ.Kernels.Threads;
using DecoupleQ.Quantization.Training;

namespace DecoupleQ.Quantization.Tests.Training;

[Collection(nameof(ProcessWide))]
public sealed class MemoryTests
{
    private const int Epochs = 60;

    [Fact]
    public void Memory_does_not_grow_with_the_epochs()
    {
        BlockTrainingProblem problem = TrainingProblems.Create(sequences: 2, tokens: 64);
        // The process keeps books of its own beside the job; the least of several measurements is the job's.
        long early = long.MaxValue, late = long.MaxValue;
        var progress = new ImmediateProgress(p =>
        {
            int epoch = p.Step / 2;
            if (epoch is >= 2 and < 12)
            {
                early = Math.Min(early, GC.GetTotalMemory(forceFullCollection: true));
            }
            else if (epoch >= Epochs - 10)
            {
                late = Math.Min(late, GC.GetTotalMemory(forceFullCollection: true));
            }
        });
        using var workers = new Workers(2);
        BlockMinimisation.Run(problem, new BlockMinimisationOptions { Epochs = Epochs }, workers, progress, TestContext.Current.CancellationToken);
        // One buffer of activations kept an epoch would add more than a megabyte; the runtime's own books vary by a tenth of one.
        Assert.True(late < early + (512 << 10), $"{early} bytes in the first epochs, {late} in the last.");
    }
}
