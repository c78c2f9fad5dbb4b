using System.Collections;
using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using AngleSharp.Dom;
using AngleSharp.Html.Dom;
using DecoupleQ.Pilot.Costs;
using DecoupleQ.Pilot.Results;
using DecoupleQ.Pilot.Slices;
using DecoupleQ.Pilot.Thresholds;
using DecoupleQ.Reports.Layout;
using DecoupleQ.Reports.Plots;
using DecoupleQ.Reports.Wording;
using DecoupleQ.Testing;
using static DecoupleQ.Reports.Tests.PageChecks;

namespace DecoupleQ.Reports.Tests;

public sealed class PilotPageTests
{
    public static TheoryData<ReportLanguage, string> Pages =>
        new MatrixTheoryData<ReportLanguage, string>(Enum.GetValues<ReportLanguage>(), ["rich", "undecided", "failed", "empty", "same", "unlimited"]);

    public static TheoryData<ReportLanguage> Languages => [.. Enum.GetValues<ReportLanguage>()];

    [Fact]
    public void The_first_page_has_the_verdict_the_saving_and_what_to_do()
    {
        IHtmlDocument page = Parse(PilotReport.Render(PilotSamples.Rich()));
        string text = Words(page.QuerySelector(".first")!);
        Assert.Contains(
            "tale-362m can be quantized to 2 bits (groups of 64): all limits (5) are kept, with 95 % confidence.",
            text);
        Assert.Contains("5 of 5 limits kept", text);
        Assert.Matches(@"Saving a month [\d,.]+ EUR range: [\d,.]+ – [\d,.]+ EUR", text);
        Assert.Matches(@"Paid back after [\d.]+ months at best [\d.]+ months, at worst [\d.]+ months", text);
        Assert.Contains("161 MB 22.24 % of the dense model’s 724 MB", text);
        Assert.Contains("1.93 times", text);
        Assert.Contains("Put it into service step by step", text);
        Assert.Contains("Texts that suffer most: texts with digits.", text);
        Assert.Contains("3 of 6 settings were tried.", text);
        Assert.Contains("Judged on 120 windows of 512 tokens from manuals.txt, mails.txt", text);
        Assert.Contains("6 windows and 2 task items (2.4 % of the test) also occur in the calibration data and were left out.", text);
        Assert.Equal(
            ["Accuracy kept", "Tokens a second", "Cost a month"],
            page.QuerySelectorAll(".first figcaption").Select(caption => caption.ChildNodes[0].TextContent.Trim()));
        IElement[] strips = [.. page.QuerySelectorAll(".parts > div")];
        Assert.Equal("Perplexity increase +3.12 % (+2.51 – +3.74 %); limit 5 %", Words(strips[0].QuerySelector("p")!));
        // A limit from above, and one from below.
        Assert.All(strips, strip => Assert.Single(strip.QuerySelectorAll("rect"), mark => Style(mark).Contains("var(--alarm)", StringComparison.Ordinal)));
        Assert.Equal(["1 request", "4 at once", "16 at once"], Labels(page, "Tokens a second").Where(label => label.Contains(' ')));
    }

    [Fact]
    public void An_undecided_pilot_says_how_much_would_decide()
    {
        string text = Words(Parse(PilotReport.Render(PilotSamples.Rich(Verdict.Undecided))).QuerySelector(".first")!);
        Assert.Contains("is not decided: 1 of 5 limits need more evidence", text);
        // More than twenty times as many: the setting should be another one.
        Assert.Contains(
            "Top-1 agreement, at least: about 5,200 windows that judge would be needed, 43 times as many as there were. Rather take the next setting (3 bits",
            text);
        Assert.DoesNotContain("Judge this model again", text);

        text = Open(new("min-agreement", "90%", new(0.9012, 0.8931, 0.9090), 120, Verdict.Undecided, Doubt.TooFewItems, 1234));
        Assert.Contains("about 1,300 windows that judge would decide, in place of 120 windows.", text);
        Assert.Contains("that takes 2,500 windows in all", text);
        Assert.Contains(
            "without quantizing anew and without halves: decoupleq pilot tale-362m --packed REPORT/tale-362m-2bit --test manuals.txt mails.txt", text);
        Assert.Contains("--windows 1300 ", text);
        text = Open(new("max-accuracy-loss", "1pp", new(0.004, -0.02, 0.03), 240, Verdict.Undecided, Doubt.TooFewItems, 900));
        Assert.Contains("about 900 questions that judge would decide, in place of 240 questions.", text);
        Assert.Contains("--windows 120 ", text);
        // Of times no text decides.
        text = Open(new("max-latency", "40ms", new(0.0381, 0.03, 0.05), 12, Verdict.Undecided, Doubt.TooFewItems, 60));
        Assert.Contains("about 60 rounds that are timed would decide, in place of 12 rounds. Raise --speed-seconds", text);
        Assert.DoesNotContain("decoupleq pilot", text);
        text = Open(new("max-critical-flips", "0", new(0, 0, 0), 0, Verdict.Undecided, Doubt.NoInterval, null));
        Assert.Contains("no critical question was left to judge by", text);

        static string Open(JudgementResult judgement)
        {
            PilotResult result = PilotSamples.Rich(Verdict.Undecided);
            return Words(Parse(PilotReport.Render(result with { Chosen = result.Chosen! with { Judgements = [judgement] } })).QuerySelector(".first")!);
        }
    }

    [Fact]
    public void What_failed_where_it_was_chosen_is_not_said_to_pass()
    {
        PilotResult result = PilotSamples.Rich(Verdict.Pass);
        JudgementResult broken = new("max-perplexity-increase", "5%", new(0.0712, 0.0651, 0.0774), 120, Verdict.Fail, null, null);
        result = result with
        {
            Verdict = Verdict.Fail,
            Ladder =
            [
                .. result.Ladder.Select(
                    rung => rung.Setting == PilotSamples.TwoBits ? rung with { Judgements = [broken], Verdict = Verdict.Fail } : rung),
            ],
            Chosen = result.Chosen! with { Reason = ChoiceReason.NearestToPassing },
        };
        string text = Words(Parse(PilotReport.Render(result)).QuerySelector(".first")!);
        Assert.Contains(
            "on the half of the test that settings are chosen on, limits are broken (Perplexity increase, at most 5 %), though not on the other half", text);
        Assert.Contains("Try more bits or smaller groups", text);
        Assert.DoesNotContain("0 of 5 limits are broken", text);
    }

    [Fact]
    public void A_model_that_was_given_is_judged_on_all_of_the_test_and_was_not_quantized()
    {
        PilotResult result = PilotSamples.Rich();
        result = result with
        {
            Ladder = [],
            Question = result.Question with { Overlap = new(0, 0, 0, true) { Unchecked = ["self"], KeptShare = 0.5 } },
            Chosen = result.Chosen! with { Reason = ChoiceReason.Given, QuantizingSeconds = null, QuantizingMemoryBytes = null },
        };
        string text = Text(Parse(PilotReport.Render(result)));
        Assert.Contains("all of the test, as nothing was chosen on it", text);
        Assert.DoesNotContain("Quantizing took", text);
        Assert.Contains("No test text occurs in the calibration data. This could not be looked at: texts that the model wrote itself.", text);
        result = result with { Question = result.Question with { Overlap = new(0, 0, 0, false) { Unchecked = ["text"] } } };
        Assert.Contains("give it as --calibration", Text(Parse(PilotReport.Render(result))));
    }

    [Fact]
    public void A_failed_pilot_says_what_to_try()
    {
        string text = Words(Parse(PilotReport.Render(PilotSamples.Rich(Verdict.Fail))).QuerySelector(".first")!);
        Assert.Contains("should not be quantized to 2 bits", text);
        Assert.Contains("1 of 5 limits are broken (Top-1 agreement, at least 95 %)", text);
        Assert.Contains("Try more bits or smaller groups", text);
        Assert.Contains("by overrides in a recipe: model.layers.3.mlp.down_proj, model.layers.0.self_attn.v_proj, model.layers.11.mlp.up_proj.", text);
    }

    [Fact]
    public void A_limit_on_time_alone_asks_for_no_more_bits()
    {
        PilotResult result = PilotSamples.Rich(Verdict.Fail);
        JudgementResult late = new("max-latency", "10ms", new(0.0381, 0.0374, 0.0392), 4096, Verdict.Fail, null, null);
        string text = Words(Parse(PilotReport.Render(result with { Chosen = result.Chosen! with { Judgements = [late] } })).QuerySelector(".first")!);
        Assert.Contains("answer fewer requests together, or take a faster machine", text);
        Assert.DoesNotContain("more bits", text);
    }

    [Theory]
    [InlineData(Verdict.Fail, "For reference: saving a month, were the limits kept", "For reference alone, as limits are broken. range: ")]
    [InlineData(Verdict.Undecided, "For reference: saving a month, were the limits kept", "For reference alone, as it is not decided. range: ")]
    [InlineData(Verdict.Pass, "Saving a month", "range: ")]
    public void What_is_saved_is_to_be_counted_on_after_a_pass_alone(Verdict verdict, string name, string note)
    {
        IElement[] cards = [.. Parse(PilotReport.Render(PilotSamples.Rich(verdict))).QuerySelectorAll(".key > div")];
        Assert.Equal(
            verdict switch { Verdict.Pass => "good", Verdict.Undecided => "open", _ => "bad" }, cards[0].ClassName);
        Assert.Equal(name, Words(cards[1].QuerySelector("dt")!));
        Assert.StartsWith(note, Words(cards[1].QuerySelector("span")!), StringComparison.Ordinal);
        Assert.Equal(verdict == Verdict.Pass ? [null, null] : ["faint", "faint"], cards[1..3].Select(card => card.ClassName));
    }

    [Fact]
    public void Where_nothing_is_saved_or_nothing_was_priced_the_page_says_why()
    {
        PilotResult rich = PilotSamples.Rich();
        CostInputs inputs = CostDocument.Read(PilotSamples.Same().Cost!, "cost");
        // One machine does for so few requests.
        Assumption[] few = [.. inputs.Assumptions.Select(term => term.Term == CostTerms.RequestsPerDay ? term with { Value = Spread.Exactly(10) } : term)];
        string text = Words(Parse(PilotReport.Render(rich with { Cost = CostDocument.Of(new CostInputs(inputs.Currency, few)) })).QuerySelector(".first")!);
        Assert.Contains("Saving a month 0 EUR machines before and after: 1", text);
        Assert.Contains("At this load as many machines are needed before as after (1), so the costs stay the same.", text);
        Assert.Contains("Put it into service step by step", text);
        IHtmlDocument page = Parse(PilotReport.Render(rich with { Cost = null }, ReportLanguage.Japanese));
        Assert.Equal("月間削減額 未計算 価格を指定してください", Words(page.QuerySelectorAll(".key > div")[1]));
    }

    [Fact]
    public void A_task_has_its_strip_and_a_critical_question_that_became_wrong_is_named_whatever_the_verdict()
    {
        IHtmlDocument page = Parse(PilotReport.Render(PilotSamples.Rich()));
        Assert.Equal(
            [
                "Perplexity increase", "Top-1 agreement", "Loss of right answers: orders.jsonl", "Time a token, 95th percentile",
            ],
            page.QuerySelectorAll(".parts strong").Select(Words));
        Assert.EndsWith("+1.25 pp (-0.37 – +2.87 pp); limit 3 pp", Words(page.QuerySelectorAll(".parts p")[2]), StringComparison.Ordinal);
        Assert.EndsWith("38.1 ms (37.4 – 39.2 ms); limit 60 ms", Words(page.QuerySelectorAll(".parts p")[3]), StringComparison.Ordinal);
        Assert.Equal(
            "1 of 24 critical questions became wrong: q-003 (“How many items may be ordered at once, a…”).",
            Words(page.QuerySelectorAll(".verdict p")[1]));
        Assert.Contains("Right answers: orders.jsonl 81.3 % 195 of 240, 95 % interval 75.8 – 85.7 % dense 82.5 %; 5 became wrong, 2 right", Text(page));
        Assert.Contains("Choices: 1,200, 1,300", Text(page));
        Assert.Contains("Expected answer: 1,200", Text(page));
    }

    [Fact]
    public void Speed_that_varies_is_to_be_measured_again_and_what_falls_with_requests_is_explained()
    {
        PilotResult rich = PilotSamples.Rich();
        SpeedFigures speed = rich.Chosen!.Speed;
        Assert.DoesNotContain("varies much", Text(Parse(PilotReport.Render(rich))));
        // As fast as each other, all the time.
        Assert.DoesNotContain("varies much", Text(Parse(PilotReport.Render(PilotSamples.Same()))));
        LoadSpeed[] falling = [.. speed.Packed.Loads.Select((load, index) => load with { TokensPerSecond = Spread.Exactly(2000 - (300 * index)) })];
        PilotResult tiny = rich with
        {
            Model = rich.Model with { Parameters = 8_400_000 },
            Chosen = rich.Chosen with { Speed = speed with { DecodeRatio = new(3.07, 0.81, 6.26), Packed = speed.Packed with { Loads = falling } } },
        };
        string text = Text(Parse(PilotReport.Render(tiny)));
        Assert.Contains("3.07 times of the dense model’s: median of the rounds’ ratios; range: 0.81 – 6.26 times The measurement varies much", text);
        Assert.Contains("More requests together write fewer tokens a second here", text);
        Assert.DoesNotContain("More requests together write fewer", Text(Parse(PilotReport.Render(rich))));
    }

    [Fact]
    public void What_says_nothing_is_left_out()
    {
        PilotResult rich = PilotSamples.Rich();
        IHtmlDocument page = Parse(PilotReport.Render(rich));
        // Of a kind that all texts are of there is nothing to hold it against; of one file no column is needed.
        Assert.DoesNotContain("tag: contracts", Text(page));
        Assert.DoesNotContain("File", page.QuerySelectorAll("th").Select(Words));
        ChosenResult chosen = rich.Chosen!;
        ChangedToken[] tokens = [.. chosen.Risk.Tokens, chosen.Risk.Tokens[0] with { Source = "mails.txt" }];
        PilotResult several = rich with { Chosen = chosen with { Risk = chosen.Risk with { Tokens = tokens } } };
        Assert.Contains("File", Parse(PilotReport.Render(several)).QuerySelectorAll("th").Select(Words));
        // Neither model can be served.
        CostInputs inputs = CostDocument.Read(rich.Cost!, "cost");
        Assumption[] late =
        [
            .. inputs.Assumptions, CostTerms.MaxLatency.Is(0.001, AssumptionSource.Given),
            .. ((int[])[1, 4, 16]).SelectMany(requests => Enum.GetValues<CostModel>().Select(model =>
                CostTerms.Latency(model, requests).Is(0.1, AssumptionSource.Measured))),
        ];
        IHtmlDocument without = Parse(PilotReport.Render(rich with { Cost = CostDocument.Of(new CostInputs(inputs.Currency, late)) }));
        Assert.Equal(
            ["Accuracy kept", "Tokens a second", "Size and memory"],
            without.QuerySelectorAll(".first figcaption").Select(caption => caption.ChildNodes[0].TextContent.Trim()));
        Assert.Contains("Saving a month cannot be reckoned", Text(without));
    }

    [Fact]
    public void What_both_were_reckoned_with_is_named_in_words()
    {
        string text = Text(Parse(PilotReport.Render(PilotSamples.Same(), ReportLanguage.Japanese)));
        Assert.Contains("両モデルに同じ値を用いました：", text);
        Assert.Contains("生成速度（同時 16 件の合計）", text);
        Assert.DoesNotMatch("用いました：[^。]*dense-", text);
    }

    [Fact]
    public void Japanese_is_set_as_Japanese_is()
    {
        PilotResult rich = PilotSamples.Rich(Verdict.Undecided);
        CostInputs inputs = CostDocument.Read(rich.Cost!, "cost");
        ChosenResult chosen = rich.Chosen!;
        string text = Text(Parse(PilotReport.Render(
            rich with
            {
                Cost = CostDocument.Of(new CostInputs("JPY", inputs.Assumptions)),
                Findings =
                [
                    .. rich.Findings,
                    new("compute-bound", FindingLevel.Caution, new Dictionary<string, double> { ["operationsPerSecond"] = 160.9e9, ["requests"] = 16 }),
                ],
                Chosen = chosen with
                {
                    Risk = chosen.Risk with { Slices = [chosen.Risk.Slices[0] with { Name = new(SliceKind.Length, "256-1023") }] },
                },
            },
            ReportLanguage.Japanese)));
        Assert.Contains("量子化の試験評価（パイロット）報告書：tale-362m", text);
        Assert.Contains("2026 年 11 月 20 日 23:05（日本時間）", text);
        Assert.Contains("正答率の低下：orders.jsonl +1.25 ポイント（−0.37～+2.87 ポイント）、基準 3 ポイント", text);
        Assert.Contains("195 問、95%信頼区間 75.8～85.7%", text);
        Assert.Contains("有意な区分：256～1,023 文字。", text);
        Assert.Contains("2 コア、2 スレッド", text);
        Assert.Contains("240 ウィンドウ × 512 トークン", text);
        Assert.Contains("演算性能：1,609 億回/秒", text);
        Assert.Contains("事後学習量子化（PTQ）", text);
        Assert.Contains("判定には約 5,200 ウィンドウ（今回の 43 倍）が必要です", text);
        Assert.Matches(@"範囲：[\d,]+～[\d,]+ 円", text);
        // Half-width joints, blanks before percent signs, ranges of English.
        Assert.DoesNotMatch(@"\d %|[ぁ-ん一-龠]; |\d – \d|～ |JPY|\dpp|メモリ(?!ー)|） [にを]", text);
    }

    [Fact]
    public void Axes_and_labels_of_Japanese_count_by_ten_thousands()
    {
        NumberScale scale = NumberWords.Of(ReportLanguage.Japanese).Axis.Scale;
        Assert.Equal(["9,999", "40\u00a0万", "1,000\u00a0万", "1,609\u00a0億"], ((double[])[9999, 4e5, 1e7, 1.609e11]).Select(number => scale.Write(number)));
        Assert.Equal(["4,000", "400 k", "10 M"], ((double[])[4000, 4e5, 1e7]).Select(number => NumberScale.Letters.Write(number)));
        PilotResult rich = PilotSamples.Rich();
        SettingResult[] settings = [.. rich.Ladder.Select(rung => rung.Setting with { EmbeddingBits = 8 })];
        var phrases = new Phrases(PilotWords.Of(ReportLanguage.Japanese));
        Assert.Equal("2\u00a0ビット・チャネル単位", phrases.ShortSetting(settings[0], settings));
        Assert.Equal("2\u00a0ビット・グループ\u00a064", phrases.ShortSetting(settings[3], settings));
    }

    [Theory]
    [MemberData(nameof(Languages))]
    public void Every_finding_that_a_pilot_can_make_has_its_words(ReportLanguage language)
    {
        (string Code, FindingLevel[] Levels)[] findings =
        [
            ("family-supported", [FindingLevel.Good, FindingLevel.Obstacle]),
            ("linear-share", [FindingLevel.Good, FindingLevel.Caution]),
            ("model-size", [FindingLevel.Good, FindingLevel.Caution]),
            ("guideline-near", [FindingLevel.Good, FindingLevel.Caution]),
            ("guideline-far", [FindingLevel.Caution]),
            ("settings-left-out", [FindingLevel.Caution]),
            ("overlap-thinned", [FindingLevel.Caution]),
            ("memory-bound", [FindingLevel.Good]),
            ("compute-bound", [FindingLevel.Caution]),
            ("calibration-enough", [FindingLevel.Good]),
            ("calibration-little", [FindingLevel.Caution, FindingLevel.Obstacle]),
            ("test-enough", [FindingLevel.Good]),
            ("test-little", [FindingLevel.Caution, FindingLevel.Obstacle]),
            ("memory-enough", [FindingLevel.Good]),
            ("memory-little", [FindingLevel.Obstacle]),
            ("disk-enough", [FindingLevel.Good]),
            ("disk-little", [FindingLevel.Obstacle]),
            ("requests-left-out", [FindingLevel.Caution]),
        ];
        var phrases = new Phrases(PilotWords.Of(language));
        Assert.All(findings, finding => Assert.All(finding.Levels, level =>
        {
            string text = phrases.Finding(new(finding.Code, level, new Dictionary<string, double>()));
            Assert.DoesNotContain(finding.Code, text);
            Assert.DoesNotMatch(@"[{}!]", text);
        }));
        // What is not said to anybody is no word.
        Assert.Equal(
            findings.SelectMany(finding => finding.Levels.Select(level => level == FindingLevel.Good ? finding.Code : finding.Code + "!")).Distinct().Order(),
            phrases.Words.Names.Findings.Keys.Order());
        // Codes as the sources have them: one that comes is missed here.
        string pilot = Path.Combine(Paths.Repository, "src", "DecoupleQ.Pilot");
        IEnumerable<string> sources = Directory.EnumerateFiles(Path.Combine(pilot, "Feasibility"), "*.cs").Append(Path.Combine(pilot, "Jobs", "PilotJob.cs"));
        string[] codes =
        [
            .. sources.SelectMany(file =>
                Regex.Matches(File.ReadAllText(file), "(?<=[\\s(?:]\")[a-z]+(-[a-z]+)+(?=\"[,;\\s])")).Select(match => match.Value).Distinct(),
        ];
        Assert.True(codes.Length > 8, string.Join(' ', codes));
        Assert.All(codes, code => Assert.Contains(code, findings.Select(finding => finding.Code)));
    }

    [Fact]
    public void Engineers_find_every_figure()
    {
        string text = Text(Parse(PilotReport.Render(PilotSamples.Rich())));
        Assert.Contains("not tried: ruled out by 2 bits (per channel, embedding 8 bits)", text);
        Assert.Contains("All of them with head 8 bits, preset paper.", text);
        Assert.Contains("failed: Perplexity increase, at most 5 %", text);
        Assert.Contains(
            "orders.jsonl: contains 240 82.5 % (77.2 – 86.8 %) 81.3 % (75.8 – 85.7 %) +1.25 pp (-0.37 – +2.87 pp) 5 / 2 0.4531 1 of 24",
            text);
        Assert.Contains("summaries.jsonl: mean score 0.61 (0.58 – 0.64) dense, 0.60 (0.57 – 0.63) quantized.", text);
        Assert.Contains("summaries.jsonl: no answer became wrong, and none right.", text);
        Assert.Contains("Numbers: -1,200, +1,300", text);
        Assert.Contains("16 Quantized 170 (165 – 174)", text);
        Assert.Contains("price-per-hour: A rented machine, each hour 1.2 EUR an hour given", text);
        Assert.Contains("packed-tokens-per-second-at-16: Quantized: tokens a second of all requests, 16 together", text);
        Assert.Contains("utilisation: The share of its rate that a machine is used at, at the busiest time 0.7 (0.6 – 0.8) default", text);
        Assert.Contains("texts with digits 34 0.0712 (0.0521 – 0.0913) 0.0241 0.0312 0.004 stands out", text);
        Assert.Contains("model.layers.3.mlp.down_proj 41.2 % 3 19.8 % 1.3 MB", text);
        Assert.Contains("a-code-of-tomorrow (answer: 42) good", text);
        Assert.Contains(
            "It has 362,000,000 parameters: small models lose more. Expect to need 4 bits: have them among --try-bits, or take a larger model. caution", text);
        Assert.Contains(
            "Writing a token is bound by memory up to 6 requests together, and 4 are asked for: fewer bytes are read in less time. "
                + "(bytes read a token: 1.33 GB, memory: 21.40 GB/s, multiply-adds a token: 360 million) good",
            text);
        Assert.Contains("decoupleq pilot recompute", text);
    }

    [Fact]
    public void What_is_critical_comes_first()
    {
        IHtmlDocument page = Parse(PilotReport.Render(PilotSamples.Rich()));
        Assert.Equal(
            ["q-003 became wrong critical", "q-017 became wrong", "q-102 became right", "q-001 right both times", "q-044 wrong both times"],
            page.QuerySelectorAll("article h3").Select(Words));
        Assert.Equal("(empty)", page.QuerySelectorAll("article")[4].QuerySelectorAll("pre")[2].TextContent);
    }

    [Fact]
    public void Costs_follow_from_the_assumptions_of_the_page()
    {
        PilotResult result = PilotSamples.Rich();
        // Somebody has changed the price, and not the figures.
        result.Cost!["assumptions"]!.AsArray().Single(item => (string)item!["name"]! == "price-per-hour")!["value"] = 2.4;
        CostFigures figures = CostFigures.Of(CostDocument.Read(result.Cost, "cost"));
        Assert.Contains($"Saving a month {figures.SavingPerMonth!.Value.Value:N0} EUR", Text(Parse(PilotReport.Render(result))));
        result.Cost["currency"] = "<b>";
        Assert.Contains("The costs in the file cannot be reckoned: ", Text(Parse(PilotReport.Render(result))));
    }

    [Fact]
    public void A_pilot_that_found_nothing_says_so()
    {
        string text = Text(Parse(PilotReport.Render(PilotSamples.Empty())));
        Assert.Contains("No setting for tale-362m was measured to the end, so there is nothing to recommend.", text);
        Assert.Contains("No limits were given.", text);
        Assert.Contains("No setting was tried.", text);
        Assert.Contains("No prices were given, so no costs were reckoned.", text);
        Assert.Contains("Nothing was looked at.", text);
    }

    [Fact]
    public void A_pilot_without_limits_has_figures_and_no_verdict()
    {
        IHtmlDocument page = Parse(PilotReport.Render(PilotSamples.Unlimited()));
        string text = Text(page);
        Assert.Contains("No limits were given, so there is no verdict.", text);
        Assert.Contains("Decide on limits before the next run", text);
        Assert.Contains("there are no limits; it is the first", text);
        Assert.Contains("+3.12 % (+2.51 – +3.74 %); no limit", text);
        Assert.Contains("No task was given.", text);
        Assert.Contains("No layer was measured.", text);
        Assert.Contains("Size and memory", page.QuerySelectorAll(".first figcaption").Select(caption => caption.ChildNodes[0].TextContent.Trim()));
        string without = Text(Parse(PilotReport.Render(PilotSamples.Rich() with { Chosen = null })));
        Assert.Contains("Nothing was judged, as no setting was measured to the end.", without);
    }

    [Fact]
    public void A_model_that_was_given_is_not_said_to_be_chosen()
    {
        PilotResult rich = PilotSamples.Rich();
        string text = Text(Parse(PilotReport.Render(rich with { Ladder = [], Chosen = rich.Chosen! with { Reason = ChoiceReason.Given } })));
        Assert.Contains("The quantized model was given, 2 bits (groups of 64,", text);
        Assert.DoesNotContain("settings were tried", text);
        Assert.Contains("The quantized model was given; its quantized layers have 2.50 bits a weight, the whole model 3.12.", text);
        Assert.DoesNotContain("Quantizing took", text);
    }

    [Fact]
    public void The_words_of_an_error_stand_behind_the_finding()
    {
        Finding finding = new("family-supported", FindingLevel.Obstacle, new Dictionary<string, double>()) { Detail = "'mamba' is no family <that> is known." };
        string text = Text(Parse(PilotReport.Render(PilotSamples.Empty() with { Findings = [finding] })));
        Assert.Contains("choose a model of a supported family. 'mamba' is no family <that> is known. obstacle", text);
    }

    [Fact]
    public void Two_models_that_are_the_same_raise_no_alarm()
    {
        IHtmlDocument page = Parse(PilotReport.Render(PilotSamples.Same()));
        string text = Text(page);
        Assert.Contains("The two models give the same results: no figure of quality differs, and nothing stands out.", text);
        Assert.Contains("Saving a month 0 EUR machines before and after:", text);
        Assert.DoesNotContain("into service", text);
        Assert.Contains("Paid back after never", text);
        Assert.Contains("orders.jsonl: no answer became wrong, and none right.", text);
        Assert.Contains("No kind of text stands out.", text);
        Assert.Contains("No layer has an error.", text);
        Assert.Contains("No token changed.", text);
        Assert.Contains("Perplexity increase 0 % (0 – 0 %)", text);
        Assert.Empty(page.QuerySelectorAll("article .tag.bad"));
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void The_page_is_valid_and_complete_in_itself(ReportLanguage language, string which)
    {
        string html = PilotReport.Render(Sample(which), language);
        CompleteInItself(html, language);
        IHtmlDocument page = Parse(html);
        Assert.InRange(Encoding.UTF8.GetByteCount(html), 10_000, 2_000_000);
        Assert.All(page.QuerySelectorAll("figure"), figure => Assert.NotEmpty(figure.QuerySelector("figcaption")!.TextContent.Trim()));
        Assert.All(page.QuerySelectorAll("svg"), plot => Assert.NotEmpty(plot.QuerySelectorAll("text")));
        Assert.DoesNotMatch(@"\{\d\}|\{[a-z]+:", Text(page));
        Assert.DoesNotMatch(@"NaN|Infinity", Text(page));
    }

    [Theory]
    [MemberData(nameof(Languages))]
    public void Texts_of_whatever_kind_are_shown_and_do_nothing(ReportLanguage language)
    {
        PilotResult rich = PilotSamples.Rich(Verdict.Undecided);
        ChosenResult chosen = rich.Chosen!;
        SettingResult setting = PilotSamples.TwoBits with { Preset = Hostile };
        JudgementResult judgement = chosen.Judgements[1] with { Threshold = Hostile, Limit = Hostile };
        AnswerPair pair = new(Hostile, Hostile, Hostile, Hostile, true, false, true, [Hostile], [Hostile], [Hostile]);
        string html = PilotReport.Render(rich with
        {
            Tool = Hostile,
            Model = rich.Model with { Name = Hostile, Family = Hostile },
            Machine = new PilotMachine(Hostile, 1, 1, 1, Hostile, Hostile),
            Question = rich.Question with { Calibration = [Hostile], Test = [Hostile], Thresholds = [Hostile] },
            Findings = [new Finding(Hostile, FindingLevel.Caution, new Dictionary<string, double> { [Hostile] = 1 })],
            Ladder = [.. rich.Ladder.Select(rung => rung with { Setting = setting, RuledOutBy = setting, Judgements = [judgement] })],
            Chosen = chosen with
            {
                Setting = setting,
                Folder = Hostile,
                Judgements = [judgement],
                Tasks = [chosen.Tasks[0] with { File = Hostile, Metric = Hostile, Flips = [pair], Samples = [pair] }],
                Risk = chosen.Risk with
                {
                    Slices = [chosen.Risk.Slices[0] with { Name = new SliceName(SliceKind.Tag, Hostile) }],
                    Tokens = [new ChangedToken(Hostile, Hostile, Hostile, Hostile, 1, 0, Hostile, Hostile, 9)],
                    Layers = [new LayerRisk(Hostile, 1, null, null, null)],
                },
            },
        }, language);
        IHtmlDocument page = Parse(html);
        Assert.Empty(page.QuerySelectorAll("script, img, [onerror]"));
        Assert.DoesNotContain(html, character => char.IsControl(character) && character is not ('\n' or '\r' or '\t'));
        Assert.DoesNotMatch("&#x(0|1b|202e|2066);", html.ToLowerInvariant());
        Assert.DoesNotContain('\u202e', page.DocumentElement.TextContent);
        string shown = Hostile.Replace("\u001b", @"\u001B").Replace("\0", @"\u0000").Replace("\u202e", @"\u202E").Replace("\u2066", @"\u2066");
        Assert.Equal(6, page.QuerySelectorAll("article pre").Count(text => text.TextContent == shown));
    }

    [Theory]
    [MemberData(nameof(Languages))]
    public void A_page_is_small_whatever_was_found(ReportLanguage language)
    {
        string text = new('日', 100_000);
        PilotResult rich = PilotSamples.Rich(Verdict.Fail);
        ChosenResult chosen = rich.Chosen!;
        AnswerPair pair = new(text, text, text, text, true, false, true, [.. Many(text)], [.. Many(text)], [.. Many(text)]);
        string html = PilotReport.Render(rich with
        {
            Model = rich.Model with { Name = text },
            Question = rich.Question with { Calibration = [.. Many(text)], Test = [.. Many(text)], Thresholds = [.. Many(text)] },
            Findings = [.. Many(new Finding(text, FindingLevel.Good, new Dictionary<string, double> { ["share"] = 1 }))],
            Ladder = [.. Many(rich.Ladder[0])],
            Chosen = chosen with
            {
                Judgements = [.. Many(chosen.Judgements[1])],
                Tasks = [.. Many(chosen.Tasks[0] with { File = text, Flips = [.. Many(pair)], Samples = [.. Many(pair)] }).Take(25)],
                Risk = chosen.Risk with
                {
                    Slices = [.. Many(chosen.Risk.Slices[0] with { Name = new SliceName(SliceKind.Tag, text) })],
                    Tokens = [.. Many(new ChangedToken(text, text, text, text, 1, 0, text, text, 9))],
                    Layers = [.. Many(new LayerRisk(text, 1, 4, 0.1, 1))],
                },
            },
        }, language);
        Assert.InRange(Encoding.UTF8.GetByteCount(html), 100_000, 2_000_000);
        Assert.NotNull(Parse(html));

        static IEnumerable<T> Many<T>(T item) => Enumerable.Repeat(item, 400);
    }

    [Fact]
    public void Both_languages_say_everything_and_put_in_the_same_values()
    {
        PilotWords english = PilotWords.Of(ReportLanguage.English), japanese = PilotWords.Of(ReportLanguage.Japanese);
        int texts = 0;
        foreach (PropertyInfo part in typeof(PilotWords).GetProperties().Where(property => property.PropertyType != english.Method.GetType()))
        {
            foreach (PropertyInfo property in part.PropertyType.GetProperties().Where(property => property.DeclaringType == part.PropertyType))
            {
                object? one = part.PropertyType.IsGenericType ? null : property.GetValue(part.GetValue(english));
                object? other = part.PropertyType.IsGenericType ? null : property.GetValue(part.GetValue(japanese));
                if (one is string text)
                {
                    Same(text, (string)other!);
                }
                else if (one is IDictionary names)
                {
                    Assert.Equal(names.Keys.Cast<object>(), ((IDictionary)other!).Keys.Cast<object>());
                    Assert.All(names.Keys.Cast<object>(), key => Same((string)names[key]!, (string)((IDictionary)other)[key]!));
                }
            }
        }
        Assert.Equal(english.Method.Count, japanese.Method.Count);
        Assert.All(english.Method.Concat(japanese.Method), method => Assert.True(method.Of.Length > 0 && method.How.Length > 20));
        Assert.True(texts > 300, $"{texts}");

        void Same(string one, string other)
        {
            texts++;
            Assert.NotEmpty(one);
            Assert.NotEmpty(other);
            Assert.Equal(Places(one), Places(other));
        }

        static IEnumerable<string> Places(string text) => Regex.Matches(text, @"\{[A-Za-z0-9:]+\}").Select(match => match.Value).Order();
    }

    [Theory]
    [MemberData(nameof(Languages))]
    public void Everything_that_there_is_has_a_name(ReportLanguage language)
    {
        NameWords names = PilotWords.Of(language).Names;
        foreach (PropertyInfo property in typeof(NameWords).GetProperties().Where(property => property.PropertyType.IsGenericType))
        {
            Type key = property.PropertyType.GetGenericArguments()[0];
            if (key.IsEnum)
            {
                Assert.Equal(Enum.GetValues(key).Cast<object>(), ((IDictionary)property.GetValue(names)!).Keys.Cast<object>());
            }
        }
        Assert.Equal(ThresholdKind.All.Select(kind => kind.Name), names.Thresholds.Keys);
        CostTerm[] terms =
        [
            CostTerms.PricePerHour, CostTerms.MachinePrice, CostTerms.Years, CostTerms.Watts, CostTerms.PricePerKwh, CostTerms.PricePerGbMonth,
            CostTerms.OneTimeCost, CostTerms.QuantizingHours, CostTerms.RequestsPerDay, CostTerms.TokensPerRequest,
            CostTerms.PromptTokensPerRequest, CostTerms.PeakFactor, CostTerms.Utilisation, CostTerms.Models, CostTerms.HoursPerMonth, CostTerms.MaxLatency,
            CostTerms.MachineMemory, CostTerms.PromptRateRatio,
        ];
        // Every term that there is, by reflection: one that comes is missed here.
        Assert.Equal(typeof(CostTerms).GetProperties().Count(property => property.PropertyType == typeof(CostTerm)), terms.Length);
        Assert.Equal(terms.Select(term => term.Name), names.CostTerms.Keys);
        var phrases = new Phrases(PilotWords.Of(language));
        CostTerm[] ofModels = [.. Enum.GetValues<CostModel>().SelectMany(model => (CostTerm[])
            [
                CostTerms.Memory(model), CostTerms.Stored(model), CostTerms.PromptRate(model), CostTerms.Rate(model, 16), CostTerms.Latency(model, 4),
            ]), CostTerms.RateRatio(4), CostTerms.LatencyRatio(16)];
        Assert.All(ofModels, term => Assert.NotEqual(term.Meaning, phrases.Term(term)));
        Assert.Equal(ofModels.Length, ofModels.Select(phrases.Term).Distinct().Count());
        // The language of Japanese units is Japanese.
        Assert.Equal(language == ReportLanguage.Japanese ? "EUR/時間" : "EUR an hour", phrases.Unit(CostTerms.PricePerHour, "EUR"));
        Assert.All(
            terms.Where(term => term.Unit("").Any(char.IsLetter)).Select(term => phrases.Unit(term, "")),
            unit => Assert.True(language == ReportLanguage.English || !Regex.IsMatch(unit, "year|day|token|month"), unit));
    }

    [Theory]
    [InlineData("EUR", "-1,250\u00a0EUR")]
    [InlineData("¥", "-¥1,250")]
    [InlineData("US$", "-US$1,250")]
    [InlineData("円", "-1,250\u00a0円")]
    public void Money_has_its_currency_where_it_is_written(string currency, string expected) =>
        Assert.Equal(expected, new PilotNumbers(NumberWords.Of(ReportLanguage.English)).Money(-1250.2, currency));

    [Fact]
    public void A_page_takes_the_place_of_an_older_one()
    {
        string folder = Directory.CreateTempSubdirectory("decoupleq-pilot-").FullName, page = Path.Combine(folder, "page.html");
        try
        {
            File.WriteAllText(page, "old");
            PilotReport.Write(PilotSamples.Rich(), page, ReportLanguage.Japanese);
            Assert.Equal(PilotReport.Render(PilotSamples.Rich(), ReportLanguage.Japanese), File.ReadAllText(page));
            Assert.Single(Directory.GetFiles(folder));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // With all that a first page can have, and with the longest sentences.
    [Theory]
    [MemberData(nameof(Languages))]
    public async Task A_browser_and_a_checker_find_nothing_wrong(ReportLanguage language) =>
        await SeenByABrowserAsync(PilotReport.Render(PilotSamples.Crowded(), language));

    private static PilotResult Sample(string which) => which switch
    {
        "rich" => PilotSamples.Rich(),
        "undecided" => PilotSamples.Rich(Verdict.Undecided),
        "failed" => PilotSamples.Rich(Verdict.Fail),
        "empty" => PilotSamples.Empty(),
        "unlimited" => PilotSamples.Unlimited(),
        _ => PilotSamples.Same(),
    };

    private static IEnumerable<string> Labels(IHtmlDocument page, string title) => page.QuerySelectorAll("figure")
        .Single(figure => figure.QuerySelector("figcaption")!.ChildNodes[0].TextContent.Trim() == title)
        .QuerySelectorAll("svg text").Select(label => label.TextContent);

    private static string Words(IElement element) =>
        Regex.Replace(string.Join(' ', element.Descendants<IText>().Select(text => text.Data)), @"\s+", " ").Trim();
}
