using System.Runtime.InteropServices;
using DecoupleQ.Cli.Rendering;

namespace DecoupleQ.Cli.Invocation;

/// <summary>
/// Turns the first signal to end into cancellation, so that the work can clean up; the second ends the process at once. Ctrl-C within a part of the work that
/// can end by itself ends that part alone.
/// </summary>
internal sealed class TerminationSignals : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly List<PosixSignalRegistration> _registrations = [];
    private readonly Terminal _terminal;
    private readonly Lock _lock = new();
    private Part? _part;
    private int _exitCode;

    public TerminationSignals(Terminal terminal)
    {
        _terminal = terminal;
        Register(PosixSignal.SIGINT, ExitCodes.Cancelled);
        Register(PosixSignal.SIGTERM, ExitCodes.Terminated);
        Register(PosixSignal.SIGHUP, ExitCodes.HungUp);
    }

    public CancellationToken Token => _source.Token;

    /// <summary>The exit code that belongs to the first signal; null while there was none.</summary>
    public int? ExitCode => Volatile.Read(ref _exitCode) is int code and not 0 ? code : null;

    /// <summary>Begins a part of the work that Ctrl-C ends without ending the rest.</summary>
    public Part BeginPart()
    {
        lock (_lock)
        {
            return _part = new Part(this);
        }
    }

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
        {
            registration.Dispose();
        }
        _source.Dispose();
    }

    private void Register(PosixSignal signal, int exitCode) => _registrations.Add(PosixSignalRegistration.Create(signal, context =>
    {
        context.Cancel = true;
        if (signal == PosixSignal.SIGINT && EndPart())
        {
            return;
        }
        if (Interlocked.CompareExchange(ref _exitCode, exitCode, 0) == 0)
        {
            _source.Cancel();
            return;
        }
        _terminal.ShowCursor();
        Environment.Exit(exitCode);
    }));

    /// <returns>Whether there was a part to end that had not been told to before.</returns>
    private bool EndPart()
    {
        lock (_lock)
        {
            return _part is not null && _part.End();
        }
    }

    private void Forget(Part part)
    {
        lock (_lock)
        {
            _part = _part == part ? null : _part;
        }
    }

    /// <summary>A part of the work.</summary>
    internal sealed class Part(TerminationSignals signals) : IDisposable
    {
        private readonly CancellationTokenSource _own = CancellationTokenSource.CreateLinkedTokenSource(signals.Token);

        /// <summary>Ends the part, alone or with all of the work.</summary>
        public CancellationToken Token => _own.Token;

        /// <summary>Whether Ctrl-C ended the part, and the rest goes on.</summary>
        public bool EndedAlone => _own.IsCancellationRequested && !signals.Token.IsCancellationRequested;

        /// <summary>Tells the part to end; false if it had been told to before.</summary>
        public bool End()
        {
            if (_own.IsCancellationRequested)
            {
                return false;
            }
            _own.Cancel();
            return true;
        }

        public void Dispose()
        {
            signals.Forget(this);
            _own.Dispose();
        }
    }
}
