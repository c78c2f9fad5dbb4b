using System.Globalization;
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

public sealed partial class PageTests
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
        Assert.Contains(
            "tale-2bit: the share of requests fell to 0 at 2026-11-27 00:01. The canary is not the model of its baseline: log-probabilities differ by 0.31 "
                + "nats a token, more than 0.01.", text);
        Assert.Contains("log-probability: -1.51 in place of -1 (p = 1e-12)", text);
        Assert.Contains("tale-2bit canary fp_0123abcd", text);
        Assert.Contains("tale-dense primary", text);
        Assert.Matches(@"tale-2bit tale-dense \d+ 0\.0\d+ \(0\.0\d+ – 0\.0\d+\) 90 % \(90 % – 90 %\) 1\.0513 \(1\.0513 – 1\.0513\)", text);
        Assert.Contains("25 % The server was started so.", text);
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
        Assert.Contains("The log names no baseline", text);
        Assert.Contains("Times of drift – no baseline", text);
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
            new ShareEntry { Time = start, Model = Hostile, Share = 0, Reason = new DriftReason(Hostile, [new(Hostile, 1e-9, 1, 2)]) },
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
                new ShareEntry { Time = time, Model = model, Share = random.NextDouble(), Reason = new DriftReason(new string('r', 200), []) },
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

    [Theory]
    [MemberData(nameof(Languages))]
    public void Every_reason_is_a_sentence_with_its_figures(ReportLanguage language)
    {
        ShareReason[] reasons =
        [
            new StartedReason(), new FailuresReason(41, 52), new FailuresReason(43, 54, 65, 76), new AgreementReason(0.71, 0.62, 0.73, 0.84, 95),
            new DriftReason("/v1/x", [new("entropy", 1e-9, 1.25, 2.5)]), new SelfCheckReason(0.31, 0.01), new SelfCheckReason(null, 0.01),
        ];
        Assert.Equal(
            typeof(ShareReason).GetCustomAttributes<System.Text.Json.Serialization.JsonDerivedTypeAttribute>().Select(kind => kind.DerivedType),
            reasons.Select(reason => reason.GetType()).Distinct());
        var words = new MonitorWords(MonitorTexts.Of(language));
        string[] sentences = [.. reasons.Select(words.Reason)];
        Assert.Equal(sentences.Distinct(), sentences);
        foreach ((ShareReason reason, string sentence) in reasons.Zip(sentences))
        {
            Assert.EndsWith(language == ReportLanguage.Japanese ? "。" : ".", sentence, StringComparison.Ordinal);
            // Whatever figure the other one has.
            IEnumerable<string> figures = Regex.Matches(reason.Sentence, @"\d+(\.\d+)?( %)?").Select(figure => figure.Value)
                .Where(figure => !figure.StartsWith("95 %", StringComparison.Ordinal));
            Assert.All(figures, figure => Assert.Contains(
                figure.Replace(".0 %", " %", StringComparison.Ordinal).Replace("1.0", "1", StringComparison.Ordinal).Trim('%', ' '), sentence,
                StringComparison.Ordinal));
        }
    }

    /// <summary>A plot of a moment, a minute, a day ..: what stands below it are times that can be told apart.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(59)]
    [InlineData(60)]
    [InlineData(200)]
    [InlineData(600)]
    [InlineData(3600)]
    [InlineData(30_000)]
    [InlineData(86_400)]
    [InlineData(100_000)]
    [InlineData(129_000)]
    [InlineData(300_000)]
    [InlineData(2_000_000)]
    [InlineData(30_000_000)]
    [InlineData(35_000_000)]
    [InlineData(90_000_000)]
    [InlineData(900_000_000)]
    public void Times_below_a_plot_can_be_told_apart_and_lie_within_it(int seconds)
    {
        DateTimeOffset first = WrittenLog.Start.AddSeconds(43_217);
        string svg = Plots.SvgPlot.Draw(new Plots.TimePlot("t", [new(0, [new(first, 1), new(first.AddSeconds(seconds), 2)])])
        {
            Axis = (first, first.AddSeconds(seconds)),
        });
        (double X, string Text)[] labels =
        [
            .. System.Xml.Linq.XElement.Parse(svg).Descendants("text")
                .Select(text => (Text: text.Value, At: Numbers.Matches(text.Attribute("transform")!.Value)))
                .Where(label => label.Text.Contains(':', StringComparison.Ordinal) || Regex.IsMatch(label.Text, @"^\d\d(\d\d)?-\d\d$"))
                .Select(label => (double.Parse(label.At[0].Value, CultureInfo.InvariantCulture), label.Text)),
        ];
        Assert.True(labels.Length is >= 1 and <= 9, svg);
        Assert.Equal(labels.Select(label => label.Text).Distinct(), labels.Select(label => label.Text));
        // A digit is at most 6.5 units wide.
        double HalfOf(string text) => 6.5 * text.Length / 2;
        Assert.All(labels, label => Assert.InRange(label.X, HalfOf(label.Text), 460 - HalfOf(label.Text)));
        Assert.All(labels.Zip(labels.Skip(1)), pair =>
            Assert.True(pair.Second.X - pair.First.X > HalfOf(pair.First.Text) + HalfOf(pair.Second.Text), $"{pair}"));
    }

    [Fact]
    public void A_point_that_is_alone_can_be_seen()
    {
        IHtmlDocument page = Parse(Render(WrittenLog.Answer("a", WrittenLog.Start)));
        Assert.All(page.QuerySelectorAll("figure").Skip(1).Take(2), plot =>
            Assert.Contains(plot.QuerySelectorAll("ellipse, circle"), dot => double.Parse(
                dot.GetAttribute("rx") ?? dot.GetAttribute("r")!, CultureInfo.InvariantCulture) >= 3.5));
    }

    [Fact]
    public void A_legend_names_the_models_that_have_a_line()
    {
        DateTimeOffset start = WrittenLog.Start;
        IHtmlDocument page = Parse(Render(
        [
            WrittenLog.Began(WrittenLog.Packed, "primary", start), WrittenLog.Began(WrittenLog.Dense, "shadow", start),
            WrittenLog.Answer("a", start), WrittenLog.Comparison("a", start),
        ]));
        Assert.All(page.QuerySelectorAll(".legend"), legend => Assert.Equal(WrittenLog.Packed, legend.TextContent.Trim()));
        Assert.Equal(2, page.QuerySelectorAll(".legend").Length);
    }

    [Fact]
    public async Task A_browser_and_a_checker_find_nothing_wrong()
    {
        await PageChecks.SeenByABrowserAsync(Render(WrittenLog.Month()));
    }

    private static string Render(params IEnumerable<MonitorEntry> entries) => Render(entries, ReportLanguage.English);

    private static string Render(IEnumerable<MonitorEntry> entries, ReportLanguage language) =>
        MonitorReport.Render(PeriodReader.Read(() => entries, "log", new PeriodOptions()), language);

    [GeneratedRegex(@"-?\d+(\.\d+)?")]
    private static partial Regex Numbers { get; }
}
