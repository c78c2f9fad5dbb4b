using System.Diagnostics;
using System.Globalization;
using DecoupleQ.Chat;
using DecoupleQ.Tests.Fuzzing;

namespace DecoupleQ.Bench;

/// <summary>
/// How long templates that do one thing without end go on until they are refused, from the slowest on: <c>templates [SHOWN]</c>. Those below 0.1 s are
/// refused for what they make.
/// </summary>
internal static class TemplateBenchmark
{
    private const int ShownByDefault = 20;

    public static void Run(Report report)
    {
        int shown = report.Arguments is [string count, ..] ? int.Parse(count, CultureInfo.InvariantCulture) : ShownByDefault;
        var times = new List<(int Number, TimeSpan Time, string End)>();
        ChatMessage[] messages = [new(ChatMessage.User, "Hi")];
        for (int number = 0; number < HostileTemplates.Count; number++)
        {
            long start = Stopwatch.GetTimestamp();
            string end = "rendered";
            try
            {
                ChatTemplate.Parse(HostileTemplates.Template(number)).Render(messages);
            }
            catch (DecoupleQException refused)
            {
                end = refused.Message;
            }
            times.Add((number, Stopwatch.GetElapsedTime(start), end));
        }
        foreach ((int number, TimeSpan time, string end) in times.OrderByDescending(entry => entry.Time).Take(shown))
        {
            (string what, int length) = HostileTemplates.Describe(number);
            report.Add(("seconds", time.TotalSeconds), ("length", length), ("does", what), ("end", end));
        }
    }
}
