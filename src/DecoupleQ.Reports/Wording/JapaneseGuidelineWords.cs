using DecoupleQ.Pilot.Guidelines;

namespace DecoupleQ.Reports.Wording;

/// <summary>In Japanese.</summary>
internal static class JapaneseGuidelineWords
{
    public static GuidelineWords Words { get; } = new()
    {
        Title = "2 ビット量子化の適用指針",
        Subtitle = "パイロット {0} 件、試した設定 {1} 件に基づきます。",
        Footer = "DecoupleQ がパイロットの結果だけから作成しました。",
        Summary = "モデルとタスクごとの必要ビット数",
        SummaryNote =
            "あるビット数の設定が、それを試したすべてのパイロットで基準を満たせば（95%信頼区間の全体が基準の範囲内）、そのビット数で「可」とします。試した設定の"
            + "信頼区間がすべて基準を完全に超えていれば「不可」です。セルの各行は一つのパイロットでの一つの設定で、[ ] 内はパイロットの番号です。採用した設定は、選択に使わなかった"
            + "側のテストデータでの値を示します。モデル、文章、基準が変われば結果も変わるため、自社の条件で試してください。",
        SummaryNone = "設定を試したパイロットはありません。",
        Family = "モデル系列",
        Parameters = "パラメーター数",
        Model = "モデル",
        Task = "タスク",
        Limits = "基準",
        NoLimits = "なし",
        InShort = "結論",
        Text = "文章：{0}",
        TaskForm = "{0}（{1}）",
        Witness = "{0}：{1}（{2}）[{3}]",
        EvidenceTitle = "根拠：{0}、{1}（基準：{2}）",
        EvidenceNote = "{0}、パラメーター数 {1}。値の下の括弧内は 95%信頼区間、グループサイズの下の括弧内は埋め込みと出力ヘッドのビット数です。",
        Bits = "ビット数",
        GroupSize = "グループサイズ",
        Tables = "（{0}、{1}）",
        AsStored = "元のまま",
        Part = "テストデータ",
        PerplexityIncrease = "パープレキシティの増加率",
        Agreement = "Top-1 一致率",
        AccuracyLoss = "正答率の低下",
        Windows = "ウィンドウ数",
        Items = "件数",
        Verdict = "判定",
        NotJudged = "判定なし",
        Preset = "プリセット",
        Digest = "{0}\n({1})",
        Pilot = "パイロット、バージョン、日付",
        Pilots = "パイロット一覧",
        PilotsNote =
            "各パイロットを再現するコマンドです（ファイルは名前だけを示します）。プリセット名の下の括弧内は設定値のダイジェストで、同じ名前でもこれが異なれば別の設定です。",
        PilotLabel = "[{0}] {1}：{2}、{3}",
        Repeated = "重複のため集計から除いたファイル：{0}",
        Command = "このページの再作成",
        CommandNote = "結果のファイルがある場所で実行してください。",
        Standings = new Dictionary<BitsStanding, string>
        {
            [BitsStanding.Hold] = "{0} ビットで可",
            [BitsStanding.Undecided] = "{0} ビットは判定保留",
            [BitsStanding.Fail] = "{0} ビットは不可",
            [BitsStanding.Measured] = "{0} ビットは測定のみ（基準なし）",
        },
        Parts = new Dictionary<TestPart, string> { [TestPart.Choosing] = "選択用", [TestPart.Judging] = "判定用" },
    };
}
