using DecoupleQ.Monitoring.Entries;
using DecoupleQ.Reports.Layout;
using DecoupleQ.Reports.Periods;

namespace DecoupleQ.Reports.Tests;

/// <summary>What needs attention, though no entry of the log says so.</summary>
public sealed class ConcernTests
{
    private static readonly DateTimeOffset Start = WrittenLog.Start;

    [Theory]
    // All that they say of the limit of 0.8.
    [InlineData(60, 70, true)]
    [InlineData(60, 79, false)]
    [InlineData(60, 90, false)]
    [InlineData(40, 70, false)]
    public void Agreement_that_is_low_by_its_whole_interval_is_named_with_its_limit(int answers, int agreements, bool isNamed)
    {
        // Some above, some below, so that there is an interval.
        string[] attention = Attention(Enumerable.Range(0, answers).Select(i =>
            WrittenLog.Comparison($"{i}", Start.AddSeconds(i)) with { Agreements = agreements + (i % 2 == 0 ? 8 : -8) }));
        Assert.Equal(isNamed, attention.Length == 1);
        Assert.All(attention, item => Assert.Equal(
            $"tale-2bit: top-1 agreement with tale-dense is {agreements} %; its whole 95 % interval lies below 80 %, the limit of the alert rules.", item));
    }

    [Fact]
    public void Agreement_that_was_low_for_a_while_is_named_with_the_time()
    {
        string item = Assert.Single(Attention(Enumerable.Range(0, 1000).Select(i =>
            WrittenLog.Comparison($"{i}", Start.AddMinutes(10 * i)) with { Agreements = i is >= 600 and < 700 ? 50 + (i % 2) : 95 + (i % 2) })));
        Assert.Contains("top-1 agreement with tale-dense was 50.", item);
        Assert.Contains(" at 2026-11-06 ", item);
    }

    [Theory]
    [InlineData(100, 60, null, "60 % of the answers were cut, more than 50 %.")]
    [InlineData(100, 50, null, null)]
    [InlineData(40, 40, null, null)]
    [InlineData(1000, 600, 0.57, null)]
    [InlineData(1000, 600, 0.4, "60 % of the answers were cut, in the baseline 40 %.")]
    [InlineData(1000, 200, 0.1, "20 % of the answers were cut, in the baseline 10 %.")]
    // So few show it by chance.
    [InlineData(60, 10, 0.1, null)]
    public void A_share_of_cut_answers_is_held_against_the_baseline_or_a_limit(int answers, int cut, double? baseline, string? expected) =>
        Check(answers, cut, baseline, expected, "truncated", (answer, isSo) => answer with { Truncated = isSo });

    [Theory]
    [InlineData(100, 3, null, "3 % of the answers were empty, more than 2 %.")]
    [InlineData(100, 2, null, null)]
    [InlineData(1000, 30, 0.02, null)]
    [InlineData(1000, 60, 0.02, "6 % of the answers were empty, in the baseline 2 %.")]
    [InlineData(300_000, 12_000, 0.0, "4 % of the answers were empty, in the baseline 0 %.")]
    public void A_share_of_empty_answers_is_held_against_the_baseline_or_a_limit(int answers, int empty, double? baseline, string? expected) =>
        Check(answers, empty, baseline, expected, "empty", (answer, isSo) => answer with { Empty = isSo });

    [Fact]
    public void What_the_log_lacks_is_named()
    {
        MonitorEntry[] log =
        [
            WrittenLog.Comparison("a", Start), new LossEntry { Time = Start, Model = WrittenLog.Packed, Entries = 7, Replays = 2 },
            new LossEntry { Time = Start.AddHours(1), Model = WrittenLog.Packed, Replays = 1 },
        ];
        string[] attention = Attention(log);
        Assert.StartsWith("tale-2bit: 7 entries of the log could not be written", attention[0], StringComparison.Ordinal);
        Assert.StartsWith("tale-2bit: 3 of 4 answers that were to be compared were not", attention[1], StringComparison.Ordinal);
        Assert.Equal(2, attention.Length);
    }

    [Fact]
    public void Both_languages_name_the_same()
    {
        MonitorEntry[] log =
        [
            .. Enumerable.Range(0, 60).Select(i => WrittenLog.Comparison($"{i}", Start.AddSeconds(i)) with { Agreements = 50 + (i % 3) }),
            .. Enumerable.Range(0, 60).Select(i => WrittenLog.Answer($"{i}", Start) with { Truncated = true, Empty = i % 2 == 0 }),
            new LossEntry { Time = Start, Model = WrittenLog.Packed, Entries = 7, Replays = 2 },
        ];
        Assert.Equal(5, Attention(log).Length);
        Assert.Equal(5, Attention(log, ReportLanguage.Japanese).Length);
    }

    private static void Check(int answers, int count, double? baseline, string? expected, string signal, Func<AnswerEntry, bool, AnswerEntry> mark)
    {
        IEnumerable<MonitorEntry> log = Enumerable.Range(0, answers).Select(i => mark(WrittenLog.Answer("a", Start), i < count));
        if (baseline is double share)
        {
            // Of before: the last one counts.
            log = [Entry(0.9, Start.AddDays(-2)), Entry(share, Start.AddDays(-1)), .. log];
        }
        string[] attention = Attention(log);
        Assert.Equal(expected is null ? [] : [$"tale-2bit, /v1/chat/completions: {expected}"], attention);

        BaselineEntry Entry(double share, DateTimeOffset time) => new()
        {
            Time = time, Model = WrittenLog.Packed, Route = WrittenLog.Chat, Answers = 1000, Means = new Dictionary<string, double> { [signal] = share },
        };
    }

    private static string[] Attention(IEnumerable<MonitorEntry> log, ReportLanguage language = ReportLanguage.English)
    {
        string html = MonitorReport.Render(PeriodReader.Read(() => log, "log", new PeriodOptions { From = Start }), language);
        return [.. new AngleSharp.Html.Parser.HtmlParser().ParseDocument(html).QuerySelectorAll(".attention li").Select(item => item.TextContent)];
    }
}
