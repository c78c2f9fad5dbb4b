using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace DecoupleQ.Cli.Options;

/// <summary>An option that takes one or more whole numbers, after one another or repeated.</summary>
internal sealed class NumbersOption : Option<int[]>, IExpects
{
    /// <param name="name">As typed, with its dashes.</param>
    /// <param name="description">For the help.</param>
    /// <param name="range">The numbers allowed.</param>
    /// <param name="defaultValue">The numbers if none are given.</param>
    public NumbersOption(string name, string description, OptionRange<int> range, IReadOnlyList<int> defaultValue)
        : base(name)
    {
        Description = $"{description} [default: {string.Join(' ', defaultValue)}]";
        HelpName = "N...";
        Expected = range.Expected;
        Arity = ArgumentArity.OneOrMore;
        AllowMultipleArgumentsPerToken = true;
        CustomParser = result => [.. result.Tokens.Select(token => Parse(token.Value, range, result))];
    }

    public string Expected { get; }

    private static int Parse(string text, OptionRange<int> range, ArgumentResult result)
    {
        if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value) && range.Contains(value))
        {
            return value;
        }
        result.AddError($"'{text}' cannot be used.");
        return 0;
    }
}
