using DecoupleQ.Kernels.Threads;
using DecoupleQ.Models;
using DecoupleQ.Testing;

namespace DecoupleQ.Tests.Inference;

/// <summary>What a decoded token costs beside its arithmetic: how often all threads come together, and what is allocated.</summary>
public sealed class StepCostTests
{
    private const int Threads = 2, SmallestObject = 24;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void A_decoded_token_makes_no_object_on_any_thread()
    {
        Assert.SkipWhen(Environment.ProcessorCount < Threads, "A team of two does not come together on one core.");
        using LanguageModel model = LanguageModel.Load(Paths.Model, new() { Threads = Threads });
        using Sequence sequence = model.Begin();
        // The list of ids grows with the first id after these, for the 80 that follow; pages of keys and values at 64 and 128.
        sequence.Append([1, .. Enumerable.Range(0, 79).Select(i => 3 + (i * 37))], Token);
        Decode(8);
        Allocated(model.Workers);
        Dictionary<int, long> before = Allocated(model.Workers);
        // What it costs to look.
        Dictionary<int, long> looked = Allocated(model.Workers);
        Decode(40);
        Assert.Equal(128, sequence.Length);
        Dictionary<int, long> after = Allocated(model.Workers);
        Assert.Equal(Threads, after.Count);
        // Less than the smallest object a token: what is made once (a lock's event when it is first waited for) is not the step's.
        Assert.All(
            after, thread => Assert.InRange(thread.Value - looked[thread.Key] - (looked[thread.Key] - before[thread.Key]), 0, (40 * SmallestObject) - 1));

        void Decode(int tokens)
        {
            for (int i = 0; i < tokens; i++)
            {
                sequence.Decode(5, Token);
            }
        }
    }

    [Theory]
    [InlineData("tiny", "tiny-llama3", 5)]
    [InlineData("tiny", "tiny-mistral", 5)]
    [InlineData("tiny", "tiny-qwen2", 5)]
    [InlineData("tiny", "tiny-qwen3", 5)]
    // A norm after the feed-forward, whose row is not whole before the product's last slab is.
    [InlineData("families", "tiny-olmo2", 6)]
    [InlineData("families", "tiny-gemma3", 6)]
    public void A_block_is_run_in_as_few_stages_as_are_documented(string folder, string name, int stages)
    {
        using LanguageModel model = LanguageModel.Load(Paths.Golden("golden", folder, name), new() { Threads = 1 });
        Assert.All(Enumerable.Range(0, model.Plan.Blocks.Length), block => Assert.Equal(stages, model.Program.StagesOf(block)));
    }

    [Fact]
    public void Threads_come_together_five_times_a_block_and_once_for_the_head()
    {
        using LanguageModel model = LanguageModel.Load(Paths.Model, new() { Threads = Threads });
        Sequence[] sequences = [.. Enumerable.Range(0, 4).Select(_ => model.Begin())];
        Array.ForEach(sequences, sequence => sequence.Append([1, 2, 3], Token));
        int expected = (5 * model.Plan.Blocks.Length) + 1;
        Assert.Equal(expected, Loops(() => sequences[0].Decode(5, Token)));
        // So many rows go through a product at once on any machine.
        Assert.Equal(expected, Loops(() => model.Decode(sequences, [5, 6, 7, 8], Token)));
        // More go through the weights again, eight at once at most.
        Sequence[] many = [.. sequences, .. Enumerable.Range(0, 60).Select(_ => model.Begin())];
        Array.ForEach(many[4..], sequence => sequence.Append([1], Token));
        long together = Loops(() => model.Decode(many, [.. many.Select(_ => 5)], Token));
        Assert.InRange(together, (((4 * 8) + 1) * model.Plan.Blocks.Length) + 8, (((4 * 16) + 1) * model.Plan.Blocks.Length) + 16);
        Array.ForEach(many, sequence => sequence.Dispose());

        long Loops(Action step)
        {
            long before = model.Workers.Loops;
            step();
            return model.Workers.Loops - before;
        }
    }

    /// <summary>The bytes that each thread of a team has allocated so far, by its id.</summary>
    private static Dictionary<int, long> Allocated(Workers workers)
    {
        var allocated = new (int Thread, long Bytes)[workers.Count];
        int come = 0, gone = 0;
        workers.For(workers.Count, item =>
        {
            // An item each, one after the other, by turning round: what sleeps or waits for a lock may allocate.
            Interlocked.Increment(ref come);
            long end = Environment.TickCount64 + 30_000;
            while (Volatile.Read(ref come) < workers.Count || Volatile.Read(ref gone) < item)
            {
                if (Environment.TickCount64 > end)
                {
                    throw new TimeoutException("The team does not come together.");
                }
                Thread.SpinWait(10);
            }
            allocated[item] = (Environment.CurrentManagedThreadId, GC.GetAllocatedBytesForCurrentThread());
            Interlocked.Increment(ref gone);
        });
        return allocated.ToDictionary(thread => thread.Thread, thread => thread.Bytes);
    }
}
