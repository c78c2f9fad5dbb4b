using DecoupleQ.Pilot.Costs;
using DecoupleQ.Pilot.Ladders;
using DecoupleQ.Pilot.Results;
using DecoupleQ.Pilot.Slices;
using DecoupleQ.Pilot.Thresholds;
using DecoupleQ.Statistics;

namespace DecoupleQ.Reports.Tests;

/// <summary>Results of pilots, as they may be.</summary>
internal static class PilotSamples
{
    private const long Billion = 1_000_000_000;

    private static readonly (int, double)[] Rates = [(1, 14.2), (4, 41.8), (16, 88.3)];

    public static SettingResult TwoBits { get; } = new(2, 64, 8, 8, "paper");

    /// <summary>With everything that a page can tell of.</summary>
    public static PilotResult Rich(Verdict verdict = Verdict.Pass)
    {
        JudgementResult[] judgements =
        [
            new("max-perplexity-increase", "5%", new(0.0312, 0.0251, 0.0374), 120, Verdict.Pass, null, null),
            verdict == Verdict.Pass
                ? new("min-agreement", "88%", new(0.9012, 0.8931, 0.9090), 120, Verdict.Pass, null, null)
                : verdict == Verdict.Undecided
                    ? new("min-agreement", "90%", new(0.9012, 0.8931, 0.9090), 120, Verdict.Undecided, Doubt.TooFewItems, 5200)
                    : new("min-agreement", "95%", new(0.9012, 0.8931, 0.9090), 120, Verdict.Fail, null, null),
            new("max-accuracy-loss", "3pp", new(0.0125, -0.0037, 0.0287), 240, Verdict.Pass, null, null),
            new("max-critical-flips", "1", new(1, 1, 1), 24, Verdict.Pass, null, null),
            new("max-latency", "60ms", new(0.0381, 0.0374, 0.0392), 4096, Verdict.Pass, null, null),
        ];
        return Empty() with
        {
            Seconds = 8460,
            Question = Empty().Question with { Thresholds = ["--max-perplexity-increase 5%", "--min-agreement 88%"] },
            Findings =
            [
                Finding("family-supported", FindingLevel.Good),
                Finding("linear-share", FindingLevel.Good, ("share", 0.87)),
                Finding("model-size", FindingLevel.Caution, ("parameters", 362_000_000), ("suggestedBits", 4)),
                Finding(
                    "memory-bound", FindingLevel.Good, ("requests", 4), ("memoryBoundUpTo", 6), ("readBytes", 1.33e9), ("bandwidth", 21.4e9),
                    ("multiplyAdds", 3.6e8)),
                Finding("calibration-enough", FindingLevel.Good, ("tokens", 262_144), ("neededTokens", 262_144)),
                Finding("test-little", FindingLevel.Caution, ("windows", 40), ("neededWindows", 50), ("items", 480)),
                Finding("memory-enough", FindingLevel.Good, ("needed", 3.1e9), ("there", 16e9)),
                Finding("disk-little", FindingLevel.Obstacle, ("needed", 3.1e9), ("there", 1.2e9)),
                Finding("a-code-of-tomorrow", FindingLevel.Good, ("answer", 42)),
            ],
            Ladder = Ladder(),
            Verdict = verdict,
            Chosen = new ChosenResult(
                TwoBits, verdict switch
                {
                    Verdict.Pass => ChoiceReason.CheapestThatPasses, Verdict.Undecided => ChoiceReason.CheapestInDoubt, _ => ChoiceReason.NearestToPassing,
                },
                "tale-362m-2bit", 3.12, 2.5, judgements, Quality(0.0312), Tasks(), Size, Speed(1.93), Risk(), 1260, 1_900_000_000),
            Cost = CostDocument.Of(Inputs(1.9)),
        };
    }

    /// <summary>Without limits, tasks and costs, and with nothing chosen.</summary>
    public static PilotResult Empty() => new()
    {
        Tool = "0.6.0",
        Finished = new DateTimeOffset(2026, 11, 20, 14, 5, 0, TimeSpan.Zero),
        Seconds = 12,
        Model = new PilotModel("tale-362m", "llama", 361_821_120, 0.87, 724_000_000, 8192),
        Machine = new PilotMachine("AMD EPYC 7763 64-Core Processor", 2, 2, 16 * Billion, "AVX2", "Debian GNU/Linux 12"),
        Question = new PilotQuestion(
            ["builtin"], ["manuals.txt", "mails.txt"], 240, 512, [], [1, 4, 16],
            new OverlapResult(6, 2, 0.024, true)),
        Findings = [],
        Ladder = [],
    };

    /// <summary>Measured without limits, tasks and prices.</summary>
    public static PilotResult Unlimited()
    {
        PilotResult rich = Rich();
        return Empty() with
        {
            Ladder = [.. rich.Ladder.Take(1).Select(rung => rung with { State = RungState.Passed, Judgements = [], Verdict = null })],
            Chosen = rich.Chosen! with
            {
                Reason = ChoiceReason.FirstOfLadder, Judgements = [], Tasks = [],
                Risk = rich.Chosen.Risk with { Slices = [], Tokens = [], Layers = [] },
            },
        };
    }

    /// <summary>With a first page of which each part is as long as it may be.</summary>
    public static PilotResult Crowded()
    {
        PilotResult rich = Rich(Verdict.Fail);
        ChosenResult chosen = rich.Chosen!;
        return rich with
        {
            Model = rich.Model with { Name = "a-company-s-own-model-of-questions-and-answers-13b-instruct-v2" },
            Chosen = chosen with
            {
                Judgements = [.. chosen.Judgements.Select(judgement => judgement with { Verdict = Verdict.Fail })],
                Tasks = [.. chosen.Tasks.Select(task => task with
                {
                    File = "questions-of-customers-2026.jsonl", Critical = 40, CriticalLost = 7,
                    Flips = [.. Enumerable.Range(1, 7).Select(index => Answer($"question-{index:000}", true, false, isCritical: true))],
                })],
                Speed = chosen.Speed with { DecodeRatio = new(3.07, 0.81, 6.26) },
            },
        };
    }

    /// <summary>Of two models that are the same.</summary>
    public static PilotResult Same()
    {
        PilotResult rich = Rich();
        return rich with
        {
            Chosen = rich.Chosen! with
            {
                Judgements = [new("max-perplexity-increase", "5%", new(0, 0, 0), 120, Verdict.Pass, null, null)],
                Quality = Quality(0) with { KlDivergence = new(0, 0, 0), Agreement = new(1, 1, 1) },
                Tasks =
                [
                    rich.Chosen.Tasks[0] with
                    {
                        PackedAccuracy = rich.Chosen.Tasks[0].DenseAccuracy, AccuracyLoss = new(0, 0, 0), Lost = 0, Gained = 0, PValue = 1, CriticalLost = 0,
                        Flips = [],
                    },
                ],
                Size = new SizeFigures(Billion, Billion, Billion, Billion, Billion, Billion, Billion, Billion),
                Speed = Speed(1),
                Risk = new RiskFigures(
                    [new(new(SliceKind.Language, "Latin"), 120, new(0, 0, 0), 0, 1, 0, false)],
                    [], [new("model.layers.0.mlp.down_proj", 0, null, null, null)], new(0.01, 0, 0.02), new(0.01, 0, 0.02), new(0, 0, 0.01),
                    new(0, 0, 0.01), 0),
            },
            Cost = CostDocument.Of(Inputs(1)),
        };
    }

    public static AnswerPair Answer(string id, bool before, bool after, bool isCritical = false, string? dense = null, string? packed = null) => new(
        id, "How many items may be ordered at once, and until when? Answer in one sentence.",
        dense ?? "Up to 1,200 items may be ordered at once, until 4 pm. Orders by Marlowe are not refused.",
        packed ?? "Up to 1,300 items may be ordered at once, until 4 pm. Orders are refused.", before, after, isCritical,
        isCritical ? ["-1,200", "+1,300"] : [], isCritical ? ["-not"] : [], isCritical ? ["-Marlowe"] : [])
    {
        Expected = ["1,200"],
        Choices = isCritical ? ["1,200", "1,300"] : [],
    };

    public static QualityFigures Quality(double increase) => new(
        120, 61_320, new(12.481, 12.02, 12.97), new(12.481 * (1 + increase), 12.39, 13.38),
        new(increase, increase == 0 ? 0 : increase - 0.0061, increase == 0 ? 0 : increase + 0.0062), new(0.0641, 0.0602, 0.0683), new(0.9012, 0.8931, 0.9090));

    public static ChangedToken Token(string text) => new(
        "manuals.txt", "The valve must be opened before the pump is started, and", text, " closed while it runs; a second person watches the gauge.",
        0.412, 0.031, " never", " always", 2.1432);

    private static SizeFigures Size { get; } = new(
        724_000_000, 161_000_000, 1_448_000_000, 172_000_000, 1_730_000_000, 402_000_000, 1_330_000_000, 141_000_000);

    private static Finding Finding(string code, FindingLevel level, params (string Name, double Value)[] values) =>
        new(code, level, values.ToDictionary(value => value.Name, value => value.Value));

    private static RungResult[] Ladder()
    {
        SettingResult perChannel = TwoBits with { GroupSize = -1 }, wide = TwoBits with { GroupSize = 128 };
        JudgementResult failed = new("max-perplexity-increase", "5%", new(0.2113, 0.1987, 0.2241), 120, Verdict.Fail, null, null);
        JudgementResult open = new("min-agreement", "88%", new(0.8841, 0.8744, 0.8932), 120, Verdict.Undecided, Doubt.TooFewItems, 680);
        return
        [
            new(perChannel, 2.71, RungState.Failed, null, [failed], Verdict.Fail, Quality(0.2113), 146_000_000, 1140),
            new(TwoBits with { GroupSize = -1, EmbeddingBits = 4 }, 2.69, RungState.RuledOut, perChannel, [], null, null, null, null),
            new(wide, 2.92, RungState.Undecided, null, [open], Verdict.Undecided, Quality(0.0471), 153_000_000, 1200),
            new(TwoBits, 3.12, RungState.Passed, null, [], Verdict.Pass, Quality(0.0324), 161_000_000, 1260),
            new(TwoBits with { Bits = 3 }, 3.98, RungState.NotNeeded, null, [], null, null, null, null),
            new(TwoBits with { Bits = 4, GroupSize = 32 }, 5.31, RungState.Waiting, null, [], null, null, null, null),
        ];
    }

    private static TaskPart[] Tasks() =>
    [
        new(
            "orders.jsonl", "contains", 240, new(0.8250, 0.772, 0.868), new(0.8125, 0.758, 0.857), new(0.0125, -0.0037, 0.0287), 5, 2, 0.4531, null, null,
            24, 1,
            [Answer("q-017", true, false), Answer("q-102", false, true), Answer("q-003", true, false, isCritical: true)],
            [Answer("q-001", true, true), Answer("q-044", false, false, packed: "")]),
        new(
            "summaries.jsonl", "rouge-l", 60, new(0.70, 0.57, 0.80), new(0.70, 0.57, 0.80), new(0, 0, 0), 0, 0, 1, new(0.612, 0.58, 0.64),
            new(0.604, 0.57, 0.63), 0, 0, [], []),
    ];

    private static SpeedFigures Speed(double ratio)
    {
        return new(
            6, 256, 128, Of(1), Of(ratio), Around(ratio), Around(1 + ((ratio - 1) / 5)));

        static ModelSpeed Of(double times) => new(
            Around(1.42 / times), Around(0.612 / times), Times(0.0702 / times), Around(418 * times),
            [.. Rates.Select(load => new LoadSpeed(
                load.Item1, Around(load.Item2 * times), Times(load.Item1 / load.Item2 / times)))]);

        static TimeQuantiles Times(double median) => new(768, median, new(median * 1.11, median * 1.09, median * 1.14), median * 1.31);
    }

    private static Spread Around(double value) => new(value, value * 0.97, value * 1.02);

    private static RiskFigures Risk() => new(
        [
            new(new(SliceKind.Digits, "yes"), 34, new(0.0712, 0.0521, 0.0913), 0.0241, 0.004, 0.0312, true),
            new(new(SliceKind.Source, "manuals.txt"), 61, new(0.0351, 0.0290, 0.0412), 0.0270, 0.31, 0.0274, false),
            new(new(SliceKind.Language, "Japanese"), 7, new(0.0331, null, null), 0.0305, null, null, false),
            new(new(SliceKind.Code, "no"), 118, new(0.0301, 0.0242, 0.0364), 0.0402, 0.78, 0.0511, false),
            new(new(SliceKind.Tag, "contracts"), 12, new(0.0204, 0.0101, 0.0312), null, 1, 0.0411, false),
        ],
        [Token(" not"), Token("\n"), Token("1,200")],
        [
            new("model.layers.3.mlp.down_proj", 0.412, 3, 0.198, 1_310_000), new("model.layers.0.self_attn.v_proj", 0.377, 4, 0.071, 410_000),
            new("model.layers.11.mlp.up_proj", 0.213, null, null, null),
        ],
        new(0.021, 0.014, 0.029), new(0.034, 0.025, 0.044), new(0, 0, 0.021), new(0.006, 0.001, 0.031), 0.0127);

    private static CostInputs Inputs(double ratio) => new("EUR",
    [
        CostTerms.PricePerHour.Is(1.2, AssumptionSource.Given),
        CostTerms.PricePerGbMonth.Is(0.1, AssumptionSource.Given),
        CostTerms.OneTimeCost.Is(4000, AssumptionSource.Given),
        CostTerms.QuantizingHours.Is(0.35, AssumptionSource.Measured),
        CostTerms.RequestsPerDay.Is(new Spread(60_000, 50_000, 70_000), AssumptionSource.Given),
        CostTerms.TokensPerRequest.Is(220, AssumptionSource.Given),
        CostTerms.Stored(CostModel.Dense).Is(0.72, AssumptionSource.Measured),
        CostTerms.Stored(CostModel.Packed).Is(ratio == 1 ? 0.72 : 0.16, AssumptionSource.Measured),
        .. Rates.SelectMany(load => (Assumption[])
        [
            CostTerms.Rate(CostModel.Dense, load.Item1).Is(Around(load.Item2), AssumptionSource.Measured),
            CostTerms.Rate(CostModel.Packed, load.Item1).Is(Around(load.Item2 * ratio), AssumptionSource.Measured),
        ]),
    ]);
}
