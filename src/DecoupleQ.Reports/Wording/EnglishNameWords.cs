using DecoupleQ.Pilot.Costs;
using DecoupleQ.Pilot.Ladders;
using DecoupleQ.Pilot.Results;
using DecoupleQ.Pilot.Slices;
using DecoupleQ.Pilot.Thresholds;

namespace DecoupleQ.Reports.Wording;

/// <summary>In English.</summary>
internal static class EnglishNameWords
{
    public static NameWords Words { get; } = new()
    {
        Verdicts = new Dictionary<Verdict, string>
        {
            [Verdict.Pass] = "pass",
            [Verdict.Undecided] = "not decided",
            [Verdict.Fail] = "fail",
        },
        States = new Dictionary<RungState, string>
        {
            [RungState.Waiting] = "not tried yet",
            [RungState.Passed] = "passed",
            [RungState.Undecided] = "not decided",
            [RungState.Failed] = "failed",
            [RungState.RuledOut] = "not tried",
            [RungState.NotNeeded] = "not needed, as a cheaper one passes",
        },
        Reasons = new Dictionary<ChoiceReason, string>
        {
            [ChoiceReason.CheapestThatPasses] = "the cheapest that passes",
            [ChoiceReason.CheapestInDoubt] = "none passes for certain; this is the cheapest that is not ruled out",
            [ChoiceReason.NearestToPassing] = "all fail; this one is nearest to passing",
            [ChoiceReason.FirstOfLadder] = "there are no limits; it is the first",
            [ChoiceReason.Given] = "it was given",
        },
        Doubts = new Dictionary<Doubt, string>
        {
            [Doubt.TooFewItems] = "the interval is too wide",
            [Doubt.AtThreshold] = "the figure lies at the limit",
            [Doubt.NoInterval] = "too few items for an interval",
        },
        Levels = new Dictionary<FindingLevel, string>
        {
            [FindingLevel.Good] = "good",
            [FindingLevel.Caution] = "caution",
            [FindingLevel.Obstacle] = "obstacle",
        },
        SliceKinds = new Dictionary<SliceKind, string>
        {
            [SliceKind.Source] = "file",
            [SliceKind.Length] = "length in characters",
            [SliceKind.Language] = "language or script",
            [SliceKind.Digits] = "digits",
            [SliceKind.Code] = "code",
            [SliceKind.Tag] = "tag",
        },
        Sources = new Dictionary<AssumptionSource, string>
        {
            [AssumptionSource.Measured] = "measured",
            [AssumptionSource.Given] = "given",
            [AssumptionSource.Default] = "default",
        },
        CostObstacles = new Dictionary<CostObstacle, string>
        {
            [CostObstacle.Latency] = "a token may take longer than it may, with one request alone already",
            [CostObstacle.Memory] = "it may need more memory than the machine has",
        },
        Thresholds = new Dictionary<string, string>
        {
            ["max-perplexity-increase"] = "Perplexity increase, at most",
            ["min-agreement"] = "Top-1 agreement, at least",
            ["max-kl"] = "KL divergence, at most",
            ["max-accuracy-loss"] = "Loss of right answers, at most",
            ["max-critical-flips"] = "Critical answers that became wrong, at most",
            ["max-latency"] = "Time a token, 95th percentile, at most",
        },
        Characters = "texts of {0} characters",
        CharactersOrMore = "texts of {0} characters or more",
        SliceValues = new Dictionary<string, string>
        {
            ["Digits yes"] = "texts with digits",
            ["Digits no"] = "texts without digits",
            ["Code yes"] = "texts that look like code",
            ["Code no"] = "texts that do not look like code",
            ["none"] = "no letters",
            ["mixed"] = "mixed",
            ["other"] = "other",
            ["Japanese"] = "Japanese",
            ["Chinese"] = "Chinese",
            ["Korean"] = "Korean",
            ["Latin"] = "Latin",
            ["Greek"] = "Greek",
            ["Cyrillic"] = "Cyrillic",
            ["Armenian"] = "Armenian",
            ["Hebrew"] = "Hebrew",
            ["Arabic"] = "Arabic",
            ["Devanagari"] = "Devanagari",
            ["Bengali"] = "Bengali",
            ["Tamil"] = "Tamil",
            ["Thai"] = "Thai",
            ["Georgian"] = "Georgian",
        },
        Calibrations = new Dictionary<string, string>
        {
            ["builtin"] = "the built-in texts",
            ["self"] = "texts that the model wrote itself",
        },
        CostTerms = new Dictionary<string, string>
        {
            ["price-per-hour"] = "A rented machine, each hour",
            ["machine-price"] = "A machine of one’s own, when it was bought",
            ["years"] = "The time that its price is spread over",
            ["watts"] = "What it draws, day and night, cooling included",
            ["price-per-kwh"] = "Electricity",
            ["price-per-gb-month"] = "Storage of a model, for each machine that has a copy",
            ["one-time-cost"] = "Work of people and all else that is paid once",
            ["quantizing-hours"] = "Quantizing a model, on such a machine",
            ["requests-per-day"] = "Requests to a model, each day",
            ["tokens-per-request"] = "Tokens of an answer",
            ["prompt-tokens-per-request"] = "Tokens of a prompt",
            ["peak-factor"] = "Tokens a second at the busiest time, over their mean",
            ["utilisation"] = "The share of its rate that a machine is used at, at the busiest time",
            ["models"] = "Models of this kind, each with as many requests",
            ["hours-per-month"] = "Hours of a month",
            ["max-latency"] = "What a token may take, beside other requests",
            ["machine-memory"] = "Memory of a machine for models",
            ["prompt-rate-ratio"] = "Tokens of prompts a second, quantized over dense in the same round (99 % interval)",
        },
        ModelTerms = new Dictionary<string, string>
        {
            ["memory"] = "memory, with what is kept of its requests",
            ["stored"] = "size where it is stored",
            ["prompt-tokens-per-second"] = "tokens of prompts a second",
            ["rate-ratio-at"] = "Tokens a second, quantized over dense in the same round, {0} together (99 % interval)",
            ["time-ratio-at"] = "Time of a token, quantized over dense in the same round, {0} together (99 % interval)",
            ["tokens-per-second-at"] = "tokens a second of all requests, {0} together",
            ["seconds-per-token-at"] = "time of a token, {0} requests together, in the slowest of twenty",
        },
        Units = new Dictionary<string, string>
        {
            ["h"] = "h",
            ["years"] = "years",
            ["1/day"] = "a day",
            ["tokens"] = "tokens",
            ["tokens/s"] = "tokens/s",
            ["s"] = "s",
            ["/h"] = " an hour",
            ["/kWh"] = "/kWh",
            ["/GB/month"] = " a GB and month",
        },
        Findings = new Dictionary<string, string>
        {
            ["family-supported"] = "The architecture of the model can be quantized.",
            ["family-supported!"] = "The architecture of the model is not supported: choose a model of a supported family.",
            ["linear-share"] = "{share:percent} of its bytes lie in linear layers, which are quantized.",
            ["linear-share!"] =
                "Only {share:percent} of its bytes lie in linear layers: there is little to save. Quantize embedding and head too, or take a "
                + "larger model.",
            ["model-size"] = "It has {parameters:count} parameters: models of that size hold at {suggestedBits:count} bits.",
            ["model-size!"] = "It has {parameters:count} parameters: small models lose more. Expect to need {suggestedBits:count} bits: have them "
                + "among --try-bits, or take a larger model.",
            ["guideline-near"] =
                "The guideline has a model of this family of {rowParameters:count} parameters ({rows:count} rows): there {holdingBits:count} bits held.",
            ["guideline-near!"] =
                "The guideline has a model of this family of {rowParameters:count} parameters ({rows:count} rows): there no fewer than "
                + "{holdingBits:count} bits held. "
                + "Have 3 and 4 bits among those to try.",
            ["guideline-far!"] =
                "The guideline has no model of about this size; its nearest has {rowParameters:count} parameters, {times:plain} times "
                + "more or fewer, and held at "
                + "{holdingBits:count} bits. That says little of this one: have 2, 3 and 4 bits among those to try.",
            ["settings-left-out!"] = "{leftOut:count} of the settings asked for are left out, as the model cannot have them; {left:count} are left.",
            ["overlap-thinned!"] =
                "The calibration data is so long that {share:percent} of its runs of words are looked for in the test: short passages may be overlooked.",
            ["memory-bound"] =
                "Writing a token is bound by memory up to {memoryBoundUpTo:count} requests together, and {requests:count} are asked for: fewer "
                + "bytes are read in less time.",
            ["compute-bound!"] =
                "At {requests:count} requests together writing is bound by arithmetic (by memory up to {memoryBoundUpTo:count}): the gain is "
                + "size rather than speed. Measure with fewer requests together too.",
            ["calibration-enough"] = "There is enough calibration data: {tokens:count} tokens of {neededTokens:count}.",
            ["calibration-little!"] =
                "There is little calibration data: {tokens:count} tokens of {neededTokens:count}. Add text like what the model will see, or "
                + "leave the option out for the built-in texts.",
            ["test-enough"] = "There is enough test data for narrow intervals: {windows:count} windows judge, {neededWindows:count} are enough.",
            ["test-little!"] =
                "There is little test data: {windows:count} windows judge, {neededWindows:count} make intervals narrow, so limits may stay "
                + "undecided. Add text or task items.",
            ["memory-enough"] = "There is enough memory: {needed:bytes} of {there:bytes}.",
            ["memory-little!"] = "Memory is short: {needed:bytes} are needed, {there:bytes} are there. Close other programs, or take a machine with more.",
            ["disk-enough"] = "There is enough room on the disk: {needed:bytes} of {there:bytes}.",
            ["requests-left-out!"] = "Speed was not measured at {requests:count} requests together: their keys and values do not fit into memory.",
            ["disk-little!"] = "Room on the disk is short: {needed:bytes} are needed, {there:bytes} are there. Free some, or write elsewhere.",
        },
        FindingValues = new Dictionary<string, string>
        {
            ["share"] = "share",
            ["parameters"] = "parameters",
            ["tokens"] = "tokens",
            ["windows"] = "windows",
            ["items"] = "task items",
            ["needed"] = "needed",
            ["there"] = "there",
            ["requests"] = "requests together",
            ["readBytes"] = "bytes read a token",
            ["bandwidth"] = "memory",
            ["multiplyAdds"] = "multiply-adds a token",
            ["operationsPerSecond"] = "operations",
            ["memoryBoundUpTo"] = "bound by memory up to",
            ["suggestedBits"] = "bits to expect",
            ["neededTokens"] = "tokens needed",
            ["neededWindows"] = "windows needed",
            ["neededItems"] = "task items needed",
            ["quantizingBytes"] = "for quantizing",
            ["comparingBytes"] = "for comparing",
            ["rows"] = "rows",
            ["rowParameters"] = "parameters of the row",
            ["times"] = "times",
            ["holdingBits"] = "bits that hold",
            ["leftOut"] = "left out",
            ["left"] = "left",
        },
    };
}
