using System.Runtime.InteropServices;
using DecoupleQ.Cli.Rendering;
using Spectre.Console;

namespace DecoupleQ.Cli.Invocation;

/// <summary>Turns the first signal to end into cancellation, so that the work can clean up; the second ends the process at once.</summary>
internal sealed class TerminationSignals : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly List<PosixSignalRegistration> _registrations = [];
    private readonly Terminal _terminal;
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
        if (Interlocked.CompareExchange(ref _exitCode, exitCode, 0) == 0)
        {
            _source.Cancel();
            return;
        }
        if (_terminal.IsErrorLive)
        {
            _terminal.ErrorConsole.Cursor.Show();
        }
        Environment.Exit(exitCode);
    }));
}
