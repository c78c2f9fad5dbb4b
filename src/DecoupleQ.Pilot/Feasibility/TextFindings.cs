using DecoupleQ.Pilot.Results;
using DecoupleQ.Pilot.Thresholds;
using DecoupleQ.Quantization.Calibration;
using DecoupleQ.Quantization.Jobs;
using DecoupleQ.Quantization.Settings;
using DecoupleQ.Statistics;

namespace DecoupleQ.Pilot.Feasibility;

/// <summary>What is found of the texts that models are calibrated and tested on.</summary>
internal static class TextFindings
{
    // For an interval of the perplexity's increase of some 2 % to either side, as texts usually vary.
    private const int UsualWindows = 50;

    /// <summary><c>calibration-enough</c> or <c>calibration-little</c>: whether all windows that a job draws from texts fit side by side.</summary>
    /// <param name="options">The job, with the settings of a preset.</param>
    /// <param name="context">The model's longest text.</param>
    /// <param name="tokens">Tokens of the texts, or of the table of windows.</param>
    public static Finding Calibration(QuantizationOptions options, int context, long tokens)
    {
        bool isTable = CalibrationSource.IsTable(options.Calibration), hasFiles = options.Calibration.Any(CalibrationSource.IsFile);
        bool writes = options.Calibration.Contains(CalibrationSource.Self);
        int window = options.Context ?? Math.Min(JobInput.DefaultContext, context);
        long windows = (options.Samples ?? JobInput.DefaultSamples) + (options.Minimisation.Epochs > 0 ? options.HeldOutSamples : 0);
        // The model writes every other window, or all.
        long drawn = !writes ? windows : options.Calibration.Any(source => source != CalibrationSource.Self) ? windows - (windows / 2) : 0;
        long needed = isTable ? (options.Samples ?? 1L) * window : drawn * window;
        // Words stand for what is known to be enough.
        FindingLevel level = isTable ? FindingLevel.Good
            : !hasFiles ? FindingLevel.Good
            : tokens < window ? FindingLevel.Obstacle
            : tokens < needed ? FindingLevel.Caution
            : FindingLevel.Good;
        return new(
            level == FindingLevel.Good ? "calibration-enough" : "calibration-little",
            level,
            new Dictionary<string, double>
            {
                ["tokens"] = tokens + ((windows - drawn) * window * (writes ? 1 : 0)),
                ["neededTokens"] = needed + ((windows - drawn) * window * (writes ? 1 : 0)),
            });
    }

    /// <summary><c>test-enough</c> or <c>test-little</c>: whether there are enough windows and items for intervals that decide.</summary>
    /// <param name="windows">Windows in the half that judges.</param>
    /// <param name="items">Items in the half that judges.</param>
    /// <param name="thresholds">What a model would have to keep to.</param>
    public static Finding Test(int windows, int items, IReadOnlyList<Threshold> thresholds)
    {
        int? neededItems = thresholds.Where(threshold => threshold.Kind == ThresholdKind.MaxAccuracyLoss)
            .Select(threshold => (int?)ItemsFor((double)threshold.Limit)).Max();
        bool isEnough = windows >= UsualWindows && items >= (neededItems ?? 0);
        var values = new Dictionary<string, double> { ["windows"] = windows, ["neededWindows"] = UsualWindows, ["items"] = items };
        if (neededItems is int least)
        {
            values["neededItems"] = least;
        }
        return new(
            isEnough ? "test-enough" : "test-little", windows == 0 ? FindingLevel.Obstacle : isEnough ? FindingLevel.Good : FindingLevel.Caution, values);
    }

    /// <summary><c>overlap-thinned</c>: a calibration so long that only a share of its runs of words is looked for. None otherwise.</summary>
    public static IEnumerable<Finding> Overlap(OverlapResult? overlap) => overlap is { KeptShare: < 1 and double share }
        ? [new("overlap-thinned", FindingLevel.Caution, new Dictionary<string, double> { ["share"] = share })]
        : [];

    /// <summary>The fewest items with which a model of which no answer changes would pass, half of the answers being right.</summary>
    /// <param name="limit">The accuracy that may be lost.</param>
    internal static int ItemsFor(double limit) =>
        (int)Math.Min(int.MaxValue, new AccuracyItems(1, 0, 0, 1).ToDecide(limit) ?? int.MaxValue);
}
