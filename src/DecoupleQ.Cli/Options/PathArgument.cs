using System.CommandLine;

namespace DecoupleQ.Cli.Options;

/// <summary>A positional path.</summary>
internal sealed class PathArgument : Argument<string>, IExpects, ITakesPaths
{
    public PathArgument(string name, string description, string expected)
        : base(name)
    {
        Description = description;
        Expected = expected;
        Validators.Add(PathValidation.Validate);
    }

    public string Expected { get; }
}
