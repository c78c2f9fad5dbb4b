using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using DecoupleQ.Hardware.Limits;

namespace DecoupleQ.Kernels.Threads;

/// <summary>A fixed team of threads over which kernels split their loops.</summary>
/// <remarks>
/// In <see cref="For(int, Action{int})"/> members take items one at a time from a shared counter, so uneven items balance; in <see cref="ForSlabs(int,
/// SlabBody)"/> each has a range of its own. A loop started while the team is busy (inside another loop's body, or by another caller) runs on its own thread
/// alone: it never waits for the team, so loops nest without deadlock. A loop does not wait for members that have not come before its work is done. A member
/// without work spins for some ten microseconds, because decoding starts a loop every few microseconds, and then sleeps. Of more members than there are cores,
/// those beyond sleep at once and are not woken: they would only take the cores from those that work. Members gather in groups of <see
/// cref="MemberGroup.Size"/>, so that 64 threads do not contend for one cache line.
/// </remarks>
internal sealed unsafe class Workers : IDisposable
{
    private const int SpinsBeforeSleep = 1500;

    // Who is woken wakes some more: to wake 63 one after the other takes the caller longer than a loop.
    private const int WokenAtOnce = 3;

    private readonly Thread[] _threads;
    private readonly MemberGroup[] _groups;
    private readonly SlabRanges _ranges;
    private readonly int _mostAwake;
    private readonly Lock _wakeLock = new();
    private readonly SemaphoreSlim _wake = new(0);
    private readonly ManualResetEventSlim _left = new(false, 0);

    // Written by the caller before the gate opens, read by members after they have passed it.
    private void* _state;
    private delegate*<void*, int, void> _body;
    private SlabBody? _slabBody;
    private int _items;
    private ExceptionDispatchInfo? _failure;
    private int _toWake;

    private PaddedCounters _counters;
    private volatile bool _disposed;

    /// <param name="count">Threads that work at once, the caller's among them; at least 1.</param>
    public Workers(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        Count = count;
        _mostAwake = Math.Max(1, Environment.ProcessorCount - 1);
        _counters.Awake = count - 1;
        _ranges = new SlabRanges(count);
        _groups = new MemberGroup[(count - 1 + MemberGroup.Size - 1) / MemberGroup.Size];
        foreach (ref MemberGroup group in _groups.AsSpan())
        {
            group.Gate = MemberGroup.Closed;
        }
        _threads = new Thread[count - 1];
        for (int i = 0; i < _threads.Length; i++)
        {
            int member = i + 1;
            _threads[i] = new Thread(() => Serve(member)) { IsBackground = true, Name = $"DecoupleQ worker {i + 1}" };
            _threads[i].Start();
        }
    }

    /// <summary>The number of threads that an option asks for: 0 stands for one a core (<see cref="ProcessorCores"/>).</summary>
    /// <exception cref="DecoupleQException">It is out of <see cref="OptionRange.Threads"/>.</exception>
    public static int CountFor(int threads)
    {
        OptionRange.Threads.Require(threads, "threads");
        return threads == 0 ? ProcessorCores.DefaultThreads : threads;
    }

    /// <summary>A team of its caller alone: for loops inside an item of another loop.</summary>
    public static Workers Alone { get; } = new(1);

    /// <summary>Threads that work at once.</summary>
    public int Count { get; }

    /// <summary>
    /// Ends a loop before its next item, by an exception: of a team whose loops are all one caller's work. Work between loops may look at it too.
    /// </summary>
    public CancellationToken Cancellation { get; init; }

    /// <summary>Loops in which all threads could take part, so far: as often have they been brought together.</summary>
    public long Loops { get; private set; }

    /// <summary>
    /// Runs <paramref name="body"/> for 0 .. items-1, each once, in any order, and returns when all are done. An exception of the body is rethrown, and items
    /// not yet begun are left out.
    /// </summary>
    public void For(int items, Action<int> body)
    {
        ArgumentNullException.ThrowIfNull(body);
        Start(items, Unsafe.AsPointer(ref body), &RunAction);
    }

    /// <summary>As <see cref="For(int, Action{int})"/>, without allocating.</summary>
    public void For<TWork>(int items, TWork work)
        where TWork : unmanaged, IWork
    {
        Start(items, &work, &RunWork<TWork>);
    }

    /// <summary>Runs <paramref name="body"/> on each thread that takes part, for slabs 0 .. slabs-1, each taken once, and returns when all are done.</summary>
    /// <remarks>
    /// Each thread owns the same contiguous range in every loop of so many slabs, so that their memory stays in its caches and, where it touched them first, in
    /// memory near it. Who has done its range takes single slabs from the ends of the others': the last of those who are a little slower, more of those who are
    /// held up. Which thread takes a slab must not matter to what becomes of it. An exception of the body is rethrown, and slabs not yet taken are left out.
    /// </remarks>
    public void ForSlabs(int slabs, SlabBody body)
    {
        if (!TryBegin(slabs))
        {
            var all = new SlabShare(slabs);
            body(ref all);
            return;
        }
        _slabBody = body;
        _ranges.Begin(slabs);
        Lead(slabs);
    }

    /// <summary>
    /// Runs <paramref name="body"/> for every slab, mostly on the thread that owns it, as a later loop of so many slabs does: memory that it writes first lies
    /// near.
    /// </summary>
    public void ForSlabs(int slabs, Action<int> body) => ForSlabs(slabs, (ref SlabShare share) =>
    {
        while (share.TryTake(out int slab))
        {
            body(slab);
        }
    });

    /// <summary>Ends the threads. No loop may be running.</summary>
    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }
        _disposed = true;
        OpenGates();
        _wake.Release(Count);
        foreach (Thread thread in _threads)
        {
            thread.Join();
        }
        _wake.Dispose();
        _left.Dispose();
    }

    private static void RunAction(void* state, int item) => Unsafe.AsRef<Action<int>>(state)(item);

    private static void RunWork<TWork>(void* state, int item)
        where TWork : unmanaged, IWork => ((TWork*)state)->Run(item);

    private void Start(int count, void* work, delegate*<void*, int, void> function)
    {
        if (!TryBegin(count))
        {
            for (int i = 0; i < count; i++)
            {
                Cancellation.ThrowIfCancellationRequested();
                function(work, i);
            }
            return;
        }
        _state = work;
        _body = function;
        _counters.Next = 0;
        Lead(count);
    }

    /// <summary>Takes the team for a loop of <paramref name="count"/> items; false if the caller is to run it alone.</summary>
    private bool TryBegin(int count)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        Cancellation.ThrowIfCancellationRequested();
        return count > 1 && _threads.Length > 0 && Interlocked.CompareExchange(ref _counters.Busy, 1, 0) == 0;
    }

    private void Lead(int count)
    {
        try
        {
            _items = count;
            _failure = null;
            Loops++;
            _toWake = count - 1;
            OpenGates();
            WakeSleepers();
            TakePart(0);
            foreach (ref MemberGroup group in _groups.AsSpan())
            {
                WaitFor(ref group);
            }
            _failure?.Throw();
        }
        finally
        {
            _state = null;
            _slabBody = null;
            _failure = null;
            Volatile.Write(ref _counters.Busy, 0);
        }
    }

    private void OpenGates()
    {
        foreach (ref MemberGroup group in _groups.AsSpan())
        {
            group.Open();
        }
        // What members do before they sleep is the other way round: they count themselves, then look at the epoch. So one of the two sees the other.
        Interlocked.MemoryBarrier();
    }

    /// <summary>Closes a group's gate once every member that had passed it has left.</summary>
    private void WaitFor(ref MemberGroup group)
    {
        for (int spins = 0; !group.TryClose(); spins++)
        {
            if (spins < SpinsBeforeSleep)
            {
                Thread.SpinWait(1);
                continue;
            }
            // A member still has a long item: sleep until it has left. It sets the event after it lowered the gate, and only where it sees the flag.
            _left.Reset();
            Volatile.Write(ref _counters.CallerSleeps, 1);
            Interlocked.MemoryBarrier();
            if (Volatile.Read(ref group.Gate) != 0)
            {
                _left.Wait();
            }
            Volatile.Write(ref _counters.CallerSleeps, 0);
        }
    }

    /// <summary>Whether more members are awake than there are cores for.</summary>
    private bool Superfluous => Volatile.Read(ref _counters.Awake) > _mostAwake;

    private void WakeSleepers()
    {
        if (Volatile.Read(ref _counters.Sleepers) == 0)
        {
            return;
        }
        lock (_wakeLock)
        {
            int woken = Math.Min(Math.Min(_counters.Sleepers, _toWake), Math.Min(_mostAwake - _counters.Awake, WokenAtOnce));
            if (woken > 0)
            {
                _counters.Sleepers -= woken;
                _counters.Awake += woken;
                _toWake -= woken;
                _wake.Release(woken);
            }
        }
    }

    private void Serve(int member)
    {
        ref MemberGroup group = ref _groups[(member - 1) / MemberGroup.Size];
        int seen = 0;
        while (true)
        {
            seen = WaitForLoop(ref group, seen);
            if (_disposed)
            {
                return;
            }
            if (!group.TryEnter())
            {
                continue;
            }
            TakePart(member);
            if (group.Leave() && Volatile.Read(ref _counters.CallerSleeps) != 0)
            {
                _left.Set();
            }
        }
    }

    /// <summary>Waits until the group's epoch is another one than <paramref name="seen"/>.</summary>
    private int WaitForLoop(ref MemberGroup group, int seen)
    {
        int spins = Environment.ProcessorCount > 1 ? SpinsBeforeSleep : 0;
        for (int i = 0; i < spins && !Superfluous; i++)
        {
            int epoch = Volatile.Read(ref group.Epoch);
            if (epoch != seen)
            {
                return epoch;
            }
            Thread.SpinWait(1);
        }
        while (true)
        {
            lock (_wakeLock)
            {
                _counters.Sleepers++;
                Interlocked.MemoryBarrier();
                int epoch = Volatile.Read(ref group.Epoch);
                if (epoch != seen && !Superfluous)
                {
                    _counters.Sleepers--;
                    return epoch;
                }
                _counters.Awake--;
            }
            _wake.Wait();
            WakeSleepers();
        }
    }

    private void TakePart(int thread)
    {
        try
        {
            if (_slabBody is { } body)
            {
                var share = new SlabShare(_ranges, thread);
                body(ref share);
                return;
            }
            for (int item = Interlocked.Increment(ref _counters.Next) - 1; item < _items; item = Interlocked.Increment(ref _counters.Next) - 1)
            {
                Cancellation.ThrowIfCancellationRequested();
                _body(_state, item);
            }
        }
        catch (Exception exception)
        {
            Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(exception), null);
            Volatile.Write(ref _counters.Next, _items);
            _ranges.Abandon();
        }
    }
}
