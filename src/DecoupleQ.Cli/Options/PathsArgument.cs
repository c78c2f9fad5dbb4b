using System.CommandLine;

namespace DecoupleQ.Cli.Options;

/// <summary>One or more positional paths.</summary>
internal sealed class PathsArgument : Argument<string[]>, IExpects, ITakesPaths
{
    public PathsArgument(string name, string description, string expected)
        : base(name)
    {
        Description = description;
        Expected = expected;
        Arity = ArgumentArity.OneOrMore;
        Validators.Add(PathValidation.Validate);
    }

    public string Expected { get; }
}
