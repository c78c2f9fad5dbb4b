using System.Text;
using Spectre.Console;

namespace DecoupleQ.Cli.Invocation;

/// <summary>The two streams that the tool writes to: results to standard output, everything else to standard error.</summary>
internal sealed class Terminal
{
    // A table written to a file or a pipe is not to be folded to the 80 columns of a terminal that is not there.
    private const int WidthWithoutTerminal = 200;

    public Terminal()
    {
        Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        Output = Console.Out;
        Error = Console.Error;
        OutputConsole = CreateConsole(Output, Console.IsOutputRedirected);
        ErrorConsole = CreateConsole(Error, Console.IsErrorRedirected);
        IsErrorLive = !Console.IsErrorRedirected && ErrorConsole.Profile.Capabilities.Ansi;
    }

    public TextWriter Output { get; }

    public TextWriter Error { get; }

    public IAnsiConsole OutputConsole { get; }

    public IAnsiConsole ErrorConsole { get; }

    /// <summary>Whether standard error is a terminal where a line can be rewritten.</summary>
    public bool IsErrorLive { get; }

    private static IAnsiConsole CreateConsole(TextWriter writer, bool redirected)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = redirected ? AnsiSupport.No : AnsiSupport.Detect,
            Interactive = redirected ? InteractionSupport.No : InteractionSupport.Detect,
            Out = new AnsiConsoleOutput(writer),
        });
        if (redirected)
        {
            console.Profile.Width = WidthWithoutTerminal;
            console.Profile.Capabilities.Unicode = true;
        }
        return console;
    }
}
