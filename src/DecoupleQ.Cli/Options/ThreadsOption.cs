using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace DecoupleQ.Cli.Options;

/// <summary><c>--threads</c>, the same in every command: a number, or <c>all</c>.</summary>
internal sealed class ThreadsOption : Option<int?>, IExpects
{
    private const string All = "all";

    public ThreadsOption()
        : base("--threads", "-t")
    {
        Description = "Threads to work with; the result does not depend on it; all, or 0, for one a physical core [default: all]";
        HelpName = $"N|{All}";
        CustomParser = Parse;
    }

    public string Expected => $"{OptionRange.Threads.Expected}, or {All}";

    /// <summary>The number, 0 for one a physical core.</summary>
    public int ValueIn(ParseResult parse) => parse.GetValue(this) ?? 0;

    private static int? Parse(ArgumentResult result)
    {
        string text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
        if (text == All)
        {
            return 0;
        }
        if (int.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out int threads) && OptionRange.Threads.Contains(threads))
        {
            return threads;
        }
        result.AddError($"'{text}' cannot be used.");
        return null;
    }
}
