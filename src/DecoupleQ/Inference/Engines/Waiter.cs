namespace DecoupleQ.Inference.Engines;

/// <summary>Where a blocked caller sleeps until a request of its own has ended or it is its turn to lead.</summary>
internal sealed class Waiter
{
    private readonly object _monitor = new();
    private bool _signalled;
    private bool _leads;

    /// <summary>Wakes the caller.</summary>
    /// <param name="lead">Whether it is to lead.</param>
    public void Signal(bool lead)
    {
        lock (_monitor)
        {
            _signalled = true;
            _leads |= lead;
            Monitor.Pulse(_monitor);
        }
    }

    /// <summary>Sleeps until signalled.</summary>
    /// <returns>Whether it is the caller's turn to lead.</returns>
    public bool Wait()
    {
        lock (_monitor)
        {
            while (!_signalled)
            {
                Monitor.Wait(_monitor);
            }
            bool leads = _leads;
            _signalled = _leads = false;
            return leads;
        }
    }

    /// <summary>Forgets signals of earlier calls.</summary>
    public void Reset()
    {
        lock (_monitor)
        {
            _signalled = _leads = false;
        }
    }
}
