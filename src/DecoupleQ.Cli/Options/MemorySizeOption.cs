using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace DecoupleQ.Cli.Options;

/// <summary>An option that takes a size in memory: a number of bytes, or one with KB, MB, GB (powers of 1000) or KiB, MiB, GiB (powers of 1024).</summary>
internal sealed class MemorySizeOption : Option<long?>, IExpects
{
    private static readonly (string Suffix, double Bytes)[] Units =
    [
        ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("KB", 1e3), ("MB", 1e6), ("GB", 1e9), ("B", 1), ("", 1),
    ];

    /// <param name="name">As typed, with its dashes.</param>
    /// <param name="description">For the help.</param>
    public MemorySizeOption(string name, string description)
        : base(name)
    {
        Description = description;
        HelpName = "SIZE";
        CustomParser = Parse;
    }

    public string Expected => "a size such as 200MB or 1.5GiB";

    private static long? Parse(ArgumentResult result)
    {
        string text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
        (string suffix, double bytes) = Units.First(unit => text.EndsWith(unit.Suffix, StringComparison.OrdinalIgnoreCase));
        string number = text[..^suffix.Length].Trim();
        if (double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value) && value > 0 && value * bytes < long.MaxValue)
        {
            return (long)(value * bytes);
        }
        result.AddError($"'{text}' cannot be used.");
        return null;
    }
}
