using System.CommandLine;

namespace DecoupleQ.Cli.Options;

/// <summary>An option that takes the path of a file or folder.</summary>
internal sealed class PathOption : Option<string>, IExpects, ITakesPaths
{
    public PathOption(string name, string[] aliases, string helpName, string description, string expected)
        : base(name, aliases)
    {
        Description = description;
        HelpName = helpName;
        Expected = expected;
        Validators.Add(PathValidation.Validate);
    }

    public string Expected { get; }
}
