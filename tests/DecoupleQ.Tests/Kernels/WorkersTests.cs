using DecoupleQ.Hardware.Limits;
using DecoupleQ.Kernels.Threads;
using DecoupleQ.Models;
using DecoupleQ.Testing;

namespace DecoupleQ.Tests.Kernels;

[Trait("Machine", "threads")]
public sealed class WorkersTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Every_item_is_run_exactly_once(int threads)
    {
        using var workers = new Workers(threads);
        for (int round = 0; round < 2000; round++)
        {
            var counts = new int[round % 17];
            workers.For(counts.Length, i => Interlocked.Increment(ref counts[i]));
            Assert.All(counts, count => Assert.Equal(1, count));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void A_team_that_is_to_end_its_work_begins_no_further_item(int threads)
    {
        using var cancellation = new CancellationTokenSource();
        using var workers = new Workers(threads) { Cancellation = cancellation.Token };
        // Of items that begin after the team was told; whoever tells it may be held up before it does.
        int begun = 0, after = 0;
        Assert.Throws<OperationCanceledException>(() => workers.For(10_000_000, i =>
        {
            Interlocked.Add(ref after, cancellation.IsCancellationRequested ? 1 : 0);
            if (Interlocked.Increment(ref begun) == 100)
            {
                cancellation.Cancel();
            }
        }));
        Assert.InRange(after, 0, threads);
        Assert.InRange(begun, 100, 9_999_999);
        int before = begun;
        Assert.Throws<OperationCanceledException>(() => workers.For(3, i => begun++));
        Assert.Throws<OperationCanceledException>(() => workers.ForSlabs(3, slab => begun++));
        Assert.Equal(before, begun);
    }

    [Fact]
    public void Loops_after_pauses_long_enough_to_sleep_are_complete()
    {
        using var workers = new Workers(3);
        for (int round = 0; round < 30; round++)
        {
            var counts = new int[9];
            workers.For(counts.Length, i => Interlocked.Increment(ref counts[i]));
            Assert.All(counts, count => Assert.Equal(1, count));
            Thread.Sleep(round % 4);
        }
    }

    [Fact]
    public void The_caller_waits_for_a_member_with_a_long_item()
    {
        using var workers = new Workers(2);
        int done = 0;
        workers.For(2, _ =>
        {
            Thread.Sleep(20);
            Interlocked.Increment(ref done);
        });
        Assert.Equal(2, done);
    }

    [Fact]
    public void Several_members_work_at_once()
    {
        using var workers = new Workers(2);
        using var together = new Barrier(2);
        workers.For(2, _ => Assert.True(together.SignalAndWait(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken)));
    }

    [Fact]
    public void A_nested_loop_runs_inline()
    {
        using var workers = new Workers(3);
        int total = 0;
        workers.For(8, _ => workers.For(8, _ => Interlocked.Increment(ref total)));
        Assert.Equal(64, total);
    }

    [Fact]
    public void Callers_on_several_threads_share_a_team()
    {
        using var workers = new Workers(2);
        int total = 0;
        Parallel.For(0, 200, _ => workers.For(5, _ => Interlocked.Increment(ref total)));
        Assert.Equal(1000, total);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void An_exception_of_the_body_is_rethrown_and_the_team_goes_on(int threads)
    {
        using var workers = new Workers(threads);
        for (int round = 0; round < 20; round++)
        {
            var thrown = Assert.Throws<InvalidOperationException>(() => workers.For(50, i =>
            {
                if (i == 7)
                {
                    throw new InvalidOperationException("item 7");
                }
            }));
            Assert.Equal("item 7", thrown.Message);
            int total = 0;
            workers.For(10, _ => Interlocked.Increment(ref total));
            Assert.Equal(10, total);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(17)]
    [InlineData(64)]
    public void Every_slab_is_taken_exactly_once_also_by_more_threads_than_cores(int threads)
    {
        using var workers = new Workers(threads);
        for (int round = 0; round < 1500; round++)
        {
            var counts = new int[round % 200];
            workers.ForSlabs(counts.Length, (ref SlabShare share) =>
            {
                while (share.TryTake(out int slab))
                {
                    Interlocked.Increment(ref counts[slab]);
                }
            });
            Assert.All(counts, count => Assert.Equal(1, count));
        }
    }

    [Fact]
    public void Loops_of_both_kinds_follow_each_other_with_pauses_and_without()
    {
        using var workers = new Workers(20);
        int total = 0;
        for (int round = 0; round < 300; round++)
        {
            workers.For(7, _ => Interlocked.Increment(ref total));
            workers.ForSlabs(50, (ref SlabShare share) =>
            {
                while (share.TryTake(out _))
                {
                    Interlocked.Increment(ref total);
                }
            });
            if (round % 50 == 0)
            {
                Thread.Sleep(5);
            }
        }
        Assert.Equal(300 * 57, total);
    }

    [Fact]
    public void A_loop_over_slabs_inside_another_loop_runs_alone()
    {
        using var workers = new Workers(3);
        int total = 0;
        workers.For(8, _ => workers.ForSlabs(8, (ref SlabShare share) =>
        {
            Assert.Equal(0, share.Thread);
            while (share.TryTake(out int _))
            {
                Interlocked.Increment(ref total);
            }
        }));
        Assert.Equal(64, total);
    }

    [Fact]
    public void A_thread_that_is_held_up_does_not_hold_up_the_others_slabs()
    {
        using var workers = new Workers(2);
        using var others = new CountdownEvent(99);
        workers.ForSlabs(100, (ref SlabShare share) =>
        {
            while (share.TryTake(out int slab))
            {
                if (slab == 0)
                {
                    // The first thread's first slab takes as long as all others together.
                    Assert.True(others.Wait(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
                }
                else
                {
                    others.Signal();
                }
            }
        });
        Assert.True(others.IsSet);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(40)]
    public void An_exception_at_a_slab_is_rethrown_and_the_team_goes_on(int threads)
    {
        using var workers = new Workers(threads);
        for (int round = 0; round < 20; round++)
        {
            var thrown = Assert.Throws<InvalidOperationException>(() => workers.ForSlabs(100, (ref SlabShare share) =>
            {
                while (share.TryTake(out int slab))
                {
                    if (slab == 7)
                    {
                        throw new InvalidOperationException("slab 7");
                    }
                }
            }));
            Assert.Equal("slab 7", thrown.Message);
            int total = 0;
            workers.ForSlabs(100, (ref SlabShare share) =>
            {
                while (share.TryTake(out _))
                {
                    Interlocked.Increment(ref total);
                }
            });
            Assert.Equal(100, total);
        }
    }

    [Fact]
    public void A_disposed_team_refuses_to_work()
    {
        var workers = new Workers(3);
        workers.For(3, _ => { });
        workers.Dispose();
        workers.Dispose();
        Assert.Throws<ObjectDisposedException>(() => workers.For(3, _ => { }));
    }

    [Fact]
    public void A_team_of_none_is_refused() => Assert.Throws<ArgumentOutOfRangeException>(() => new Workers(0));

    [Fact]
    public void No_threads_stand_for_one_a_core_and_fewer_are_refused()
    {
        Assert.Equal((ProcessorCores.DefaultThreads, 3), (Workers.CountFor(0), Workers.CountFor(3)));
        DecoupleQException error = Assert.Throws<DecoupleQException>(() => LanguageModel.Load(Paths.Model, new() { Threads = -1 }));
        Assert.Equal("threads", error.Field);
    }
}
