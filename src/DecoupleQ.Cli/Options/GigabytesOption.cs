using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using DecoupleQ.Pilot.Costs;

namespace DecoupleQ.Cli.Options;

/// <summary>An option that takes a size: a plain number of gigabytes, or one with its unit, such as <c>64GB</c> or <c>512MiB</c>.</summary>
internal sealed class GigabytesOption : Option<double?>, IExpects
{
    private const double Gigabyte = 1e9;

    /// <param name="name">As typed, with its dashes.</param>
    /// <param name="description">For the help.</param>
    public GigabytesOption(string name, string description)
        : base(name)
    {
        Description = description;
        HelpName = "SIZE";
        CustomParser = Parse;
    }

    public string Expected => $"a number of GB above 0, or {MemorySize.Expected}";

    private static double? Parse(ArgumentResult result)
    {
        string text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
        double? gigabytes = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number
            : MemorySize.TryParse(text, out long bytes) ? bytes / Gigabyte
            : null;
        if (gigabytes is double size && CostTerms.MachineMemory.Range.Contains(size))
        {
            return size;
        }
        result.AddError($"'{text}' cannot be used.");
        return null;
    }
}
