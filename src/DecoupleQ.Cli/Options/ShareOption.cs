using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace DecoupleQ.Cli.Options;

/// <summary>
/// An option that takes a share, as a percentage or a fraction: <c>5%</c>, <c>0.05</c>. A bare 1, which may be meant for either, is neither.
/// </summary>
internal sealed class ShareOption : Option<double?>, IExpects
{
    private const double Hundred = 100;

    /// <param name="name">As typed, with its dashes.</param>
    /// <param name="description">For the help.</param>
    public ShareOption(string name, string description)
        : base(name)
    {
        Description = description;
        HelpName = "X%";
        CustomParser = Parse;
    }

    public string Expected => "a percentage from 0% to 100%, or a fraction from 0 up to but not 1, such as 5% or 0.05";

    private static double? Parse(ArgumentResult result)
    {
        string text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
        bool isPercentage = text.EndsWith('%');
        if (double.TryParse(isPercentage ? text[..^1] : text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
            && value >= 0 && (isPercentage ? value <= Hundred : value < 1))
        {
            return isPercentage ? value / Hundred : value;
        }
        result.AddError($"'{text}' cannot be used.");
        return null;
    }
}
