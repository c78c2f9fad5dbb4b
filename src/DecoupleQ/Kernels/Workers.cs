using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace DecoupleQ.Kernels;

/// <summary>A fixed team of threads over which kernels split their loops.</summary>
/// <remarks>
/// Members take items one at a time from a shared counter, so uneven items balance. A loop started while the team is busy (inside another loop's body, or by
/// another caller) runs on its own thread alone: it never waits for the team, so loops nest without deadlock. A member without work spins for some
/// ten microseconds, because decoding starts a loop every few microseconds, and then sleeps.
/// </remarks>
internal sealed unsafe class Workers : IDisposable
{
    private const int Closed = -1;
    private const int SpinsBeforeSleep = 1500;

    private readonly Thread[] _threads;
    private readonly Lock _wakeLock = new();
    private readonly SemaphoreSlim _wake = new(0);
    private readonly ManualResetEventSlim _left = new(false, 0);

    // Written by the caller before the gate opens, read by members after they have passed it.
    private void* _state;
    private delegate*<void*, int, void> _body;
    private int _items;
    private ExceptionDispatchInfo? _failure;

    private PaddedCounters _counters;
    private volatile bool _disposed;

    /// <param name="count">Threads that work at once, the caller's among them; at least 1.</param>
    public Workers(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        Count = count;
        _counters.Gate = Closed;
        _threads = new Thread[count - 1];
        for (int i = 0; i < _threads.Length; i++)
        {
            _threads[i] = new Thread(Serve) { IsBackground = true, Name = $"DecoupleQ worker {i + 1}" };
            _threads[i].Start();
        }
    }

    /// <summary>The number of threads that an option asks for: 0 stands for one a core.</summary>
    /// <exception cref="DecoupleQException">It is below 0.</exception>
    public static int CountFor(int threads) => threads switch
    {
        0 => Environment.ProcessorCount,
        > 0 => threads,
        _ => throw new DecoupleQException($"The value is {threads}.", field: "threads", expected: "0 for one a core, or a number of threads"),
    };

    /// <summary>A team of its caller alone: for loops inside an item of another loop.</summary>
    public static Workers Alone { get; } = new(1);

    /// <summary>Threads that work at once.</summary>
    public int Count { get; }

    /// <summary>Runs <paramref name="body"/> for 0 .. items-1, each once, in any order, and returns when all are done. An exception of the body is rethrown, and items not yet begun are left out.</summary>
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

    /// <summary>Ends the threads. No loop may be running.</summary>
    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }
        _disposed = true;
        Interlocked.Increment(ref _counters.Epoch);
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
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (count <= 1 || _threads.Length == 0 || Interlocked.CompareExchange(ref _counters.Busy, 1, 0) != 0)
        {
            for (int i = 0; i < count; i++)
            {
                function(work, i);
            }
            return;
        }
        try
        {
            _state = work;
            _body = function;
            _items = count;
            _failure = null;
            _counters.Next = 0;
            Volatile.Write(ref _counters.Gate, 0);
            Interlocked.Increment(ref _counters.Epoch);
            WakeSleepers(count - 1);
            TakeItems();
            WaitForMembers();
            _failure?.Throw();
        }
        finally
        {
            _state = null;
            _failure = null;
            Volatile.Write(ref _counters.Busy, 0);
        }
    }

    /// <summary>Closes the gate once every member that had passed it has left.</summary>
    private void WaitForMembers()
    {
        for (int spins = 0; Interlocked.CompareExchange(ref _counters.Gate, Closed, 0) != 0; spins++)
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
            if (Volatile.Read(ref _counters.Gate) != 0)
            {
                _left.Wait();
            }
            Volatile.Write(ref _counters.CallerSleeps, 0);
        }
    }

    private void WakeSleepers(int wanted)
    {
        if (Volatile.Read(ref _counters.Sleepers) == 0)
        {
            return;
        }
        lock (_wakeLock)
        {
            int sleepers = Math.Min(_counters.Sleepers, wanted);
            if (sleepers > 0)
            {
                _counters.Sleepers -= sleepers;
                _wake.Release(sleepers);
            }
        }
    }

    private void Serve()
    {
        int seen = 0;
        while (true)
        {
            seen = WaitForEpoch(seen);
            if (_disposed)
            {
                return;
            }
            if (!TryPassGate())
            {
                continue;
            }
            TakeItems();
            if (Interlocked.Decrement(ref _counters.Gate) == 0 && Volatile.Read(ref _counters.CallerSleeps) != 0)
            {
                _left.Set();
            }
        }
    }

    private int WaitForEpoch(int seen)
    {
        int spins = Environment.ProcessorCount > 1 ? SpinsBeforeSleep : 0;
        for (int i = 0; i < spins; i++)
        {
            int epoch = Volatile.Read(ref _counters.Epoch);
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
                // The caller raises the epoch, then reads Sleepers; here it is the other way round, so one of the two sees the other.
                Interlocked.MemoryBarrier();
                int epoch = Volatile.Read(ref _counters.Epoch);
                if (epoch != seen)
                {
                    _counters.Sleepers--;
                    return epoch;
                }
            }
            _wake.Wait();
        }
    }

    private bool TryPassGate()
    {
        while (true)
        {
            int gate = Volatile.Read(ref _counters.Gate);
            if (gate == Closed)
            {
                return false;
            }
            if (Interlocked.CompareExchange(ref _counters.Gate, gate + 1, gate) == gate)
            {
                return true;
            }
        }
    }

    private void TakeItems()
    {
        try
        {
            for (int item = Interlocked.Increment(ref _counters.Next) - 1; item < _items; item = Interlocked.Increment(ref _counters.Next) - 1)
            {
                _body(_state, item);
            }
        }
        catch (Exception exception)
        {
            Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(exception), null);
            Volatile.Write(ref _counters.Next, _items);
        }
    }
}
