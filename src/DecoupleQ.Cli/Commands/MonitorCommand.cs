using System.CommandLine;
using DecoupleQ.Cli.Invocation;

namespace DecoupleQ.Cli.Commands;

/// <summary><c>decoupleq monitor ..</c>: what there is to do with a server's monitor log.</summary>
internal sealed class MonitorCommand : Command, IShowsExamples
{
    public MonitorCommand(ToolContext context)
        : base("monitor", "What the monitor log of a server tells") => Add(new MonitorReportCommand(context));

    public IReadOnlyList<string> Examples => [.. Subcommands.OfType<IShowsExamples>().SelectMany(command => command.Examples)];
}
