using System.Globalization;
using System.Text;
using DecoupleQ.Chat.Templates.Values;

namespace DecoupleQ.Chat.Templates.Evaluation;

/// <summary>Times as <c>strftime</c> writes them in the C locale.</summary>
internal static class Strftime
{
    /// <summary>The time in a format of directives such as <c>%d %b %Y</c>.</summary>
    /// <exception cref="DecoupleQException">A directive is not supported.</exception>
    public static TextValue Format(TemplateRun run, DateTimeOffset time, string format)
    {
        var text = new StringBuilder();
        for (int i = 0; i < format.Length; i++)
        {
            if (format[i] != '%')
            {
                text.Append(format[i]);
                continue;
            }
            string directive = format[i..Math.Min(format.Length, i + 2)];
            text.Append(
                Directive(directive, time)
                    ?? throw run.Fail($"The directive '{directive}' of strftime_now is not supported.", "%a %A %b %B %d %H %I %j %m %M %p %S %y %Y or %%"));
            i++;
        }
        run.Spend(text.Length);
        return TextValue.Of(text.ToString());
    }

    private static string? Directive(string directive, DateTimeOffset time) => directive switch
    {
        "%a" => time.ToString("ddd", CultureInfo.InvariantCulture),
        "%A" => time.ToString("dddd", CultureInfo.InvariantCulture),
        "%b" => time.ToString("MMM", CultureInfo.InvariantCulture),
        "%B" => time.ToString("MMMM", CultureInfo.InvariantCulture),
        "%d" => time.ToString("dd", CultureInfo.InvariantCulture),
        "%H" => time.ToString("HH", CultureInfo.InvariantCulture),
        "%I" => time.ToString("hh", CultureInfo.InvariantCulture),
        "%j" => time.DayOfYear.ToString("000", CultureInfo.InvariantCulture),
        "%m" => time.ToString("MM", CultureInfo.InvariantCulture),
        "%M" => time.ToString("mm", CultureInfo.InvariantCulture),
        "%p" => time.ToString("tt", CultureInfo.InvariantCulture),
        "%S" => time.ToString("ss", CultureInfo.InvariantCulture),
        "%y" => time.ToString("yy", CultureInfo.InvariantCulture),
        "%Y" => time.ToString("yyyy", CultureInfo.InvariantCulture),
        "%%" => "%",
        _ => null,
    };
}
