using System.CommandLine;

namespace DecoupleQ.Cli.Options;

/// <summary>A positional path.</summary>
internal sealed class PathArgument : Argument<string>, IExpects, ITakesPaths
{
    public PathArgument(string name, string description)
        : base(name)
    {
        Description = description;
        Expected = description;
        Validators.Add(PathValidation.Validate);
    }

    public string Expected { get; }
}
