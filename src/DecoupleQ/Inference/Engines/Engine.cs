using System.Diagnostics;

namespace DecoupleQ.Inference.Engines;

/// <summary>Lets the calls of many threads share steps through a model's weights.</summary>
/// <remarks>
/// It has no thread of its own. The first caller leads: it gathers what others have asked for meanwhile, runs a step for all of them, and goes on until
/// its own request has ended; then another caller leads. Callers that do not block a thread are led by one of the thread pool.
/// </remarks>
internal sealed class Engine : IDisposable
{
    // Waiting for callers that have just been served is worth a tenth of a step.
    private const int WaitShare = 10;

    private static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(2);

    private readonly object _gate = new();
    private readonly List<StepRequest> _requests = [];
    private readonly List<StepRequest> _batch = [];
    private readonly List<StepRequest> _served = [];
    private readonly Func<bool> _abandoned;
    private readonly StepRunner _runner;
    private readonly StepLimits _limits;
    private readonly StepPace _pace;
    private int _expected;
    private int _late;
    private int _decoding;
    private int _leader;
    private bool _leading;
    private volatile bool _disposed;
    private TimeSpan _lastStep;

    /// <param name="runner">Runs steps.</param>
    /// <param name="limits">How large a step may be.</param>
    public Engine(StepRunner runner, StepLimits limits)
    {
        _runner = runner;
        _limits = limits;
        _pace = new StepPace(limits);
        _abandoned = IsAbandoned;
    }

    /// <summary>Runs a request to its end, on this thread or another caller's.</summary>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled; the sequence is as before.</exception>
    /// <exception cref="DecoupleQException">There is no memory left for it, or its logits are not finite; the sequence is as before.</exception>
    public void Run(StepRequest request)
    {
        request.Asynchronous = false;
        if (Enter(request))
        {
            Lead(request);
        }
        while (!request.Ended)
        {
            if (request.Waiter.Wait())
            {
                Lead(request);
            }
        }
        if (request.Failure is not null)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(request.Failure);
        }
    }

    /// <summary>Runs requests to their ends; those that fit share a step.</summary>
    /// <param name="requests">The requests; what failed says so itself.</param>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public void RunTogether(ReadOnlySpan<StepRequest> requests)
    {
        var waiter = new Waiter();
        bool leads = false;
        lock (_gate)
        {
            foreach (StepRequest request in requests)
            {
                request.Asynchronous = false;
                leads |= EnterLocked(request, waiter);
            }
        }
        foreach (StepRequest request in requests)
        {
            while (!request.Ended)
            {
                if (leads || waiter.Wait())
                {
                    leads = false;
                    Lead(request);
                }
            }
        }
    }

    /// <summary>Runs a request without blocking the caller's thread.</summary>
    /// <inheritdoc cref="Run"/>
    public ValueTask RunAsync(StepRequest request)
    {
        request.Asynchronous = true;
        if (Enter(request))
        {
            LeadFromPool();
        }
        return request.Task;
    }

    /// <summary>Says that the caller of a request that was to continue does not come back.</summary>
    public void Leave(StepRequest request)
    {
        lock (_gate)
        {
            NoLongerExpect(request);
        }
    }

    /// <summary>Ends all requests and waits until no step runs.</summary>
    /// <exception cref="InvalidOperationException">It is called from within a step.</exception>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_leading && _leader == Environment.CurrentManagedThreadId)
            {
                throw new InvalidOperationException("A model cannot be disposed from within a call of its own.");
            }
            _disposed = true;
            Monitor.PulseAll(_gate);
            while (_leading)
            {
                Monitor.Wait(_gate);
            }
        }
    }

    private bool Enter(StepRequest request)
    {
        lock (_gate)
        {
            return EnterLocked(request, null);
        }
    }

    /// <returns>Whether the caller is to lead.</returns>
    private bool EnterLocked(StepRequest request, Waiter? waiter)
    {
        ObjectDisposedException.ThrowIf(_disposed, typeof(Models.LanguageModel));
        request.Reset(waiter);
        NoLongerExpect(request);
        _requests.Add(request);
        if (_leading)
        {
            Monitor.Pulse(_gate);
            return false;
        }
        _leading = true;
        return true;
    }

    private void NoLongerExpect(StepRequest request)
    {
        if (request.Expected)
        {
            request.Expected = false;
            _expected--;
            Monitor.PulseAll(_gate);
        }
    }

    private void LeadFromPool() => ThreadPool.UnsafeQueueUserWorkItem(static engine => engine.Lead(null), this, preferLocal: false);

    /// <summary>Runs steps until <paramref name="own"/> has ended; null: until nothing is left to do.</summary>
    private void Lead(StepRequest? own)
    {
        Volatile.Write(ref _leader, Environment.CurrentManagedThreadId);
        while (Gather())
        {
            long start = Stopwatch.GetTimestamp();
            try
            {
                _runner.Run(_batch, _abandoned, _pace.Prompts(_decoding + _late));
            }
            catch (Exception failure)
            {
                // Whatever it is, nobody is left waiting.
                _batch.ForEach(request => request.Fail(failure));
            }
            _lastStep = Stopwatch.GetElapsedTime(start);
            _pace.Note(_runner.LastDecoding, _runner.LastPrompts, _lastStep);
            lock (_gate)
            {
                EndFinished();
                if (own is { Ended: true })
                {
                    HandOver();
                    return;
                }
            }
        }
    }

    /// <summary>Chooses the requests of the next step.</summary>
    /// <returns>Whether there are any; if not, this thread no longer leads.</returns>
    private bool Gather()
    {
        lock (_gate)
        {
            WaitForExpected();
            _batch.Clear();
            if (_disposed)
            {
                foreach (StepRequest request in _requests)
                {
                    request.Fail(new ObjectDisposedException(typeof(Models.LanguageModel).FullName));
                }
                EndFinished();
            }
            int decoding = 0, prompts = 0;
            foreach (StepRequest request in _requests)
            {
                if (request.Decodes ? decoding < _limits.Decoding : prompts < _limits.Prompts)
                {
                    _batch.Add(request);
                    (decoding, prompts) = request.Decodes ? (decoding + 1, prompts) : (decoding, prompts + request.State.Pending);
                }
            }
            _decoding = decoding;
            if (_batch.Count > 0)
            {
                return true;
            }
            StopLeading();
            return false;
        }
    }

    // Callers that have just been served and will be back at once: without them the next step would be a small one, and they would wait for its end.
    private void WaitForExpected()
    {
        if (_expected > 0 && _requests.Count > 0)
        {
            TimeSpan most = _lastStep / WaitShare < LongestWait ? _lastStep / WaitShare : LongestWait;
            long start = Stopwatch.GetTimestamp();
            while (_expected > 0 && !_disposed && most - Stopwatch.GetElapsedTime(start) is var left && left > TimeSpan.Zero)
            {
                Monitor.Wait(_gate, TimeSpan.FromMilliseconds(Math.Max(1, Math.Ceiling(left.TotalMilliseconds))));
            }
        }
        // Who did not come is not waited for again, and is not to find the step a long one.
        _late = _expected;
        foreach (StepRequest request in _served)
        {
            request.Expected = false;
        }
        _served.Clear();
        _expected = 0;
    }

    private void EndFinished()
    {
        for (int i = 0; i < _requests.Count;)
        {
            StepRequest request = _requests[i];
            if (!request.Finished)
            {
                i++;
                continue;
            }
            _requests.RemoveAt(i);
            if (request.Continues && request.Failure is null)
            {
                request.Expected = true;
                _served.Add(request);
                _expected++;
            }
            request.End();
        }
    }

    private void HandOver()
    {
        foreach (StepRequest request in _requests)
        {
            if (!request.Asynchronous)
            {
                request.Waiter.Signal(lead: true);
                return;
            }
        }
        if (_requests.Count > 0)
        {
            LeadFromPool();
            return;
        }
        StopLeading();
    }

    private void StopLeading()
    {
        Volatile.Write(ref _leader, 0);
        _leading = false;
        Monitor.PulseAll(_gate);
    }

    private bool IsAbandoned()
    {
        if (_disposed)
        {
            return true;
        }
        foreach (StepRequest request in _batch)
        {
            if (!request.Cancellation.IsCancellationRequested)
            {
                return false;
            }
        }
        return true;
    }
}
