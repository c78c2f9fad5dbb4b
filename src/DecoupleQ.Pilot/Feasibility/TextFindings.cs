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
    // An interval of the perplexity's increase that is no wider than this to either side, and windows for one where no pilot has measured how they vary.
    private const double HalfWidth = 0.02;
    private const int UsualWindows = 50;

    // The 97.5th percentile of the standard normal distribution.
    private const double Z = 1.959963984540054;

    private const int MostItems = 1 << 24;

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
    /// <param name="deviation">Of the difference of losses between windows, nats a token; null if that is not known.</param>
    /// <param name="thresholds">What a model would have to keep to.</param>
    public static Finding Test(int windows, int items, double? deviation, IReadOnlyList<Threshold> thresholds)
    {
        // The mean of n windows lies within 1.96 s / sqrt(n), and a difference of losses is about a relative increase of the perplexity.
        int neededWindows = deviation is double known
            ? (int)Math.Clamp(Math.Ceiling(Math.Pow(Z * known / HalfWidth, 2)), Bootstrap.FewestItems, int.MaxValue)
            : UsualWindows;
        int? neededItems = thresholds.Where(threshold => threshold.Kind == ThresholdKind.MaxAccuracyLoss)
            .Select(threshold => (int?)ItemsFor((double)threshold.Limit)).Max();
        bool isEnough = windows >= neededWindows && items >= (neededItems ?? 0);
        var values = new Dictionary<string, double> { ["windows"] = windows, ["neededWindows"] = neededWindows, ["items"] = items };
        if (neededItems is int least)
        {
            values["neededItems"] = least;
        }
        return new(
            isEnough ? "test-enough" : "test-little", windows == 0 ? FindingLevel.Obstacle : isEnough ? FindingLevel.Good : FindingLevel.Caution, values);
    }

    /// <summary>The fewest items with which a model of which no answer changes would pass, half of the answers being right.</summary>
    /// <param name="limit">The accuracy that may be lost.</param>
    internal static int ItemsFor(double limit)
    {
        int most = 1;
        while (most < MostItems && !Passes(most))
        {
            most *= 2;
        }
        int least = most / 2;
        while (most - least > 1)
        {
            int middle = least + ((most - least) / 2);
            (least, most) = Passes(middle) ? (least, middle) : (middle, most);
        }
        return most;

        bool Passes(int items) => Proportions.PairedDifference(items / 2, 0, 0, items - (items / 2)).High <= limit;
    }
}
