using System.Globalization;
using DecoupleQ.Pilot.Guidelines;
using DecoupleQ.Pilot.Ladders;
using DecoupleQ.Pilot.Results;
using DecoupleQ.Reports.Layout;
using DecoupleQ.Reports.Wording;
using DecoupleQ.Statistics;
using static DecoupleQ.Reports.Layout.PageText;

namespace DecoupleQ.Reports.Guidelines;

/// <summary>A guideline as it is told: titles, tables and commands, of which pages of any kind are made.</summary>
public sealed class GuidelineView
{
    private readonly Guideline _guideline;
    private readonly GuidelineWords _words;
    private readonly Phrases _phrases;

    /// <param name="guideline">What is told.</param>
    /// <param name="repeated">Files that did not count.</param>
    /// <param name="command">The command that makes the page.</param>
    /// <param name="language">Of its words.</param>
    public GuidelineView(Guideline guideline, IReadOnlyList<string> repeated, string command, ReportLanguage language)
    {
        ArgumentNullException.ThrowIfNull(guideline);
        ArgumentNullException.ThrowIfNull(repeated);
        (_guideline, _words, _phrases) = (guideline, GuidelineWords.Of(language), new(PilotWords.Of(language)));
        Repeated = repeated.Count == 0 ? null : Put(_words.Repeated, _phrases.Names(repeated));
        Command = command;
    }

    /// <summary>The language of its words: <c>en</c>, <c>ja</c>.</summary>
    public string Language => _phrases.Words.Page.Language;

    /// <summary>What it is about.</summary>
    public string Title => _words.Title;

    /// <summary>How much it rests on.</summary>
    public string Subtitle => Put(
        _words.Subtitle, PageNumbers.Count(_guideline.Sources.Count),
        PageNumbers.Count(_guideline.Cases.SelectMany(item => item.Evidence).Select(row => (row.Source, row.Setting)).Distinct().Count()));

    /// <summary>What it is made from.</summary>
    public string Footer => _words.Footer;

    /// <summary>What is said where there is no table.</summary>
    public string? None => _guideline.Cases.Count == 0 ? _words.SummaryNone : null;

    /// <summary>The heading of <see cref="Pilots"/>.</summary>
    public string PilotsTitle => _words.Pilots;

    /// <summary>How to read <see cref="Pilots"/>.</summary>
    public string PilotsNote => _words.PilotsNote;

    /// <summary>Which files did not count; null for none.</summary>
    public string? Repeated { get; }

    /// <summary>The heading of <see cref="Command"/>.</summary>
    public string CommandTitle => _words.Command;

    /// <summary>How to read <see cref="Command"/>.</summary>
    public string CommandNote => _words.CommandNote;

    /// <summary>The command that makes the page.</summary>
    public string Command { get; }

    /// <summary>The pilots, each with the command that makes it again.</summary>
    public IEnumerable<GuidelineCommand> Pilots => _guideline.Sources.Select((source, index) => new GuidelineCommand(
        Put(_words.PilotLabel, Number(index + 1), Name(Path.GetFileName(source.File)), source.Result.Tool, Day(source.Result)),
        PilotCommandText.Of(source.Result)));

    /// <summary>The tables: all cases first, then what is behind each of them.</summary>
    public IEnumerable<GuidelineTable> Tables()
    {
        if (_guideline.Cases.Count == 0)
        {
            yield break;
        }
        yield return Summary();
        foreach (GuidelineCase item in _guideline.Cases)
        {
            yield return Evidence(item);
        }
    }

    private GuidelineTable Summary()
    {
        int[] bits = [.. _guideline.Cases.SelectMany(item => item.Bits).Select(item => item.Bits).Distinct().Order()];
        // Settings of a cell are told by what all settings of the page differ in.
        SettingResult[] among = [.. _guideline.Cases.SelectMany(item => item.Evidence).Select(row => row.Setting).Distinct()];
        return new(
            _words.Summary, _words.SummaryNote,
            [
                (_words.Family, false), (_words.Parameters, true), (_words.Model, false), (_words.Task, false), (_words.Limits, false),
                .. bits.Select(number => (Put(_phrases.Words.Page.Bits, Number(number)), false)), (_words.InShort, false),
            ],
            [.. _guideline.Cases.Select(Row)]);

        IReadOnlyList<string> Row(GuidelineCase item) =>
        [
            Name(item.Family), PilotNumbers.Parameters(item.Parameters), Name(item.Model), Task(item.Task), Limits(item),
            .. bits.Select(number => item.Bits.FirstOrDefault(known => known.Bits == number) is GuidelineBits known
                ? string.Join('\n', known.Evidence.Select(row => Witness(row, among)))
                : PageNumbers.None),
            InShort(item),
        ];
    }

    private GuidelineTable Evidence(GuidelineCase item)
    {
        bool isText = item.Task.Metric is null;
        return new(
            Put(_words.EvidenceTitle, Name(item.Model), Task(item.Task), Limits(item)),
            Put(_words.EvidenceNote, Name(item.Family), PilotNumbers.Parameters(item.Parameters)),
            [
                (_words.Bits, true), (_words.GroupSize, false), (_words.Part, false),
                .. isText ? [(_words.PerplexityIncrease, true), (_words.Agreement, true)] : ((string, bool)[])[(_words.AccuracyLoss, true)],
                (isText ? _words.Windows : _words.Items, true), (_words.Verdict, false), (_words.Preset, false), (_words.Pilot, false),
            ],
            [.. item.Evidence.Select(Row)]);

        IReadOnlyList<string> Row(GuidelineEvidence row) =>
        [
            Number(row.Setting.Bits),
            $"{(row.Setting.GroupSize < 0 ? _phrases.Words.Page.PerChannel : Number(row.Setting.GroupSize))}\n{Tables(row.Setting)}",
            _words.Parts[row.Part],
            .. isText
                ? [Below(row.PerplexityIncrease, _phrases.Numbers.Increase), Below(row.Agreement, _phrases.Numbers.Percent)]
                : (string[])[Below(row.AccuracyLoss, _phrases.Numbers.SignedPoints)],
            PageNumbers.Count(row.Items), Verdict(row), Preset(row),
            $"[{Number(row.Source + 1)}] {Name(_guideline.Sources[row.Source].Result.Tool)}\n{Day(_guideline.Sources[row.Source].Result)}",
        ];
    }

    private string Witness(GuidelineEvidence row, IReadOnlyCollection<SettingResult> among)
    {
        List<string> setting = [GroupSize(row.Setting)];
        Add(other => (other.EmbeddingBits, other.HeadBits), Tables(row.Setting));
        Add(other => other.Preset, Name(row.Setting.Preset));
        string figure = row.PerplexityIncrease is Estimate increase ? _phrases.Numbers.Increase(increase.Value)
            : row.AccuracyLoss is Estimate loss ? _phrases.Numbers.SignedPoints(loss.Value)
            : PageNumbers.None;
        return Put(_words.Witness, string.Join(_phrases.Words.Page.Separator, setting), Verdict(row), figure, Number(row.Source + 1));

        void Add<T>(Func<SettingResult, T> of, string text)
        {
            if (text.Length > 0 && among.Select(of).Distinct().Count() > 1)
            {
                setting.Add(text);
            }
        }
    }

    // From the fewest bits to the first that hold.
    private string InShort(GuidelineCase item) => string.Join(
        _phrases.Words.Page.Separator,
        item.Bits.Where(bits => bits.Bits <= (item.Holding ?? int.MaxValue)).Select(bits => Put(_words.Standings[bits.Standing], Number(bits.Bits))));

    private string Task(GuidelineTask task) =>
        task.Metric is null ? Put(_words.Text, Name(task.Name)) : Put(_words.TaskForm, Name(task.Name), Name(task.Metric));

    // By their options, as the case has them.
    private string Limits(GuidelineCase item) => item.Limits.Count == 0 ? _words.NoLimits : _phrases.Names([.. item.Limits.Select(_phrases.LimitOf)]);

    private string GroupSize(SettingResult setting) =>
        setting.GroupSize < 0 ? _phrases.Words.Page.PerChannel : Put(_phrases.Words.Page.Groups, Number(setting.GroupSize));

    private string Tables(SettingResult setting) => Put(_words.Tables, Table(setting.EmbeddingBits), Table(setting.HeadBits));

    private string Table(int bits) => bits == LadderSetting.AsStored ? _words.AsStored : Number(bits);

    private string Verdict(GuidelineEvidence row) => row.Verdict is { } verdict ? _phrases.Words.Names.Verdicts[verdict] : _words.NotJudged;

    private string Preset(GuidelineEvidence row) => row.Setting.Preset.Length == 0 ? PageNumbers.None
        : row.PresetDigest is string digest ? Put(_words.Digest, Name(row.Setting.Preset), Name(digest))
        : Name(row.Setting.Preset);

    private string Below(Estimate? estimate, Func<double, WrittenNumber> text) =>
        estimate is Estimate known ? _phrases.Numbers.Below(known, text) : PageNumbers.None;

    private static string Day(PilotResult result) => result.Finished.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
