using DecoupleQ.Quantization.Jobs;

namespace DecoupleQ.Quantization.Tests.Jobs;

[Collection(nameof(ProcessWide))]
public sealed class JobMemoryTests
{
    [Fact]
    public void Memory_and_open_files_return_to_where_they_were_after_a_job()
    {
        using var model = new TinyModel();
        model.Run(); // the first job leaves caches of the runtime behind
        model.Run(o => o with { Threads = 2, MemoryBudget = 4 << 20 });
        (long memory, int files) before = Measure();
        for (int i = 0; i < 3; i++)
        {
            model.Run(o => o with { Threads = 2, MemoryBudget = 4 << 20 });
        }
        (long memory, int files) after = Measure();
        Assert.True(after.memory < before.memory + (256 << 10), $"{before.memory} bytes before, {after.memory} after.");
        Assert.True(after.files <= before.files, $"{before.files} open files before, {after.files} after.");
    }

    [Fact]
    public void A_job_that_is_cancelled_leaves_no_memory_behind()
    {
        using var model = new TinyModel();
        Cancel(model);
        (long memory, int files) before = Measure();
        for (int i = 0; i < 3; i++)
        {
            Cancel(model);
        }
        (long memory, int files) after = Measure();
        Assert.True(after.memory < before.memory + (256 << 10), $"{before.memory} bytes before, {after.memory} after.");
        Assert.True(after.files <= before.files, $"{before.files} open files before, {after.files} after.");
    }

    private static void Cancel(TinyModel model)
    {
        using var source = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => model.Run(
            progress: p =>
            {
                if (p is { Block: 2, Phase: "solve" })
                {
                    source.Cancel();
                }
            },
            cancellation: source));
    }

    // The process keeps books of its own; the least of several measurements is the least disturbed.
    private static (long Memory, int Files) Measure()
    {
        long memory = long.MaxValue;
        for (int i = 0; i < 5; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            memory = Math.Min(memory, GC.GetTotalMemory(forceFullCollection: true));
        }
        return (memory, Directory.Exists("/proc/self/fd") ? Directory.GetFiles("/proc/self/fd").Length : 0);
    }
}
