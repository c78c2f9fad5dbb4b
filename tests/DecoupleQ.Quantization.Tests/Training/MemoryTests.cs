using DecoupleQ.Kernels;
using DecoupleQ.Quantization.Training;

namespace DecoupleQ.Quantization.Tests.Training;

/// <summary>Looks at the memory of the whole process, so nothing else may run beside it.</summary>
[CollectionDefinition(nameof(MemoryTests), DisableParallelization = true)]
[Collection(nameof(MemoryTests))]
public sealed class MemoryTests
{
    [Fact]
    public void Memory_does_not_grow_with_the_epochs()
    {
        BlockTrainingProblem problem = TrainingProblems.Create(sequences: 2, tokens: 64);
        long first = 0, last = 0;
        var progress = new ImmediateProgress(p =>
        {
            if (p.Step == 2)
            {
                first = GC.GetTotalMemory(forceFullCollection: true);
            }
            else if (p.Step == p.Steps)
            {
                last = GC.GetTotalMemory(forceFullCollection: true);
            }
        });
        using var workers = new Workers(2);
        BlockMinimisation.Run(problem, new BlockMinimisationOptions { Epochs = 40 }, workers, progress, TestContext.Current.CancellationToken);
        Assert.True(last < first + (64 << 10), $"{first} bytes after the first epoch, {last} after the last.");
    }
}
