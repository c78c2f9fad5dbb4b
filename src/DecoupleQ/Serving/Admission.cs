using System.Diagnostics;

namespace DecoupleQ.Serving;

/// <summary>Lets requests in, first come first served, while there are places and memory; the others wait, and no more than may wait.</summary>
/// <param name="limits">Places.</param>
/// <param name="memory">The most bytes that those who are in may need together; null for no limit.</param>
/// <param name="makeRoom">Called with the bytes that those who are in may need, before one more of them comes in.</param>
internal sealed class Admission(ServiceLimits limits, long? memory, Action<long> makeRoom)
{
    // How much one more time counts in the mean of how long a place is held.
    private const double NewestShare = 0.1;

    private readonly Lock _gate = new();
    private readonly LinkedList<Waiter> _waiting = [];
    private int _running;
    private long _reserved;
    private double _heldSeconds = 1;

    /// <summary>Those who are in.</summary>
    public int Running => Volatile.Read(ref _running);

    /// <summary>Those who wait.</summary>
    public int Waiting
    {
        get
        {
            lock (_gate)
            {
                return _waiting.Count;
            }
        }
    }

    /// <summary>Bytes that those who are in may need.</summary>
    public long ReservedBytes => Interlocked.Read(ref _reserved);

    /// <summary>Comes in, or waits.</summary>
    /// <param name="bytes">What it may need; dispose the place to give it back.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <param name="follows">Whether it may wait however many do.</param>
    /// <exception cref="BusyException">Too many wait.</exception>
    /// <exception cref="DecoupleQException">It needs more memory than there is.</exception>
    public async ValueTask<Place> EnterAsync(long bytes, CancellationToken cancellationToken, bool follows = false)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (bytes > memory)
        {
            throw new DecoupleQException(
                $"The text may need {bytes} bytes of keys and values, and there are {memory} for all of them.", field: "max-tokens",
                expected: "a shorter prompt, fewer tokens, or a larger limit of memory for keys and values");
        }
        Waiter waiter;
        lock (_gate)
        {
            if (_waiting.Count == 0 && Fits(bytes))
            {
                return Take(bytes);
            }
            if (!follows && _waiting.Count >= limits.Waiting)
            {
                throw new BusyException(_waiting.Count, RetryAfter());
            }
            waiter = new Waiter(bytes);
            waiter.Node = _waiting.AddLast(waiter);
        }
        using CancellationTokenRegistration registration = cancellationToken.Register(() => Leave(waiter, cancellationToken));
        return await waiter.Task.ConfigureAwait(false);
    }

    /// <summary>Reserves memory without a place, where more than as much again is free; null where it is not.</summary>
    /// <param name="bytes">Dispose what is returned to give them back.</param>
    public IDisposable? TryReserve(long bytes)
    {
        lock (_gate)
        {
            if (_waiting.Count > 0 || _reserved + (2 * bytes) > memory)
            {
                return null;
            }
            Interlocked.Add(ref _reserved, bytes);
            makeRoom(_reserved);
            return new Reservation(this, bytes);
        }
    }

    private bool Fits(long bytes) => _running < limits.Running && !(_reserved + bytes > memory);

    private Place Take(long bytes)
    {
        _running++;
        Interlocked.Add(ref _reserved, bytes);
        makeRoom(_reserved);
        return new Place(this, bytes);
    }

    private void Leave(Waiter waiter, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (waiter.Node!.List is null)
            {
                return;
            }
            _waiting.Remove(waiter.Node);
            // The next one may need less.
            LetIn();
        }
        waiter.SetCanceled(cancellationToken);
    }

    private void GiveBack(long bytes, TimeSpan held)
    {
        lock (_gate)
        {
            _running--;
            Interlocked.Add(ref _reserved, -bytes);
            _heldSeconds += NewestShare * (held.TotalSeconds - _heldSeconds);
            LetIn();
        }
    }

    private void LetIn()
    {
        while (_waiting.First is { Value: Waiter next } && Fits(next.Bytes))
        {
            _waiting.RemoveFirst();
            next.SetResult(Take(next.Bytes));
        }
    }

    // Those before it, as many at a time as are in now.
    private TimeSpan RetryAfter() => TimeSpan.FromSeconds(Math.Clamp(Math.Ceiling(_heldSeconds * _waiting.Count / Math.Max(1, _running)), 1, 60));

    /// <summary>Memory of somebody who has no place; given back when it is disposed.</summary>
    private sealed class Reservation(Admission admission, long bytes) : IDisposable
    {
        private int _left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) != 0)
            {
                return;
            }
            lock (admission._gate)
            {
                Interlocked.Add(ref admission._reserved, -bytes);
                admission.LetIn();
            }
        }
    }

    private sealed class Waiter(long bytes) : TaskCompletionSource<Place>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public long Bytes { get; } = bytes;

        public LinkedListNode<Waiter>? Node { get; set; }
    }

    /// <summary>A place of somebody who is in; given back when it is disposed.</summary>
    internal sealed class Place(Admission admission, long bytes) : IDisposable
    {
        private readonly long _start = Stopwatch.GetTimestamp();
        private int _left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) == 0)
            {
                admission.GiveBack(bytes, Stopwatch.GetElapsedTime(_start));
            }
        }
    }
}
