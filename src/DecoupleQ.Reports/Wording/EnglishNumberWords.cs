using DecoupleQ.Reports.Plots;

namespace DecoupleQ.Reports.Wording;

/// <summary>In English.</summary>
internal static class EnglishNumberWords
{
    public static NumberWords Words { get; } = new()
    {
        Percent = "{0}\u00a0%",
        Points = "{0}\u00a0pp",
        Seconds = "{0}\u00a0s",
        Milliseconds = "{0}\u00a0ms",
        Times = "{0} times",
        Plus = "+",
        Minus = "-",
        Range = "{0} – {1}",
        Interval = "{0} ({1})",
        Below = "{0}\n({1})",
        Windows = "{0} windows",
        Questions = "{0} questions",
        Tokens = "{0} tokens",
        Rounds = "{0} rounds",
        Often = "{0}",
        PerSecond = "{0} a second",
        TimeFormat = "yyyy-MM-dd HH:mm",
        Currencies = new Dictionary<string, string> { ["JPY"] = "JPY" },
        Scale = new NumberScale([(1e12, 1e12, "{0} trillion"), (1e9, 1e9, "{0} billion"), (1e6, 1e6, "{0} million")]),
        Axis = AxisWords.English,
    };
}
