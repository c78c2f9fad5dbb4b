using DecoupleQ.Cli.Progress;
using DecoupleQ.Cli.Rendering;

namespace DecoupleQ.Cli.Commands;

/// <summary>What every command works with.</summary>
/// <param name="Terminal">Where it writes.</param>
/// <param name="Cancellation">Ends its work.</param>
/// <param name="Events">Takes events, where they are asked for.</param>
internal sealed record ToolContext(Terminal Terminal, CancellationToken Cancellation, ProgressEvents Events);
