using System.Text;
using DecoupleQ.Storage;
using Spectre.Console;

namespace DecoupleQ.Cli.Rendering;

/// <summary>
/// The streams of the tool: results go to standard output, everything else to standard error. Nothing else in the tool opens them, so that whatever is written
/// on a terminal is <see cref="VisibleText"/>.
/// </summary>
internal sealed class Terminal
{
    // A table written to a file or a pipe is not to be folded to the 80 columns of a terminal that is not there.
    private const int WidthWithoutTerminal = 200;

    private static readonly UTF8Encoding Encoding = new(encoderShouldEmitUTF8Identifier: false);

    // Commands that read nothing leave the terminal's input alone.
    private readonly Lazy<TextReader> _input = new(
        () => Console.IsInputRedirected ? new StreamReader(StandardStreams.OpenInput(), Encoding) : Console.In);

    private readonly VisibleWriter _output, _error;

    public Terminal()
    {
        Console.OutputEncoding = Encoding;
        TextWriter output = new StreamWriter(StandardStreams.OpenOutput(), Encoding) { AutoFlush = true };
        TextWriter error = new StreamWriter(StandardStreams.OpenError(), Encoding) { AutoFlush = true };
        _output = new VisibleWriter(output, isTerminal: !Console.IsOutputRedirected);
        _error = new VisibleWriter(error, isTerminal: !Console.IsErrorRedirected);
        // Where the parser writes its help.
        Console.SetOut(_output);
        Console.SetError(Error);
        IsInputLive = !Console.IsInputRedirected;
        OutputConsole = CreateConsole(output, Console.IsOutputRedirected);
        ErrorConsole = CreateConsole(error, Console.IsErrorRedirected);
        IsErrorLive = !Console.IsErrorRedirected && ErrorConsole.Profile.Capabilities.Ansi;
    }

    public TextWriter Output => _output;

    public TextWriter Error => _error;

    /// <summary>What is typed, or comes from a file or pipe in UTF-8.</summary>
    public TextReader Input => _input.Value;

    /// <summary>Whether somebody types.</summary>
    public bool IsInputLive { get; }

    public IAnsiConsole OutputConsole { get; }

    public IAnsiConsole ErrorConsole { get; }

    /// <summary>Whether standard error is a terminal where a line can be rewritten.</summary>
    public bool IsErrorLive { get; }

    /// <summary>Shows the cursor, which bars hide.</summary>
    public void ShowCursor()
    {
        if (IsErrorLive)
        {
            ErrorConsole.Cursor.Show();
        }
    }

    /// <summary>Writes a line to standard error; on a terminal by the console that a live display is on, which makes room for it.</summary>
    public void WriteErrorLine(string line)
    {
        if (IsErrorLive)
        {
            ErrorConsole.Write(new Text(line + "\n"));
        }
        else
        {
            Error.WriteLine(line);
        }
    }

    /// <summary>Lets what is written to standard output command a terminal from now on.</summary>
    public void WriteRaw() => _output.IsRaw = true;

    /// <summary>Writes a piece of a result that grows.</summary>
    public void Stream(string piece)
    {
        Output.Write(piece);
        Output.Flush();
    }

    /// <summary>Nothing more is written.</summary>
    public void Complete()
    {
        _output.Complete();
        _error.Complete();
    }

    private static IAnsiConsole CreateConsole(TextWriter writer, bool redirected)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = redirected ? AnsiSupport.No : AnsiSupport.Detect,
            // Not detected: that looks at standard output, which may be a file while progress is shown on standard error.
            Interactive = redirected ? InteractionSupport.No : InteractionSupport.Yes,
            Out = new AnsiConsoleOutput(writer),
        });
        if (!redirected)
        {
            console.Pipeline.Attach(new VisibleSegments());
        }
        else
        {
            console.Profile.Width = WidthWithoutTerminal;
            console.Profile.Capabilities.Unicode = true;
        }
        return console;
    }
}
