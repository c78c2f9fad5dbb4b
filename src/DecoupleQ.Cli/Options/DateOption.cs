using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace DecoupleQ.Cli.Options;

/// <summary>An option that takes a date, written as 2024-07-26.</summary>
internal sealed class DateOption : Option<DateOnly?>, IExpects
{
    /// <param name="name">As typed, with its dashes.</param>
    /// <param name="description">For the help.</param>
    public DateOption(string name, string description)
        : base(name)
    {
        Description = description;
        HelpName = "YYYY-MM-DD";
        CustomParser = Parse;
    }

    public string Expected => "a date such as 2024-07-26";

    private static DateOnly? Parse(ArgumentResult result)
    {
        string text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
        if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly date))
        {
            return date;
        }
        result.AddError($"'{text}' is no date.");
        return null;
    }
}
