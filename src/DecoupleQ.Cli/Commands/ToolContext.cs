using DecoupleQ.Cli.Invocation;
using DecoupleQ.Cli.Progress;
using DecoupleQ.Cli.Rendering;

namespace DecoupleQ.Cli.Commands;

/// <summary>What every command works with.</summary>
/// <param name="Terminal">Where it writes.</param>
/// <param name="Signals">End its work.</param>
/// <param name="Interruption">What it does about that.</param>
/// <param name="Events">Takes events, where they are asked for.</param>
internal sealed record ToolContext(Terminal Terminal, TerminationSignals Signals, Interruption Interruption, ProgressEvents Events)
{
    /// <summary>Ends its work.</summary>
    public CancellationToken Cancellation => Signals.Token;
}
