using System.CommandLine;

namespace DecoupleQ.Cli.Options;

/// <summary>An option that takes one or more paths, after one another or repeated.</summary>
internal sealed class PathsOption : Option<string[]>, IExpects, ITakesPaths
{
    public PathsOption(string name, string helpName, string description, string expected)
        : base(name)
    {
        Description = description;
        HelpName = helpName;
        Expected = expected;
        Arity = ArgumentArity.OneOrMore;
        AllowMultipleArgumentsPerToken = true;
        Validators.Add(PathValidation.Validate);
    }

    public string Expected { get; }
}
