using DecoupleQ.Cli.Invocation;

namespace DecoupleQ.Cli.Commands;

/// <summary>What every command works with.</summary>
/// <param name="Terminal">Where it writes.</param>
/// <param name="Cancellation">Ends its work.</param>
internal sealed record ToolContext(Terminal Terminal, CancellationToken Cancellation);
