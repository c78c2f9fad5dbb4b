using System.Globalization;
using System.Text;
using DecoupleQ.Chat.Templates.Values;

namespace DecoupleQ.Chat.Templates.Evaluation;

/// <summary>Times as <c>strftime</c> writes them in the C locale.</summary>
internal static class Strftime
{
    private const string Supported =
        "%a %A %b %B %c %C %d %D %e %f %F %g %G %h %H %I %j %k %l %m %M %n %p %r %R %s %S %t %T %u %U %V %w %W %x %X %y %Y %z %Z or %%, "
        + "with -, _, 0 or ^ behind %";

    /// <summary>The time in a format of directives such as <c>%d %b %Y</c>, with the flags of the GNU library; zones are empty, as the time has none.</summary>
    /// <exception cref="DecoupleQException">A directive is not supported.</exception>
    public static TextValue Format(TemplateRun run, DateTimeOffset time, string format)
    {
        run.Spend(32L * format.Length);
        run.Make(8L * format.Length);
        var text = new StringBuilder();
        for (int i = 0; i < format.Length; i++)
        {
            if (format[i] != '%')
            {
                text.Append(format[i]);
                continue;
            }
            int start = i++;
            char flag = '\0';
            while (i < format.Length && format[i] is '-' or '_' or '0' or '^')
            {
                flag = format[i++];
            }
            // The longest that one writes.
            run.Make(100);
            string directive = format[start..Math.Min(format.Length, i + 1)];
            text.Append(
                i < format.Length && Directive(format[i], flag, time) is string written
                    ? written
                    : throw run.Fail($"The directive '{directive}' of strftime_now is not supported.", Supported));
        }
        run.Spend(text.Length);
        return TextValue.Of(text.ToString());
    }

    private static string? Directive(char directive, char flag, DateTimeOffset time)
    {
        int weekday = (int)time.DayOfWeek, day = time.DayOfYear - 1, hour = (time.Hour + 11) % 12 + 1;
        string? text = directive switch
        {
            'a' => time.ToString("ddd", CultureInfo.InvariantCulture),
            'A' => time.ToString("dddd", CultureInfo.InvariantCulture),
            'b' or 'h' => time.ToString("MMM", CultureInfo.InvariantCulture),
            'B' => time.ToString("MMMM", CultureInfo.InvariantCulture),
            'c' => time.ToString("ddd MMM ", CultureInfo.InvariantCulture) + Padded(time.Day, 2, ' ')
                + time.ToString(" HH:mm:ss yyyy", CultureInfo.InvariantCulture),
            'C' => Number(time.Year / 100, 2),
            'd' => Number(time.Day, 2),
            'D' or 'x' => time.ToString("MM'/'dd'/'yy", CultureInfo.InvariantCulture),
            'e' => Number(time.Day, 2, ' '),
            'f' => time.ToString("ffffff", CultureInfo.InvariantCulture),
            'F' => time.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            'g' => Number(ISOWeek.GetYear(time.DateTime) % 100, 2),
            'G' => Number(ISOWeek.GetYear(time.DateTime), 4),
            'H' => Number(time.Hour, 2),
            'I' => Number(hour, 2),
            'j' => Number(time.DayOfYear, 3),
            'k' => Number(time.Hour, 2, ' '),
            'l' => Number(hour, 2, ' '),
            'm' => Number(time.Month, 2),
            'M' => Number(time.Minute, 2),
            'n' => "\n",
            'p' => time.ToString("tt", CultureInfo.InvariantCulture),
            'r' => time.ToString("hh:mm:ss tt", CultureInfo.InvariantCulture),
            'R' => time.ToString("HH:mm", CultureInfo.InvariantCulture),
            's' => time.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
            'S' => Number(time.Second, 2),
            't' => "\t",
            'T' or 'X' => time.ToString("HH:mm:ss", CultureInfo.InvariantCulture),
            'u' => Number(weekday == 0 ? 7 : weekday, 1),
            'U' => Number((day + 7 - weekday) / 7, 2),
            'V' => Number(ISOWeek.GetWeekOfYear(time.DateTime), 2),
            'w' => Number(weekday, 1),
            'W' => Number((day + 7 - (weekday + 6) % 7) / 7, 2),
            'y' => Number(time.Year % 100, 2),
            'Y' => Number(time.Year, 4),
            'z' or 'Z' => "",
            '%' => "%",
            _ => null,
        };
        return flag == '^' ? text?.ToUpperInvariant() : text;

        string Number(int number, int width, char fill = '0') => Padded(number, width, flag switch { '-' => '\0', '_' => ' ', '0' => '0', _ => fill });
    }

    private static string Padded(int number, int width, char fill)
    {
        string digits = number.ToString(CultureInfo.InvariantCulture);
        return fill == '\0' ? digits : digits.PadLeft(width, fill);
    }
}
