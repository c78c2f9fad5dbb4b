namespace DecoupleQ.Reports.Wording;

/// <summary>In Japanese.</summary>
internal static class JapanesePageWords
{
    public static PageWords Words { get; } = new()
    {
        Language = "ja",
        Title = "量子化の試験評価（パイロット）報告書：{0}",
        Subtitle = "測定完了：{0}（日本時間）、所要時間：{1}",
        Footer = "DecoupleQ {0} による測定結果です。このページは外部への通信を行いません。すべての値は、同じ場所の JSON ファイルにあります。",
        Dense = "量子化前",
        Packed = "量子化後",
        Figure = "項目",
        Value = "値",
        More = "ほかに {0} 件あります。JSON ファイルを参照してください。",
        NamesMore = "{0} ほか {1} 件",
        Separator = "、",
        Clauses = "。",
        Never = "回収不可（削減額なし）",
        Months = "{0}\u00a0か月",
        Seconds = "{0}\u00a0秒",
        Minutes = "{0}\u00a0分",
        Hours = "{0}\u00a0時間 {1}\u00a0分",
        Bits = "{0}\u00a0ビット",
        PerChannel = "チャネル単位",
        Groups = "グループサイズ\u00a0{0}",
        EmbeddingBits = "埋め込み\u00a0{0}\u00a0ビット",
        HeadBits = "出力ヘッド\u00a0{0}\u00a0ビット",
        Preset = "プリセット\u00a0{0}",
        SettingForm = "{0}（{1}）",
        ShortGroups = "グループ\u00a0{0}",
        ShortPerChannel = "チャネル単位",
        ShortJoiner = "・",
    };
}
