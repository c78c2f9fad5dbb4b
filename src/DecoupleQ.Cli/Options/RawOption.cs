using System.CommandLine;
using DecoupleQ.Cli.Rendering;

namespace DecoupleQ.Cli.Options;

/// <summary><c>--raw</c>, of commands that print what a model or template writes.</summary>
internal sealed class RawOption : Option<bool>
{
    public RawOption()
        : base("--raw") => Description = "Write control characters of the text to a terminal as they are; they are shown as \\u001B there otherwise";

    /// <summary>Has a terminal take the characters as they are, if it is given.</summary>
    public void Apply(ParseResult parse, Terminal terminal)
    {
        if (parse.GetValue(this))
        {
            terminal.WriteRaw();
        }
    }
}
