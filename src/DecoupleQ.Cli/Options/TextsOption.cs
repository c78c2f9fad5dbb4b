using System.CommandLine;

namespace DecoupleQ.Cli.Options;

/// <summary>An option that takes a text, and may be repeated.</summary>
internal sealed class TextsOption : Option<string[]>, IExpects
{
    public TextsOption(string name, string helpName, string description, string expected)
        : base(name)
    {
        Description = description;
        HelpName = helpName;
        Expected = expected;
        Arity = ArgumentArity.OneOrMore;
    }

    public string Expected { get; }
}
