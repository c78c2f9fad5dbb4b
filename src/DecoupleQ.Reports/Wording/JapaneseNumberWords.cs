using DecoupleQ.Reports.Plots;

namespace DecoupleQ.Reports.Wording;

/// <summary>In Japanese, in which large numbers are counted by ten thousands.</summary>
internal static class JapaneseNumberWords
{
    private static readonly NumberScale TenThousands = new([(1e12, 1e12, "{0}\u00a0兆"), (1e8, 1e8, "{0}\u00a0億"), (1e4, 1e4, "{0}\u00a0万")]);

    public static NumberWords Words { get; } = new()
    {
        Percent = "{0}%",
        Points = "{0}\u00a0ポイント",
        Seconds = "{0}\u00a0秒",
        Milliseconds = "{0}\u00a0ms",
        Times = "{0}\u00a0倍",
        Plus = "+",
        Minus = "−",
        Range = "{0}～{1}",
        Interval = "{0}（{1}）",
        Below = "{0}\n（{1}）",
        Windows = "{0}\u00a0ウィンドウ",
        Questions = "{0}\u00a0問",
        Tokens = "{0}\u00a0トークン",
        Rounds = "{0} ラウンド",
        Often = "{0}回",
        PerSecond = "{0}回/秒",
        TimeFormat = "yyyy 年 M 月 d 日 HH:mm",
        // Japan has no summer time.
        TimeZone = TimeSpan.FromHours(9),
        Currencies = new Dictionary<string, string> { ["JPY"] = "円" },
        Scale = TenThousands,
        Axis = new AxisWords("{0}%", TenThousands),
    };
}
