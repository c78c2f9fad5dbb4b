using System.CommandLine;
using System.CommandLine.Parsing;

namespace DecoupleQ.Cli.Options;

/// <summary>An option that takes a number of bytes, with a unit or without: <c>500MB</c>, <c>1.5GiB</c>.</summary>
internal sealed class SizeOption : Option<long?>, IExpects
{
    private readonly long _least;

    /// <param name="name">As typed, with its dashes.</param>
    /// <param name="description">For the help.</param>
    /// <param name="least">The fewest bytes.</param>
    public SizeOption(string name, string description, long least = 0)
        : base(name)
    {
        _least = least;
        Description = description;
        HelpName = "SIZE";
        CustomParser = Parse;
        Expected = MemorySize.Expected + (least > 1 ? $", at least {least}" : "");
    }

    public string Expected { get; }

    private long? Parse(ArgumentResult result)
    {
        string text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
        if (MemorySize.TryParse(text, out long bytes) && bytes >= _least)
        {
            return bytes;
        }
        result.AddError($"'{text}' cannot be used.");
        return null;
    }
}
