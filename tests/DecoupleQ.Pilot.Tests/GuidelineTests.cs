using DecoupleQ.Pilot.Feasibility;
using DecoupleQ.Pilot.Guidelines;
using DecoupleQ.Pilot.Ladders;
using DecoupleQ.Pilot.Measurements;
using DecoupleQ.Pilot.Results;
using DecoupleQ.Pilot.Thresholds;
using DecoupleQ.Quantization.Settings;
using DecoupleQ.Statistics;
using DecoupleQ.Testing;

namespace DecoupleQ.Pilot.Tests;

public sealed class GuidelineTests : IDisposable
{
    private static readonly SettingResult Channel = new(2, -1, 8, 8, "best"), Groups = new(2, 64, 8, 8, "best"), Three = new(3, -1, 8, 8, "best");

    private readonly string _folder = Directory.CreateTempSubdirectory("guideline-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Every_setting_that_was_tried_is_evidence_and_the_fewest_bits_that_hold_are_found()
    {
        GuidelineCase only = Assert.Single(Of(Pilot(
            Rung(Channel, Verdict.Fail, 0.09), Rung(Groups, Verdict.Fail, 0.07), Rung(Three, Verdict.Pass, 0.02), Waiting(new(4, 64, 8, 8, "best")))).Cases);
        Assert.Equal(("llama", 8_000_000L, "tale", 3), (only.Family, only.Parameters, only.Model, only.Holding!.Value));
        Assert.Equal((new GuidelineTask("test.txt", null), "--max-perplexity-increase 3%"), (only.Task, Assert.Single(only.Limits)));
        Assert.Equal([(2, BitsStanding.Fail), (3, BitsStanding.Hold)], only.Bits.Select(bits => (bits.Bits, bits.Standing)));
        Assert.Equal(
            [(Channel, TestPart.Choosing, 0.09), (Groups, TestPart.Choosing, 0.07), (Three, TestPart.Choosing, 0.02)],
            only.Evidence.Select(row => (row.Setting, row.Part, row.PerplexityIncrease!.Value.Value)));
        Assert.All(only.Evidence, row => Assert.Equal(("0123456789ab", 20L), (row.PresetDigest, row.Items)));
    }

    [Fact]
    public void Of_the_chosen_setting_the_half_that_it_was_not_chosen_on_counts()
    {
        PilotResult pilot = Pilot(Rung(Channel, Verdict.Pass, 0.02));
        GuidelineCase only = Assert.Single(Of(pilot with { Chosen = Chosen(Channel, Verdict.Undecided, 0.03) }).Cases);
        Assert.Equal([(TestPart.Choosing, Verdict.Pass), (TestPart.Judging, Verdict.Undecided)], only.Evidence.Select(row => (row.Part, row.Verdict!.Value)));
        GuidelineBits bits = Assert.Single(only.Bits);
        Assert.Equal((BitsStanding.Undecided, TestPart.Judging), (bits.Standing, Assert.Single(bits.Evidence).Part));
        Assert.Null(only.Holding);
    }

    [Fact]
    public void Pilots_of_a_cell_stand_side_by_side_and_bits_hold_only_where_all_agree()
    {
        PilotResult one = Pilot(Rung(Channel, Verdict.Pass, 0.02)), other = Pilot(Rung(Channel, Verdict.Fail, 0.08));
        GuidelineBits bits = Assert.Single(Assert.Single(Of(one, other).Cases).Bits);
        Assert.Equal(BitsStanding.Undecided, bits.Standing);
        Assert.Equal([(0, 0.02), (1, 0.08)], bits.Evidence.Select(row => (row.Source, row.PerplexityIncrease!.Value.Value)));
        // Another setting of as many bits holds in both.
        other = Pilot(Rung(Channel, Verdict.Fail, 0.08), Rung(Groups, Verdict.Pass, 0.01));
        Assert.Equal(BitsStanding.Hold, Assert.Single(Assert.Single(Of(one, other).Cases).Bits).Standing);
    }

    [Fact]
    public void Models_tasks_and_limits_are_cases_of_their_own()
    {
        PilotResult small = Pilot(Rung(Channel, Verdict.Pass, 0.02));
        PilotResult large = small with { Model = small.Model with { Parameters = 9_000_000_000, Name = "epic" } };
        JudgementResult loss = new("max-accuracy-loss", "1pp", new(0.04, 0.02, 0.06), 30, Verdict.Fail, null, null);
        JudgementResult late = new("max-latency", "10ms", new(0.04, 0.02, 0.06), 30, Verdict.Fail, null, null);
        RungResult both = Rung(Channel, Verdict.Pass, 0.02);
        PilotResult asked = Pilot(both with { Judgements = [.. both.Judgements, loss] }) with { Chosen = Chosen(Channel, Verdict.Pass, 0.01, loss, late) };
        PilotResult free = Pilot(both with { Judgements = [], Verdict = null });
        Guideline guideline = Of(large, small, asked, free);
        Assert.Equal(
            [
                ("tale", null, 0, BitsStanding.Measured), ("tale", null, 1, BitsStanding.Hold), ("tale", "contains", 1, BitsStanding.Fail),
                ("epic", null, 1, BitsStanding.Hold),
            ],
            guideline.Cases.Select(item => (item.Model, item.Task.Metric, item.Limits.Count, Assert.Single(item.Bits).Standing)));
        GuidelineEvidence[] task = [.. guideline.Cases[2].Evidence];
        Assert.Equal([(TestPart.Choosing, 0.04, 30L), (TestPart.Judging, 0.05, 40L)], task.Select(row => (row.Part, row.AccuracyLoss!.Value.Value, row.Items)));
    }

    [Fact]
    public void The_same_pilot_counts_once_whatever_it_costs()
    {
        PilotResult pilot = Pilot(Rung(Channel, Verdict.Pass, 0.02));
        string first = Write("a.json", pilot), again = Write("b.json", pilot with { Cost = [] }), other = Write("c.json", pilot with { Seconds = 2 });
        var input = GuidelineInput.Read([first, first, again, other]);
        Assert.Equal([first, other], input.Sources.Select(source => source.File));
        Assert.Equal([first, again], input.Repeated);
    }

    [Theory]
    [InlineData("\"format\": \"decoupleq-pilot-1\"", "\"format\": \"other\"", "format")]
    [InlineData("\"bits\": 2", "\"bits\": \"two\"", "ladder[0].setting.bits")]
    [InlineData("\"bits\": 2", "\"bits\": 0", "ladder[0].setting.bits")]
    [InlineData("\"groupSize\": -1", "\"groupSize\": 0", "ladder[0].setting.groupSize")]
    [InlineData("\"parameters\": 8000000", "\"parameters\": 0", "model.parameters")]
    [InlineData("\"ladder\": [", "\"ladder\": [null,", "ladder[0]")]
    [InlineData("\"state\": \"RuledOut\"", "\"state\": \"Passed\"", "ladder[1].quality")]
    [InlineData("\"judgements\": []", "\"judgements\": [null]", "ladder[1].judgements")]
    public void What_is_no_result_is_refused_by_file_and_field(string what, string other, string field)
    {
        PilotResult pilot = Pilot(Rung(Channel, Verdict.Pass, 0.02), Waiting(Groups) with { State = RungState.RuledOut });
        string path = Write("a.json", pilot), text = File.ReadAllText(path);
        Assert.Contains(what, text);
        int at = text.IndexOf(what, StringComparison.Ordinal);
        File.WriteAllText(path, text[..at] + other + text[(at + what.Length)..]);
        var error = Assert.Throws<DecoupleQException>(() => GuidelineInput.Read([path]));
        Assert.Equal((path, field), (error.File, error.Field));
    }

    [Fact]
    public void The_command_makes_the_pilot_again()
    {
        PilotResult pilot = Pilot(Rung(Channel, Verdict.Fail, 0.09), Rung(Groups, Verdict.Fail, 0.07), Waiting(Three with { GroupSize = 64 }));
        pilot = pilot with
        {
            Question = pilot.Question with { Test = ["my test.txt", "it's"] },
            Quantizing = new(new Dictionary<string, string> { ["seed"] = "3", ["samples"] = "32" }, pilot.Quantizing!.Presets),
            Chosen = Chosen(Groups, Verdict.Fail, 0.07),
        };
        Assert.Equal(
            @"decoupleq pilot tale --test 'my test.txt' 'it'\''s' --calibration calibration.txt --try-bits 2 3 --try-group-sizes -1 64 --try-tables 8 "
            + "--try-presets best --samples 32 --seed 3 --context 256 --windows 20 --task questions.jsonl --metric contains --max-perplexity-increase 3% "
            + "-o REPORT",
            PilotCommandText.Of(pilot));
        string given = PilotCommandText.Of(pilot with { Ladder = [], Quantizing = null });
        Assert.Contains("--packed model --calibration calibration.txt --context", given);
        Assert.Contains("--calibration calibration.txt", given);
        Assert.Contains("--windows 40", given);
    }

    [Fact]
    public void The_command_has_the_options_of_the_task()
    {
        PilotResult pilot = Pilot(Rung(Channel, Verdict.Fail, 0.09)) with { Chosen = Chosen(Groups, Verdict.Fail, 0.07) };
        TaskPart task = pilot.Chosen!.Tasks[0] with
        {
            Options = ["--max-tokens", "32", "--stop", "A B", "--chat-template", "my.jinja", "--date", "2026-11-29"],
        };
        string command = PilotCommandText.Of(pilot with { Chosen = pilot.Chosen with { Tasks = [task] } });
        Assert.Contains("--metric contains --max-tokens 32 --stop 'A B' --chat-template my.jinja --date 2026-11-29 --max-perplexity-increase", command);
    }

    [Fact]
    public void A_model_is_judged_again_on_more_by_a_command_that_chooses_nothing()
    {
        PilotResult pilot = Pilot(Rung(Channel, Verdict.Pass, 0.02)) with { Chosen = Chosen(Channel, Verdict.Undecided, 0.03) };
        pilot = pilot with { Question = pilot.Question with { Calibration = ["calibration.txt", "self"] } };
        Assert.Equal(
            "decoupleq pilot tale --packed REPORT/model --test test.txt --calibration calibration.txt --context 256 --windows 29000 "
            + "--max-perplexity-increase 3% -o REPORT2",
            PilotCommandText.OfMore(pilot, 29_000));
    }

    [Fact]
    public void The_cases_that_the_tool_has_with_it_are_those_of_the_guideline()
    {
        string[] results = [.. Directory.EnumerateFiles(Path.Combine(Paths.Repository, "docs", "guideline"), "*.json").Order(StringComparer.Ordinal)];
        IReadOnlyList<KnownCase> cases = KnownCase.Of(Guideline.Of(GuidelineInput.Read(results).Sources));
        Assert.True(
            KnownCase.ToJson(cases) == KnownCase.ToJson(KnownCase.All),
            $"src/DecoupleQ.Pilot/Guidelines/known-cases.json is to be:\n{KnownCase.ToJson(cases)}");
    }

    [Fact]
    public void What_a_result_of_an_earlier_version_does_not_say_is_nothing()
    {
        string earlier = Path.Combine(Paths.Repository, "docs", "guideline", "books-8m-best.json");
        var result = PilotResult.Read(earlier);
        Assert.Equal(("en", 1.0), (result.Language, result.Question.Overlap.KeptShare));
        Assert.Empty(result.Question.Overlap.Unchecked);
        Assert.All(result.Chosen!.Tasks, task => Assert.Empty(task.Options));
        Assert.Equal(result.ToJson(), Read(Write("a.json", result)).ToJson());

        static PilotResult Read(string path) => PilotResult.Read(path);
    }

    [Fact]
    public void A_result_that_an_editor_has_saved_with_a_byte_order_mark_is_read()
    {
        string stored = Path.Combine(Paths.Repository, "docs", "guideline", "books-8m-best.json"), edited = Path.Combine(_folder, "edited.json");
        File.WriteAllBytes(edited, [0xEF, 0xBB, 0xBF, .. File.ReadAllBytes(stored)]);
        Assert.Equal(PilotResult.Read(stored).ToJson(), PilotResult.Read(edited).ToJson());
    }

    [Fact]
    public void A_result_says_what_was_not_the_default_and_what_presets_were()
    {
        QuantizationOptions options = new() { Model = "m", Output = "o", Calibration = ["c"], Samples = 32, Threads = 1 };
        var said = QuantizingResult.Of(options, [Preset.Fast, Preset.Best]);
        Assert.Equal(("samples", "32"), (Assert.Single(said.Settings).Key, said.Settings["samples"]));
        Assert.Equal([("best", Preset.Best.Digest), ("fast", Preset.Fast.Digest)], said.Presets.Select(preset => (preset.Key, preset.Value)).Order());
        Assert.Equal(3, Preset.All.Select(preset => preset.Digest).Distinct().Count());
        Assert.All(Preset.All, preset => Assert.Matches("^[0-9a-f]{12}$", preset.Digest));
    }

    private static Guideline Of(params PilotResult[] pilots) => Guideline.Of([.. pilots.Select((pilot, index) => new GuidelineSource($"{index}.json", pilot))]);

    private static PilotResult Pilot(params RungResult[] ladder) => new()
    {
        Tool = "1.0",
        Finished = new DateTimeOffset(2026, 11, 29, 0, 0, 0, TimeSpan.Zero),
        Seconds = 1,
        Model = new PilotModel("tale", "llama", 8_000_000, 0.7, 1, 256),
        Machine = new PilotMachine("p", 2, 2, 1, "AVX2", "s"),
        Question = new PilotQuestion(
            ["calibration.txt"], ["test.txt"], 40, 256, ["--max-perplexity-increase 3%"], [1], new OverlapResult(0, 0, 0, true)),
        Findings = [],
        Ladder = ladder,
        Quantizing = new(new Dictionary<string, string>(), new Dictionary<string, string> { ["best"] = "0123456789ab" }),
    };

    private static RungResult Rung(SettingResult setting, Verdict verdict, double increase) => new(
        setting, 2.5, verdict == Verdict.Pass ? RungState.Passed : verdict == Verdict.Fail ? RungState.Failed : RungState.Undecided, null,
        [Increase(verdict, increase)], verdict, Quality(increase), 1, 1);

    private static RungResult Waiting(SettingResult setting) => new(setting, 3.5, RungState.NotNeeded, null, [], null, null, null, null);

    private static JudgementResult Increase(Verdict verdict, double increase) =>
        new("max-perplexity-increase", "3%", new(increase, increase, increase), 20, verdict, null, null);

    private static QualityFigures Quality(double increase) =>
        new(20, 5100, new(40, 39, 41), new(42, 41, 43), new(increase, increase, increase), new(0.1, 0.1, 0.1), new(0.8, 0.7, 0.9));

    private static ChosenResult Chosen(SettingResult setting, Verdict verdict, double increase, params JudgementResult[] others)
    {
        Estimate none = new(0, 0, 0);
        TaskPart task = new("questions.jsonl", "contains", 40, none, none, new(0.05, 0, 0.1), 2, 0, 0.5, null, null, 0, 0, [], []);
        Costs.Spread one = Costs.Spread.Exactly(1);
        ModelSpeed speed = new(one, one, new(1, 1, none, 1), one, []);
        return new(
            setting, ChoiceReason.CheapestThatPasses, "model", 2.5, 2.1, [Increase(verdict, increase), .. others], Quality(increase),
            others.Length > 0 || setting == Groups ? [task] : [],
            new(1, 1, 1, 1, 1, 1, 1, 1), new(1, 1, 1, speed, speed, one, one), new([], [], [], none, none, none, none, 0), 1, 1);
    }

    private string Write(string name, PilotResult pilot)
    {
        string path = Path.Combine(_folder, name);
        pilot.Write(path);
        return path;
    }
}
