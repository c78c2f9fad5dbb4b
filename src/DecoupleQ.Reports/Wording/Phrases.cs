using System.Globalization;
using System.Text.RegularExpressions;
using DecoupleQ.Pilot.Costs;
using DecoupleQ.Pilot.Results;
using DecoupleQ.Pilot.Slices;
using DecoupleQ.Pilot.Thresholds;
using DecoupleQ.Reports.Layout;
using static DecoupleQ.Reports.Layout.PageText;

namespace DecoupleQ.Reports.Wording;

/// <summary>What is said of a pilot's things, in a language.</summary>
/// <param name="words">The words of that language.</param>
public sealed partial class Phrases(PilotWords words)
{
    // Bits of a table that is stored as it was.
    private const int AsStored = 16;

    // Beyond these a list of names is no sentence.
    private const int MostNames = 8;

    private const int MostOfAnError = 400;

    // Of a finding that is not as it should be: what to do.
    private const string ToMend = "!";

    /// <summary>The words.</summary>
    public PilotWords Words { get; } = words;

    /// <summary>How figures are written.</summary>
    public PilotNumbers Numbers { get; } = new(words.Numbers);

    /// <summary>A rough duration.</summary>
    public string Duration(double seconds)
    {
        if (!double.IsFinite(seconds))
        {
            return PageNumbers.None;
        }
        long minutes = (long)Math.Round(seconds / 60);
        return seconds < 90 ? Put(Words.Page.Seconds, Number(Math.Ceiling(seconds)))
            : minutes < 90 ? Put(Words.Page.Minutes, Number(minutes))
            : Put(Words.Page.Hours, PageNumbers.Count(minutes / 60), Number(minutes % 60));
    }

    /// <summary>A setting, with all that it is.</summary>
    public string Setting(SettingResult setting)
    {
        ArgumentNullException.ThrowIfNull(setting);
        return Setting(setting, _ => true);
    }

    /// <summary>The bits of a setting, and how many inputs share a scale.</summary>
    public string BitsAndGroup(SettingResult setting)
    {
        ArgumentNullException.ThrowIfNull(setting);
        return Setting(setting, _ => false);
    }

    /// <summary>A setting, without what it shares with all others of its ladder: that is <see cref="Shared"/>.</summary>
    public string SettingAmong(SettingResult setting, IReadOnlyCollection<SettingResult> among)
    {
        ArgumentNullException.ThrowIfNull(setting);
        return Setting(setting, of => Varies(among, of));
    }

    /// <summary>What all settings of a ladder share beside bits and groups.</summary>
    public string Shared(IReadOnlyCollection<SettingResult> among)
    {
        ArgumentNullException.ThrowIfNull(among);
        return among.Count == 0 ? "" : string.Join(Words.Page.Separator, Beside(among.First(), of => !Varies(among, of)));
    }

    /// <summary>A setting among others, with no more than they differ in.</summary>
    public string ShortSetting(SettingResult setting, IReadOnlyCollection<SettingResult> among)
    {
        ArgumentNullException.ThrowIfNull(setting);
        ArgumentNullException.ThrowIfNull(among);
        List<string> parts = [Put(Words.Page.Bits, Number(setting.Bits))];
        Add(other => other.GroupSize, setting.GroupSize < 0 ? Words.Page.ShortPerChannel : Put(Words.Page.ShortGroups, Number(setting.GroupSize)));
        Add(other => other.EmbeddingBits, $"e{Number(setting.EmbeddingBits)}");
        Add(other => other.HeadBits, $"h{Number(setting.HeadBits)}");
        Add(other => other.Preset, Name(setting.Preset, 8));
        return string.Join(Words.Page.ShortJoiner, parts);

        void Add(Func<SettingResult, object> of, string text)
        {
            if (Varies(among, of))
            {
                parts.Add(text);
            }
        }
    }

    /// <summary>A few names, and how many more there are.</summary>
    /// <param name="names">Names of any length and number.</param>
    /// <param name="mostCharacters">Of each.</param>
    public string Names(IReadOnlyCollection<string> names, int mostCharacters = 100)
    {
        ArgumentNullException.ThrowIfNull(names);
        string first = string.Join(Words.Page.Separator, names.Take(MostNames).Select(name => Name(name, mostCharacters)));
        return names.Count == 0 ? PageNumbers.None
            : names.Count <= MostNames ? first
            : Put(Words.Page.NamesMore, first, PageNumbers.Count(names.Count - MostNames));
    }

    /// <summary>Sources of calibration.</summary>
    public string Calibration(IReadOnlyCollection<string> sources) =>
        Names([.. sources.Select(source => Words.Names.Calibrations.GetValueOrDefault(source, source))]);

    /// <summary>What a limit is on.</summary>
    public string Threshold(string name) => Words.Names.Thresholds.GetValueOrDefault(name, Name(name));

    /// <summary>What was measured for a limit, in its unit.</summary>
    public Func<double, WrittenNumber> Measured(string threshold) => threshold switch
    {
        "max-perplexity-increase" => Numbers.Increase,
        "min-agreement" => Numbers.Percent,
        "max-accuracy-loss" => Numbers.SignedPoints,
        "max-kl" => Numbers.Nats,
        "max-latency" => Numbers.Seconds,
        _ => Numbers.Amount,
    };

    /// <summary>A limit, in the unit of what was measured for it; as it was written where another version wrote it otherwise.</summary>
    /// <param name="threshold">What it is on.</param>
    /// <param name="limit">As it was written, such as <c>5%</c>.</param>
    public string Limit(string threshold, string limit) => LimitValue(threshold, limit) is not double value ? Name(limit) : threshold switch
    {
        "max-perplexity-increase" or "min-agreement" => Numbers.Percent(value),
        "max-accuracy-loss" => Numbers.Points(value),
        "max-latency" => Numbers.StatedSeconds(value),
        _ => Numbers.Amount(value),
    };

    /// <summary>What a limit is on and where it lies.</summary>
    /// <param name="option">As it was given, such as <c>--min-agreement 90%</c>.</param>
    public string LimitOf(string option)
    {
        ArgumentNullException.ThrowIfNull(option);
        return option.Split(' ', 2) is [var name, var limit] ? LimitOf(name.TrimStart('-'), limit) : option;
    }

    /// <inheritdoc cref="LimitOf(string)"/>
    public string LimitOf(string threshold, string limit) => $"{Threshold(threshold)} {Limit(threshold, limit)}";

    /// <summary>The value of a limit; null where it cannot be read.</summary>
    public static double? LimitValue(string threshold, string? limit)
    {
        try
        {
            return limit is null ? null : (double?)ThresholdKind.All.FirstOrDefault(kind => kind.Name == threshold)?.Parse(limit).Limit;
        }
        catch (DecoupleQException)
        {
            return null;
        }
    }

    /// <summary>A number that is known about, with two digits and never less than it is: nobody counts windows that are not there yet.</summary>
    public static long About(long count)
    {
        const int Digits = 100;
        long unit = 1;
        while (count / unit >= Digits)
        {
            unit *= 10;
        }
        return (count + unit - 1) / unit * unit;
    }

    /// <summary>So many of what a limit is judged by.</summary>
    public string Items(string threshold, long count) => Put(threshold switch
    {
        "max-perplexity-increase" or "min-agreement" or "max-kl" => Words.Numbers.Windows,
        "max-accuracy-loss" or "max-critical-flips" => Words.Numbers.Questions,
        "max-latency" => Words.Numbers.Rounds,
        _ => "{0}",
    }, PageNumbers.Count(count));

    /// <summary>A kind of text.</summary>
    public string Slice(SliceName name)
    {
        string kind = Words.Names.SliceKinds[name.Kind];
        if (Words.Names.SliceValues.TryGetValue($"{name.Kind} {name.Value}", out string? whole))
        {
            return whole;
        }
        if (name.Kind == SliceKind.Length && Length.Match(name.Value) is { Success: true } length)
        {
            string least = PageNumbers.Count(long.Parse(length.Groups["least"].Value, CultureInfo.InvariantCulture));
            return length.Groups["most"] is { Success: true, Value: var most }
                ? Put(Words.Names.Characters, Numbers.Range(
                    new WrittenNumber(least), new WrittenNumber(PageNumbers.Count(long.Parse(most, CultureInfo.InvariantCulture)))))
                : Put(Words.Names.CharactersOrMore, least);
        }
        return name.Kind is SliceKind.Source or SliceKind.Tag or SliceKind.Length
            ? Put(Words.Details.FindingValue, kind, Name(name.Value))
            : Put(Words.Details.FindingValue, kind, Words.Names.SliceValues.GetValueOrDefault(name.Value, Name(name.Value)));
    }

    /// <summary>Months, or never.</summary>
    public WrittenNumber Months(double? months) => months is double known
        ? new(known >= 100 ? PageNumbers.Count((long)Math.Round(Math.Min(known, 1e15))) : Number(Math.Round(known, 1)), Words.Page.Months)
        : new(Words.Page.Never);

    /// <summary>What an assumption is of.</summary>
    public string Term(CostTerm term)
    {
        ArgumentNullException.ThrowIfNull(term);
        if (Words.Names.CostTerms.TryGetValue(term.Name, out string? meaning))
        {
            return meaning;
        }
        if (RatioTerm.Match(term.Name) is { Success: true } ratio && Words.Names.ModelTerms.TryGetValue(ratio.Groups["name"].Value, out string? of))
        {
            return Put(of, ratio.Groups["requests"].Value);
        }
        return TermOfAModel(term.Name) is { } named
            ? Put(Words.Details.FindingValue, named.IsDense ? Words.Page.Dense : Words.Page.Packed, named.Meaning)
            : term.Meaning;
    }

    /// <summary>What a term of one of the models is of, whichever of them.</summary>
    /// <param name="name">Its name.</param>
    public string TermOfEither(string name) => TermOfAModel(name)?.Meaning ?? name;

    /// <summary>The unit of an assumption.</summary>
    public string Unit(CostTerm term, string currency)
    {
        ArgumentNullException.ThrowIfNull(term);
        string unit = term.Unit(currency);
        return term.Unit("") != unit
            ? Numbers.Currency(currency) + Words.Names.Units.GetValueOrDefault(unit[currency.Length..], unit[currency.Length..])
            : Words.Names.Units.GetValueOrDefault(unit, unit);
    }

    /// <summary>A finding in a sentence, and its values that the sentence does not name.</summary>
    public string Finding(Finding finding)
    {
        ArgumentNullException.ThrowIfNull(finding);
        (string good, string toMend) = (finding.Code, finding.Code + ToMend);
        (string key, string otherwise) = finding.Level == FindingLevel.Good ? (good, toMend) : (toMend, good);
        if (!Words.Names.Findings.TryGetValue(key, out string? text) && !Words.Names.Findings.TryGetValue(otherwise, out text))
        {
            text = Name(finding.Code).Replace("{", "{{", StringComparison.Ordinal);
        }
        HashSet<string> said = [];
        // A value that is not there leaves its place empty, not the sentence out.
        string sentence = Place.Replace(text, match =>
        {
            string name = match.Groups["name"].Value;
            said.Add(name);
            return finding.Values.TryGetValue(name, out double value) ? Written(match.Groups["form"].Value, value) : PageNumbers.None;
        }).Replace("{{", "{", StringComparison.Ordinal);
        string[] others =
        [
            .. finding.Values.Where(value => !said.Contains(value.Key)).Select(value => Put(
                Words.Details.FindingValue, Words.Names.FindingValues.GetValueOrDefault(value.Key, Name(value.Key)), Value(value.Key, value.Value))),
        ];
        string whole = others.Length == 0 ? sentence : Put(Words.Page.SettingForm, sentence, string.Join(Words.Page.Separator, others));
        return finding.Detail is string detail ? $"{whole} {Name(detail, MostOfAnError)}" : whole;
    }

    private (bool IsDense, string Meaning)? TermOfAModel(string name)
    {
        Match match = ModelTerm.Match(name);
        return match.Success && Words.Names.ModelTerms.TryGetValue(match.Groups["name"].Value, out string? form)
            ? (match.Groups["model"].Value == "dense", Put(form, match.Groups["requests"].Value))
            : null;
    }

    private static bool Varies(IReadOnlyCollection<SettingResult> among, Func<SettingResult, object> of) => among.Select(of).Distinct().Count() > 1;

    // Tables and preset, those of them that are asked for; of a table that is as it was there is nothing to say.
    private IEnumerable<string> Beside(SettingResult setting, Predicate<Func<SettingResult, object>> isSaid)
    {
        if (setting.EmbeddingBits != AsStored && isSaid(other => other.EmbeddingBits))
        {
            yield return Put(Words.Page.EmbeddingBits, Number(setting.EmbeddingBits));
        }
        if (setting.HeadBits != AsStored && isSaid(other => other.HeadBits))
        {
            yield return Put(Words.Page.HeadBits, Number(setting.HeadBits));
        }
        if (setting.Preset.Length > 0 && isSaid(other => other.Preset))
        {
            yield return Put(Words.Page.Preset, Name(setting.Preset));
        }
    }

    private string Setting(SettingResult setting, Predicate<Func<SettingResult, object>> isSaid)
    {
        string groups = setting.GroupSize < 0 ? Words.Page.PerChannel : Put(Words.Page.Groups, Number(setting.GroupSize));
        return Put(
            Words.Page.SettingForm, Put(Words.Page.Bits, Number(setting.Bits)), string.Join(Words.Page.Separator, Beside(setting, isSaid).Prepend(groups)));
    }

    // By its name: a number alone does not say that it is one of bytes.
    private string Value(string name, double value) => name switch
    {
        "operationsPerSecond" => Put(Words.Numbers.PerSecond, Numbers.Many(value)),
        "multiplyAdds" => Put(Words.Numbers.Often, Numbers.Many(value)),
        "bandwidth" => Written("bytes", value) + "/s",
        _ when name.EndsWith("bytes", StringComparison.OrdinalIgnoreCase) || name is "needed" or "there" => Written("bytes", value),
        _ when name.EndsWith("share", StringComparison.OrdinalIgnoreCase) => Written("percent", value),
        _ => Written("", value),
    };

    private string Written(string form, double value) => form switch
    {
        "percent" => Numbers.Percent(value),
        "bytes" when double.IsFinite(value) => PageNumbers.Bytes(value),
        "count" when double.IsFinite(value) && Math.Abs(value) < 1e18 => PageNumbers.Count((long)value),
        _ => Numbers.Amount(value),
    };

    private static string Number(double number) => number.ToString("0.#", CultureInfo.InvariantCulture);

    [GeneratedRegex("^(?<name>(rate|time)-ratio-at)-(?<requests>[0-9]+)$")]
    private static partial Regex RatioTerm { get; }

    [GeneratedRegex("^(?<model>dense|packed)-(?<name>.+?)(-(?<requests>[0-9]+))?$")]
    private static partial Regex ModelTerm { get; }

    [GeneratedRegex("^(?<least>[0-9]{1,9})(-(?<most>[0-9]{1,9})|\\+)$")]
    private static partial Regex Length { get; }

    [GeneratedRegex("(?<!\\{)\\{(?<name>[A-Za-z]+):(?<form>[a-z]+)\\}")]
    private static partial Regex Place { get; }
}
