using System.Text.Json;
using DecoupleQ.Cli.Commands;
using DecoupleQ.Cli.Invocation;
using DecoupleQ.Cli.Json;
using DecoupleQ.Cli.Rendering;
using DecoupleQ.Testing;

namespace DecoupleQ.Cli.Tests;

/// <summary>docs/command-line.md says what the tool does.</summary>
public sealed class DocumentationTests
{
    private static readonly string Text = File.ReadAllText(Path.Combine(Paths.Repository, "docs", "command-line.md"));

    [Fact]
    public void Every_exit_code_is_documented()
    {
        foreach (int code in (int[])[.. ExitCodes.All.Select(exit => exit.Code), ExitCodes.HungUp, ExitCodes.Terminated])
        {
            Assert.Matches($@"\b{code}\b", Text);
        }
    }

    [Fact]
    public void Every_field_of_an_event_is_documented()
    {
        foreach (string field in typeof(ProgressEvent).GetProperties().Select(p => p.Name).Select(JsonNamingPolicy.CamelCase.ConvertName))
        {
            Assert.Contains($"`{field}`", Text);
        }
    }

    [Fact]
    public void Every_command_is_documented()
    {
        Terminal terminal = new();
        using TerminationSignals signals = new(terminal);
        foreach (System.CommandLine.Command command in ToolRoot.Create(new(terminal, signals, new(), new(TextWriter.Null))).Subcommands)
        {
            Assert.Contains($"| `{command.Name}", Text);
        }
    }
}
