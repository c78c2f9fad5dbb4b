using DecoupleQ.Serving;

namespace DecoupleQ.Tests.Serving;

public sealed class AdmissionTests
{
    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Who_comes_first_is_let_in_first()
    {
        var admission = new Admission(new ServiceLimits { Running = 1, Waiting = 3 }, null, _ => { });
        Admission.Place first = await admission.EnterAsync(1, Ended);
        Task<Admission.Place>[] waiting = [.. Enumerable.Range(0, 3).Select(_ => admission.EnterAsync(1, Ended).AsTask())];
        Assert.Equal((1, 3), (admission.Running, admission.Waiting));
        for (int i = 0; i < 3; i++)
        {
            Assert.All(waiting[i..], task => Assert.False(task.IsCompleted));
            first.Dispose();
            first = await waiting[i];
        }
        first.Dispose();
        // Given back once.
        first.Dispose();
        Assert.Equal((0, 0), (admission.Running, admission.Waiting));
    }

    [Fact]
    public async Task Too_many_are_told_when_to_come_again_unless_they_follow()
    {
        var admission = new Admission(new ServiceLimits { Running = 1, Waiting = 1 }, null, _ => { });
        using Admission.Place held = await admission.EnterAsync(1, Ended);
        Task<Admission.Place> waits = admission.EnterAsync(1, Ended).AsTask();
        BusyException busy = await Assert.ThrowsAsync<BusyException>(() => admission.EnterAsync(1, Ended).AsTask());
        Assert.InRange(busy.RetryAfter.TotalSeconds, 1, 60);
        Task<Admission.Place> follows = admission.EnterAsync(1, Ended, follows: true).AsTask();
        Assert.Equal(2, admission.Waiting);
        held.Dispose();
        (await waits).Dispose();
        (await follows).Dispose();
    }

    [Fact]
    public async Task Memory_is_shared_out_and_what_does_not_fit_waits()
    {
        var room = new List<long>();
        var admission = new Admission(new ServiceLimits(), 100, room.Add);
        await Assert.ThrowsAsync<DecoupleQException>(() => admission.EnterAsync(101, Ended).AsTask());
        Admission.Place large = await admission.EnterAsync(70, Ended);
        Task<Admission.Place> waits = admission.EnterAsync(40, Ended).AsTask();
        // One that would fit does not overtake.
        Task<Admission.Place> small = admission.EnterAsync(10, Ended).AsTask();
        Assert.Equal((1, 2, 70), (admission.Running, admission.Waiting, admission.ReservedBytes));
        large.Dispose();
        using (await waits)
        using (await small)
        {
            Assert.Equal(50, admission.ReservedBytes);
        }
        Assert.Equal([70, 40, 50], room);
    }

    [Fact]
    public async Task Who_leaves_the_queue_makes_way()
    {
        var admission = new Admission(new ServiceLimits { Running = 2 }, 100, _ => { });
        using Admission.Place held = await admission.EnterAsync(70, Ended);
        using var left = new CancellationTokenSource();
        Task<Admission.Place> large = admission.EnterAsync(50, left.Token).AsTask();
        Task<Admission.Place> small = admission.EnterAsync(20, Ended).AsTask();
        Assert.False(small.IsCompleted);
        await left.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => large);
        (await small).Dispose();
        Assert.Equal(0, admission.Waiting);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => admission.EnterAsync(1, left.Token).AsTask());
    }

    /// <summary>Many callers that come, wait, leave and give back at random: nobody is forgotten, and the limits hold at every moment.</summary>
    [Fact]
    public async Task Limits_hold_whatever_comes()
    {
        const int Running = 3;
        const long Memory = 100;
        int inside = 0, most = 0;
        long bytes = 0, mostBytes = 0;
        var admission = new Admission(new ServiceLimits { Running = Running, Waiting = 1000 }, Memory, _ => { });
        int served = 0, left = 0;
        await Task.WhenAll(Enumerable.Range(0, 200).Select(i => Task.Run(
            async () =>
            {
                var random = new Random(i);
                long need = random.Next(1, 60);
                using var ended = new CancellationTokenSource();
                if (i % 4 == 0)
                {
                    ended.CancelAfter(random.Next(1, 30));
                }
                try
                {
                    using Admission.Place place = await admission.EnterAsync(need, ended.Token);
                    Max(ref most, Interlocked.Increment(ref inside));
                    MaxLong(ref mostBytes, Interlocked.Add(ref bytes, need));
                    await Task.Delay(random.Next(3), CancellationToken.None);
                    Interlocked.Decrement(ref inside);
                    Interlocked.Add(ref bytes, -need);
                    Interlocked.Increment(ref served);
                }
                catch (OperationCanceledException)
                {
                    Interlocked.Increment(ref left);
                }
            },
            Ended)));
        Assert.Equal(200, served + left);
        Assert.InRange(most, 1, Running);
        Assert.InRange(mostBytes, 1, Memory);
        Assert.Equal((0, 0, 0), (admission.Running, admission.Waiting, admission.ReservedBytes));
    }

    private static void Max(ref int most, int value)
    {
        for (int known = most; value > known && Interlocked.CompareExchange(ref most, value, known) != known;)
        {
            known = most;
        }
    }

    private static void MaxLong(ref long most, long value)
    {
        for (long known = most; value > known && Interlocked.CompareExchange(ref most, value, known) != known;)
        {
            known = most;
        }
    }
}
