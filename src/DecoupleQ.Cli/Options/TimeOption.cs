using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace DecoupleQ.Cli.Options;

/// <summary>An option that takes a moment: a day, which stands for its beginning, or a time of it; in universal time unless an offset follows.</summary>
internal sealed class TimeOption : Option<DateTimeOffset?>, IExpects
{
    private static readonly string[] Formats =
    [
        "yyyy-MM-dd", "yyyy-MM-ddTHH:mm", "yyyy-MM-ddTHH:mm:ss", "yyyy-MM-ddTHH:mmK", "yyyy-MM-ddTHH:mm:ssK", "yyyy-MM-ddTHH:mm:ss.FFFFFFFK",
    ];

    /// <param name="name">As typed, with its dashes.</param>
    /// <param name="description">For the help.</param>
    public TimeOption(string name, string description)
        : base(name)
    {
        Description = description;
        HelpName = "TIME";
        CustomParser = Parse;
    }

    public string Expected => "a day such as 2026-11-28, or a time such as 2026-11-28T14:30, 2026-11-28T14:30+09:00";

    private static DateTimeOffset? Parse(ArgumentResult result)
    {
        string text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
        if (DateTimeOffset.TryParseExact(text, Formats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time))
        {
            return time;
        }
        result.AddError($"'{text}' is no time.");
        return null;
    }
}
