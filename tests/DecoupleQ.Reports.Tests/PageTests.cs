using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using AngleSharp.Dom;
using AngleSharp.Html.Dom;
using DecoupleQ.Monitoring.Entries;
using DecoupleQ.Reports.Layout;
using DecoupleQ.Reports.Pages;
using DecoupleQ.Reports.Periods;
using static DecoupleQ.Reports.Tests.PageChecks;

namespace DecoupleQ.Reports.Tests;

public sealed class PageTests
{
    public static TheoryData<ReportLanguage> Languages => [.. Enum.GetValues<ReportLanguage>()];

    [Fact]
    public void The_page_tells_what_happened()
    {
        string text = Text(Parse(Render(WrittenLog.Month())));
        Assert.Contains("2026-11-02 00:00 to 2026-11-29 20:58, universal time (UTC)", text);
        Assert.Contains(
            "tale-2bit, /v1/chat/completions: answers differed from the baseline from 2026-11-18 09:35 to 2026-11-21 04:47: log-probability, entropy.", text);
        Assert.Contains("tale-2bit: 1 of 2 self-checks failed", text);
        Assert.Contains("tale-2bit: the share of requests fell to 0 at 2026-11-27 00:01: a self-check failed", text);
        Assert.Contains("log-probability: -1.51 in place of -1 (p = 1e-12)", text);
        Assert.Contains("tale-2bit canary fp_0123abcd", text);
        Assert.Contains("tale-dense primary", text);
        Assert.Matches(@"tale-2bit tale-dense \d+ 0\.0\d+ \(0\.0\d+ – 0\.0\d+\) 90 % \(90 % – 90 %\) 1\.0513 \(1\.0513 – 1\.0513\)", text);
        Assert.Contains("25 % started", text);
        Assert.Matches(@"chatcmpl-\d+ KL divergence 0\.1\d+ nats a token, top-1 agreement 90 %, 100 tokens", text);
        Assert.Contains("Its texts were not logged.", text);
        Assert.Contains("The captain was an old man, and he told of a storm.", text);
    }

    [Fact]
    public void The_plots_have_a_line_for_each_model_and_mark_drift()
    {
        IHtmlDocument page = Parse(Render(WrittenLog.Month()));
        IElement[] plots = [.. page.QuerySelectorAll("figure")];
        Assert.Equal(
            [
                "Answers", "Log-probability", "Entropy", "Repetition", "Truncated and empty answers", "Overruled by a grammar", "Time to first token",
                "Tokens a second", "Time in the queue", "KL divergence, nats a token", "Top-1 agreement", "Perplexity ratio", "Share",
            ],
            plots.Select(plot => plot.QuerySelector("figcaption")!.ChildNodes[0].TextContent.Trim()));
        IElement entropy = plots[2];
        Assert.All((string[])["var(--series-1)", "var(--series-2)"], color =>
        {
            Assert.Contains(entropy.QuerySelectorAll("polyline"), line => Style(line).Contains($"stroke:{color}", StringComparison.Ordinal));
            Assert.Contains(entropy.QuerySelectorAll("polygon"), band => Style(band).Contains($"fill:{color}", StringComparison.Ordinal));
        });
        Assert.Single(entropy.QuerySelectorAll("rect"), mark => Style(mark).Contains("var(--alarm)", StringComparison.Ordinal));
        Assert.DoesNotContain("--alarm", plots[0].InnerHtml);
        Assert.Equal(["tale-2bit", "tale-dense"], page.QuerySelector(".legend")!.QuerySelectorAll("li").Select(item => item.TextContent.Trim()));
    }

    [Fact]
    public void A_log_without_answers_and_comparisons_says_so()
    {
        string text = Text(Parse(Render(WrittenLog.Began("m", "primary", WrittenLog.Start))));
        Assert.Contains("Nothing that the log tells of needs attention.", text);
        Assert.Contains("No answer was given.", text);
        Assert.Contains("No drift was noted.", text);
        Assert.Contains("No answer was compared.", text);
    }

    [Theory]
    [MemberData(nameof(Languages))]
    public void The_page_is_valid_and_complete_in_itself(ReportLanguage language)
    {
        string html = Render(WrittenLog.Month(), language);
        PageChecks.CompleteInItself(html, language);
    }

    [Theory]
    [MemberData(nameof(Languages))]
    public void Texts_of_whatever_kind_are_shown_and_do_nothing(ReportLanguage language)
    {
        DateTimeOffset start = WrittenLog.Start;
        string html = Render(
        [
            new ServerEntry { Time = start, Model = Hostile, Started = true, Fingerprint = Hostile, Part = Hostile },
            WrittenLog.Answer(Hostile, start, Hostile, Hostile) with { Prompt = Hostile, Answer = Hostile },
            WrittenLog.Comparison(Hostile, start, model: Hostile) with { Reference = Hostile, Route = Hostile },
            new DriftEntry
            {
                Time = start, Model = Hostile, Route = Hostile, Drifting = true, Signals = [new(Hostile, 1e-9, double.MaxValue, double.MinValue)],
            },
            new SelfCheckEntry { Time = start, Model = Hostile, Passed = false, Difference = double.MaxValue },
            new ShareEntry { Time = start, Model = Hostile, Share = 0, Reason = Hostile },
        ], language);
        IHtmlDocument page = Parse(html);
        Assert.Empty(page.QuerySelectorAll("script, img, [onerror]"));
        Assert.DoesNotContain(html, character => char.IsControl(character) && character is not ('\n' or '\r' or '\t'));
        Assert.DoesNotMatch("&#x(0|1b|202e|2066);", html.ToLowerInvariant());
        Assert.DoesNotContain('\u202e', page.DocumentElement.TextContent);
        IElement[] texts = [.. page.QuerySelectorAll("pre")];
        Assert.Equal(2, texts.Length);
        Assert.All(texts, text => Assert.Equal(
            Hostile.Replace("\u001b", @"\u001B").Replace("\0", @"\u0000").Replace("\u202e", @"\u202E").Replace("\u2066", @"\u2066"), text.TextContent));
        Assert.Contains("\u221e", page.Body!.TextContent);
    }

    [Fact]
    public void A_page_is_small_whatever_the_log()
    {
        var random = new SplitMix64(2);
        string text = new('日', 1 << 20);
        string html = Render(Enumerable.Range(0, 12_000).SelectMany(i =>
        {
            string model = $"model-{i % 8} {new string('m', 100)}";
            DateTimeOffset time = WrittenLog.Start.AddMinutes(i);
            AnswerEntry answer = WrittenLog.Answer($"{i}", time, model, $"/route/{i % 40}") with
            {
                LogProbability = -random.NextDouble(), Entropy = random.NextDouble(), Repetition = random.NextDouble(), Truncated = random.NextInt(2) == 0,
                Overruled = random.NextDouble(), FirstTokenMs = 1000 * random.NextDouble(), TokensPerSecond = random.NextDouble(),
                QueueMs = 99 * random.NextDouble(),
                Prompt = i < 30 ? text : null, Answer = i < 30 ? text : null,
            };
            return (MonitorEntry[])
            [
                answer, WrittenLog.Comparison(answer.Id, time, i < 30 ? 5 : random.NextDouble(), model: model),
                new DriftEntry { Time = time, Model = model, Route = answer.Route, Drifting = i % 80 < 40, Signals = [new("entropy", 1e-9, 1, 2)] },
                new ShareEntry { Time = time, Model = model, Share = random.NextDouble(), Reason = new string('r', 200) },
                new SelfCheckEntry { Time = time, Model = model, Passed = false, Difference = 1 },
            ];
        }));
        Assert.InRange(Encoding.UTF8.GetByteCount(html), 100_000, 2_000_000);
        IHtmlDocument page = Parse(html);
        // The twelve that matter most, and how many more there are.
        Assert.Equal(13, page.QuerySelectorAll(".attention li").Length);
        Assert.Matches(@"[\d,]+ older entries on drift and shares were too many", Text(page));
    }

    [Fact]
    public void Both_languages_put_in_the_same_values()
    {
        MonitorTexts english = MonitorTexts.Of(ReportLanguage.English), japanese = MonitorTexts.Of(ReportLanguage.Japanese);
        foreach (PropertyInfo property in typeof(MonitorTexts).GetProperties().Where(property => property.PropertyType == typeof(string)))
        {
            string[] texts = [(string)property.GetValue(english)!, (string)property.GetValue(japanese)!];
            Assert.All(texts, Assert.NotEmpty);
            Assert.Equal(Places(texts[0]), Places(texts[1]));
        }
        Assert.Equal(english.SignalNames.Keys, japanese.SignalNames.Keys);
        Assert.Equal(english.PartNames.Keys, japanese.PartNames.Keys);
        Assert.Equal(Monitoring.Drift.DriftSignal.All.Select(signal => signal.Name).Order(), english.SignalNames.Keys.Order());

        static IEnumerable<string> Places(string text) => Regex.Matches(text, @"\{\d\}").Select(match => match.Value).Order();
    }

    [Fact]
    public async Task A_browser_and_a_checker_find_nothing_wrong()
    {
        await PageChecks.SeenByABrowserAsync(Render(WrittenLog.Month()));
    }

    private static string Render(params IEnumerable<MonitorEntry> entries) => Render(entries, ReportLanguage.English);

    private static string Render(IEnumerable<MonitorEntry> entries, ReportLanguage language) =>
        MonitorReport.Render(PeriodReader.Read(() => entries, "log", new PeriodOptions()), language);
}
