namespace DecoupleQ.Reports.Wording;

/// <summary>In Japanese.</summary>
internal static class JapanesePageWords
{
    public static PageWords Words { get; } = new()
    {
        Language = "ja",
        Title = "量子化パイロット報告書：{0}",
        Subtitle = "測定完了：{0}（協定世界時 UTC）、所要時間：{1}",
        Footer = "DecoupleQ {0} による測定結果です。このページは外部への通信を行いません。すべての値は、同じ場所の JSON ファイルにあります。",
        Dense = "量子化前",
        Packed = "量子化後",
        Figure = "項目",
        Value = "値",
        More = "ほかに {0} 件あります。JSON ファイルを参照してください。",
        NamesMore = "{0} ほか {1} 件",
        Separator = "、",
        Never = "回収できません",
        Months = "{0} か月",
        Seconds = "{0} 秒",
        Minutes = "{0} 分",
        Hours = "{0} 時間 {1} 分",
        Times = "{0} 倍",
        Bits = "{0} ビット",
        PerChannel = "チャネル単位",
        Groups = "グループサイズ {0}",
        EmbeddingBits = "埋め込み {0} ビット",
        HeadBits = "出力ヘッド {0} ビット",
        Preset = "プリセット {0}",
        SettingForm = "{0}（{1}）",
        ShortGroups = "g{0}",
        ShortPerChannel = "チャネル",
        Points = "{0} ポイント",
    };
}
