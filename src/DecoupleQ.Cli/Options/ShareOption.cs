using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace DecoupleQ.Cli.Options;

/// <summary>
/// An option that takes a share, as a percentage or a fraction: <c>5%</c>, <c>0.05</c>. A bare 1, which may be meant for either, is neither, unless the one of
/// them makes no sense.
/// </summary>
internal sealed class ShareOption : Option<double?>, IExpects
{
    private const double Hundred = 100;

    private readonly bool _oneIsAll;

    /// <param name="name">As typed, with its dashes.</param>
    /// <param name="description">For the help.</param>
    /// <param name="oneIsAll">Whether a bare 1 can only mean all: a limit of 1 % would be none.</param>
    public ShareOption(string name, string description, bool oneIsAll = false)
        : base(name)
    {
        _oneIsAll = oneIsAll;
        Description = description;
        HelpName = "X%";
        CustomParser = Parse;
    }

    public string Expected => _oneIsAll ? "a percentage from 0% to 100%, or a fraction from 0 to 1, such as 85% or 0.85"
        : "a percentage from 0% to 100%, or a fraction from 0 up to but not 1, such as 5% or 0.05";

    private double? Parse(ArgumentResult result)
    {
        string text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
        bool isPercentage = text.EndsWith('%');
        if (double.TryParse(isPercentage ? text[..^1] : text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
            && value >= 0 && (isPercentage ? value <= Hundred : _oneIsAll ? value <= 1 : value < 1))
        {
            return isPercentage ? value / Hundred : value;
        }
        result.AddError($"'{text}' cannot be used.");
        return null;
    }
}
