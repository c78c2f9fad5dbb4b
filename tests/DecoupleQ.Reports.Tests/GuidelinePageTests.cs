using System.Collections;
using System.Reflection;
using System.Text.RegularExpressions;
using AngleSharp.Dom;
using AngleSharp.Html.Dom;
using DecoupleQ.Pilot.Guidelines;
using DecoupleQ.Pilot.Results;
using DecoupleQ.Pilot.Thresholds;
using DecoupleQ.Reports.Guidelines;
using DecoupleQ.Reports.Layout;
using DecoupleQ.Reports.Wording;
using static DecoupleQ.Reports.Tests.PageChecks;

namespace DecoupleQ.Reports.Tests;

public sealed class GuidelinePageTests
{
    private const string Command = "decoupleq guideline a.json b.json -o guideline.md";

    public static TheoryData<ReportLanguage> Languages => [.. Enum.GetValues<ReportLanguage>()];

    [Fact]
    public void Each_cell_has_its_evidence()
    {
        string[] lines = Render(isMarkdown: true).Split('\n');
        Assert.Equal("# Where 2 bits hold", lines[0]);
        // Two pilots of one cell, side by side; the chosen setting by the half that judges.
        Assert.Contains(
            "| llama | 361.8M | tale-362m | text: manuals.txt, mails.txt | Perplexity increase, at most 5 %, Top-1 agreement, at least 88 % "
            + "| groups of 64: pass (+3.12 %) \\[1\\]<br>groups of 64: fail (+9 %) \\[2\\] | 2 bits not decided |",
            lines);
        Assert.Contains(
            "| 2 | 64<br>(8, 8) | judging | +3.12 %<br>(+2.51 – +3.74 %) | 90.12 %<br>(89.31 – 90.9 %) | 120 | pass "
            + "| paper<br>(0123456789ab) | \\[1\\] 1.2.3<br>2026-11-29 |",
            lines);
        Assert.Contains(lines, line => line.StartsWith("decoupleq pilot tale-362m --test manuals.txt mails.txt ", StringComparison.Ordinal));
        Assert.Contains("Given again, and not counted: c.json.", lines);
        Assert.Equal(Command, lines[^5]);
    }

    [Theory]
    [MemberData(nameof(Languages))]
    public void The_page_is_valid_and_says_what_the_Markdown_says(ReportLanguage language)
    {
        string html = Render(isMarkdown: false, language), markdown = Render(isMarkdown: true, language);
        CompleteInItself(html, language);
        IHtmlDocument page = Parse(html);
        Assert.Equal(
            page.QuerySelectorAll("tbody tr, thead tr").Select(row => row.Children.Length),
            markdown.Split('\n').Where(line => line.StartsWith("| ", StringComparison.Ordinal) && !line.StartsWith("| ---", StringComparison.Ordinal))
                .Select(line => line.Split(" | ").Length));
        Assert.Contains(Command, page.QuerySelectorAll("pre").Select(text => text.TextContent));
        Assert.DoesNotMatch(@"\{\d\}|NaN|Infinity", Text(page) + markdown);
    }

    // Its words are the wider ones.
    [Fact]
    public async Task A_browser_and_a_checker_find_nothing_wrong() =>
        await SeenByABrowserAsync(Render(isMarkdown: false, ReportLanguage.Japanese));

    [Theory]
    [MemberData(nameof(Languages))]
    public void Texts_of_whatever_kind_are_shown_and_do_nothing(ReportLanguage language)
    {
        const string Marked = "<script>|a|`b`\n# c *d* [e](f) &lt; \u001b[0m";
        PilotResult rich = PilotSamples.Rich();
        PilotResult pilot = rich with
        {
            Model = rich.Model with { Name = Marked, Family = Marked },
            Tool = Marked,
            Question = rich.Question with { Test = [Marked] },
        };
        GuidelineView view = new(Guideline.Of([new(Marked, pilot)]), [Marked], Marked, language);
        IHtmlDocument page = Parse(GuidelineReport.Render(view, isMarkdown: false));
        Assert.Empty(page.QuerySelectorAll("script"));
        string markdown = GuidelineReport.Render(view, isMarkdown: true);
        Assert.DoesNotContain('\u001b', markdown);
        // Outside of blocks of code each mark has a backslash before it, and no line begins a heading of its own.
        string text = Regex.Replace(markdown, "(?ms)^(```+)sh$.*?^\\1$", "");
        Assert.DoesNotMatch(@"(?<!\\)<(?!br>)|(?<!\\)`|(?<!\\)\*|(?<!\\)\[|(?<!\\)&", text);
        Assert.DoesNotContain(text.Split('\n'), line => line.StartsWith("# c", StringComparison.Ordinal));
        Assert.All(text.Split('\n').Where(line => line.StartsWith('|')), line => Assert.EndsWith("|", line, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Languages))]
    public void Where_nothing_was_tried_that_is_said(ReportLanguage language)
    {
        GuidelineView view = new(Guideline.Of([new("a.json", PilotSamples.Empty())]), [], Command, language);
        Assert.Contains(GuidelineWords.Of(language).SummaryNone, GuidelineReport.Render(view, isMarkdown: true));
        CompleteInItself(GuidelineReport.Render(view, isMarkdown: false), language);
    }

    [Fact]
    public void Both_languages_say_everything_and_put_in_the_same_values()
    {
        GuidelineWords english = GuidelineWords.Of(ReportLanguage.English), japanese = GuidelineWords.Of(ReportLanguage.Japanese);
        foreach (PropertyInfo property in typeof(GuidelineWords).GetProperties())
        {
            object one = property.GetValue(english)!, other = property.GetValue(japanese)!;
            if (one is IDictionary names)
            {
                Assert.All(Enum.GetValues(names.Keys.Cast<object>().First().GetType()).Cast<object>(), key =>
                    Assert.Equal(Places((string)names[key]!), Places((string)((IDictionary)other)[key]!)));
            }
            else
            {
                Assert.NotEmpty((string)other);
                Assert.Equal(Places((string)one), Places((string)other));
            }
        }

        static IEnumerable<string> Places(string text) => Regex.Matches(text, @"\{\d\}").Select(match => match.Value).Order();
    }

    private static string Render(bool isMarkdown, ReportLanguage language = ReportLanguage.English)
    {
        JudgementResult[] limits =
        [
            new("max-perplexity-increase", "5%", new(0.03, 0.02, 0.04), 120, Verdict.Pass, null, null),
            new("min-agreement", "88%", new(0.9, 0.89, 0.91), 120, Verdict.Pass, null, null),
        ];
        PilotResult rich = PilotSamples.Rich(), given = rich with
        {
            Tool = "1.2.3",
            Finished = new DateTimeOffset(2026, 11, 29, 5, 0, 0, TimeSpan.Zero),
            Ladder = [],
            Quantizing = new(new Dictionary<string, string>(), new Dictionary<string, string> { ["paper"] = "0123456789ab" }),
            Chosen = rich.Chosen! with { Judgements = limits, Quality = PilotSamples.Quality(0.0312), Tasks = [] },
        };
        PilotResult other = given with
        {
            Chosen = given.Chosen! with
            {
                Judgements = [.. limits.Select(limit => limit with { Verdict = Verdict.Fail })],
                Quality = PilotSamples.Quality(0.09),
            },
        };
        return GuidelineReport.Render(new(Guideline.Of([new("a.json", given), new("b.json", other)]), ["c.json"], Command, language), isMarkdown);
    }
}
