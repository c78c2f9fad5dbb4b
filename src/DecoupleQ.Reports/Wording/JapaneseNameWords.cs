using DecoupleQ.Pilot.Costs;
using DecoupleQ.Pilot.Ladders;
using DecoupleQ.Pilot.Results;
using DecoupleQ.Pilot.Slices;
using DecoupleQ.Pilot.Thresholds;

namespace DecoupleQ.Reports.Wording;

/// <summary>In Japanese.</summary>
internal static class JapaneseNameWords
{
    public static NameWords Words { get; } = new()
    {
        Verdicts = new Dictionary<Verdict, string>
        {
            [Verdict.Pass] = "合格",
            [Verdict.Undecided] = "判定保留",
            [Verdict.Fail] = "不合格",
        },
        States = new Dictionary<RungState, string>
        {
            [RungState.Waiting] = "未実施",
            [RungState.Passed] = "合格",
            [RungState.Undecided] = "判定保留",
            [RungState.Failed] = "不合格",
            [RungState.RuledOut] = "除外",
            [RungState.NotNeeded] = "不要（より小さい設定が合格）",
        },
        Reasons = new Dictionary<ChoiceReason, string>
        {
            [ChoiceReason.CheapestThatPasses] = "合格した中で最小",
            [ChoiceReason.CheapestInDoubt] = "確実に合格した設定はなく、不合格ではない設定の中で最小",
            [ChoiceReason.NearestToPassing] = "すべて不合格のため、合格に最も近いもの",
            [ChoiceReason.FirstOfLadder] = "基準がないため、最初の候補",
            [ChoiceReason.Given] = "指定されたモデル",
        },
        Doubts = new Dictionary<Doubt, string>
        {
            [Doubt.TooFewItems] = "信頼区間が広く、判定できません",
            [Doubt.AtThreshold] = "測定値が基準値とほぼ同じです",
            [Doubt.NoInterval] = "件数が少なく信頼区間を計算できません",
        },
        Levels = new Dictionary<FindingLevel, string>
        {
            [FindingLevel.Good] = "良好",
            [FindingLevel.Caution] = "注意",
            [FindingLevel.Obstacle] = "障害",
        },
        SliceKinds = new Dictionary<SliceKind, string>
        {
            [SliceKind.Source] = "ファイル",
            [SliceKind.Length] = "文字数",
            [SliceKind.Language] = "言語・文字",
            [SliceKind.Digits] = "数字",
            [SliceKind.Code] = "コード",
            [SliceKind.Tag] = "タグ",
        },
        Sources = new Dictionary<AssumptionSource, string>
        {
            [AssumptionSource.Measured] = "測定値",
            [AssumptionSource.Given] = "指定値",
            [AssumptionSource.Default] = "既定値",
        },
        CostObstacles = new Dictionary<CostObstacle, string>
        {
            [CostObstacle.Latency] = "リクエスト 1 件でも、トークン生成時間が上限を超える可能性があります",
            [CostObstacle.Memory] = "必要なメモリーがマシンの容量を超える可能性があります",
        },
        Thresholds = new Dictionary<string, string>
        {
            ["max-perplexity-increase"] = "パープレキシティ増加率の上限",
            ["min-agreement"] = "Top-1 一致率の下限",
            ["max-kl"] = "KL ダイバージェンスの上限",
            ["max-accuracy-loss"] = "正答率低下の上限",
            ["max-critical-flips"] = "重要項目の新たな不正解の上限",
            ["max-latency"] = "トークン生成時間（95 パーセンタイル）の上限",
        },
        Characters = "{0} 文字",
        CharactersOrMore = "{0} 文字以上",
        SliceValues = new Dictionary<string, string>
        {
            ["Digits yes"] = "数字を含む文章",
            ["Digits no"] = "数字を含まない文章",
            ["Code yes"] = "コードらしい文章",
            ["Code no"] = "コードらしくない文章",
            ["none"] = "文字なし",
            ["mixed"] = "混在",
            ["other"] = "その他",
            ["Japanese"] = "日本語",
            ["Chinese"] = "中国語",
            ["Korean"] = "韓国語",
            ["Latin"] = "ラテン文字",
            ["Greek"] = "ギリシャ文字",
            ["Cyrillic"] = "キリル文字",
            ["Armenian"] = "アルメニア文字",
            ["Hebrew"] = "ヘブライ文字",
            ["Arabic"] = "アラビア文字",
            ["Devanagari"] = "デーヴァナーガリー文字",
            ["Bengali"] = "ベンガル文字",
            ["Tamil"] = "タミル文字",
            ["Thai"] = "タイ文字",
            ["Georgian"] = "ジョージア文字",
        },
        Calibrations = new Dictionary<string, string>
        {
            ["builtin"] = "組み込みの文章",
            ["self"] = "モデル自身が生成した文章",
        },
        CostTerms = new Dictionary<string, string>
        {
            ["price-per-hour"] = "レンタルするマシンの時間単価",
            ["machine-price"] = "所有するマシンの購入価格",
            ["years"] = "償却期間",
            ["watts"] = "常時の消費電力（冷却を含む）",
            ["price-per-kwh"] = "電力単価",
            ["price-per-gb-month"] = "モデルの保存費用（マシンごと）",
            ["one-time-cost"] = "作業費など一度だけの費用",
            ["quantizing-hours"] = "同等のマシンでの量子化時間",
            ["requests-per-day"] = "モデルごとの 1 日のリクエスト数",
            ["tokens-per-request"] = "1 回答あたりのトークン数",
            ["prompt-tokens-per-request"] = "1 プロンプトあたりのトークン数",
            ["peak-factor"] = "ピーク係数（最繁時と平均の比）",
            ["utilisation"] = "最繁時のマシン利用率",
            ["models"] = "同種のモデルの数（リクエスト数は同じ）",
            ["hours-per-month"] = "1 か月の時間数",
            ["max-latency"] = "トークン生成時間の上限（同時処理時）",
            ["machine-memory"] = "モデル用のマシンのメモリー",
            ["prompt-rate-ratio"] = "プロンプト処理速度の比（量子化後÷量子化前、同じラウンド、99%信頼区間）",
        },
        ModelTerms = new Dictionary<string, string>
        {
            ["memory"] = "メモリー（リクエストの保持分を含む）",
            ["stored"] = "保存サイズ",
            ["prompt-tokens-per-second"] = "プロンプトの処理速度",
            ["rate-ratio-at"] = "生成速度の比（量子化後÷量子化前、同じラウンド、同時 {0} 件、99%信頼区間）",
            ["time-ratio-at"] = "トークン生成時間の比（量子化後÷量子化前、同じラウンド、同時 {0} 件、99%信頼区間）",
            ["tokens-per-second-at"] = "生成速度（同時 {0} 件の合計）",
            ["seconds-per-token-at"] = "トークン生成時間（同時 {0} 件、95 パーセンタイル）",
        },
        Units = new Dictionary<string, string>
        {
            ["h"] = "時間",
            ["years"] = "年",
            ["1/day"] = "件/日",
            ["tokens"] = "トークン",
            ["tokens/s"] = "トークン/秒",
            ["s"] = "秒",
            ["/h"] = "/時間",
            ["/kWh"] = "/kWh",
            ["/GB/month"] = "/GB/月",
        },
        Findings = new Dictionary<string, string>
        {
            ["family-supported"] = "このアーキテクチャーは量子化に対応しています。",
            ["family-supported!"] = "このアーキテクチャーには対応していません。対応するモデルを選んでください。",
            ["linear-share"] = "全バイト数の {share:percent} が、量子化の対象となる線形層にあります。",
            ["linear-share!"] = "量子化の対象となる線形層は全バイト数の {share:percent} にとどまり、削減効果は限られます。埋め込みと出力ヘッドも量子化するか、より大きいモデルを検討してください。",
            ["model-size"] = "パラメーター数は {parameters:count} で、{suggestedBits:count} ビットでも精度を保ちやすい規模です。",
            ["model-size!"] = "パラメーター数は {parameters:count} です。小規模なモデルほど劣化が大きく、{suggestedBits:count} ビットが必要になる可能性があります。",
            ["guideline-near"] = "ガイドラインには、同じ系統でパラメーター数 {rowParameters:count} のモデルの結果が {rows:count} 件あり、{holdingBits:count} ビットで基準を満たしています。",
            ["guideline-near!"] =
                "ガイドラインには、同じ系統でパラメーター数 {rowParameters:count} のモデルの結果が {rows:count} 件あり、{holdingBits:count} ビット未満では基準を満たしていません。3 ビットと 4 ビットも候補に含めてください。",
            ["guideline-far!"] =
                "ガイドラインに同程度の規模のモデルはありません（最も近いものはパラメーター数 {rowParameters:count}、{times:plain} 倍の差、{holdingBits:count} "
                + "ビットで基準を満たした）。参考にならないため、2、3、4 ビットを候補に含めてください。",
            ["settings-left-out!"] = "指定された設定のうち {leftOut:count} 件は、このモデルでは使えないため除外しました（残り {left:count} 件）。",
            ["overlap-thinned!"] = "校正データが長いため、語の並びの {share:percent} だけをテストデータと照合しました。短い重複は見落とす可能性があります。",
            ["memory-bound"] = "同時 {memoryBoundUpTo:count} 件まではトークン生成の速度をメモリー帯域が決めるため（想定 {requests:count} 件）、読み出し量の削減がそのまま高速化につながります。",
            ["compute-bound!"] =
                "同時 {requests:count} 件では演算性能が速度を決めるため（メモリー帯域が決めるのは {memoryBoundUpTo:count} 件まで）、効果は速度よりもサイズに表れます。同時リクエスト数を減らした場合も測定してください。",
            ["calibration-enough"] = "校正データは十分です（{tokens:count} トークン、必要 {neededTokens:count}）。",
            ["calibration-little!"] = "校正データが不足しています（{tokens:count} トークン、必要 {neededTokens:count}）。実際の用途に近い文章を追加するか、オプションを省略して組み込みの文章を使ってください。",
            ["test-enough"] = "信頼区間を十分に狭くできるテストデータがあります（判定用 {windows:count} ウィンドウ、必要 {neededWindows:count}）。",
            ["test-little!"] = "テストデータが少なく（判定用 {windows:count} ウィンドウ、必要 {neededWindows:count}）、信頼区間が広くなるため、判定保留になる可能性があります。文章かタスクの問題を追加してください。",
            ["memory-enough"] = "メモリーは十分です（必要 {needed:bytes}、空き {there:bytes}）。",
            ["memory-little!"] = "メモリーが不足しています（必要 {needed:bytes}、空き {there:bytes}）。ほかのプログラムを終了するか、メモリーの多いマシンを使ってください。",
            ["disk-enough"] = "ディスクの空きは十分です（必要 {needed:bytes}、空き {there:bytes}）。",
            ["requests-left-out!"] = "同時 {requests:count} 件の速度は測定していません（キーと値がメモリーに収まりません）。",
            ["disk-little!"] = "ディスクの空きが不足しています（必要 {needed:bytes}、空き {there:bytes}）。空きを増やすか、別の場所に出力してください。",
        },
        FindingValues = new Dictionary<string, string>
        {
            ["share"] = "割合",
            ["parameters"] = "パラメーター数",
            ["tokens"] = "トークン数",
            ["windows"] = "ウィンドウ数",
            ["items"] = "タスクの問題数",
            ["needed"] = "必要量",
            ["there"] = "空き",
            ["requests"] = "同時リクエスト数",
            ["readBytes"] = "1 トークンあたりの読み出し",
            ["bandwidth"] = "メモリー帯域",
            ["multiplyAdds"] = "1 トークンあたりの積和演算",
            ["operationsPerSecond"] = "演算性能",
            ["memoryBoundUpTo"] = "メモリー帯域が決める上限",
            ["suggestedBits"] = "想定ビット数",
            ["neededTokens"] = "必要トークン数",
            ["neededWindows"] = "必要ウィンドウ数",
            ["neededItems"] = "必要な問題数",
            ["quantizingBytes"] = "量子化時",
            ["comparingBytes"] = "比較時",
            ["rows"] = "件数",
            ["rowParameters"] = "比較対象のパラメーター数",
            ["times"] = "倍率",
            ["holdingBits"] = "基準を満たしたビット数",
            ["leftOut"] = "除外",
            ["left"] = "残り",
        },
    };
}
