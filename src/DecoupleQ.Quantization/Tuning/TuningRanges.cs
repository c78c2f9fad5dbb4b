namespace DecoupleQ.Quantization.Tuning;

/// <summary>The values that <see cref="TuningOptions"/> may have, each by its property's name.</summary>
public static class TuningRanges
{
    /// <summary>Of <see cref="TuningOptions.Loss"/>.</summary>
    public static OptionRange<TuningLoss> Loss { get; } = OptionRange.Named<TuningLoss>();

    /// <summary>Of <see cref="TuningOptions.Steps"/>.</summary>
    public static OptionRange<int> Steps { get; } = OptionRange.Whole(0);

    /// <summary>Of <see cref="TuningOptions.Batch"/>.</summary>
    public static OptionRange<int> Batch { get; } = OptionRange.Whole(1, 4096);

    /// <summary>Of <see cref="TuningOptions.SelfWindows"/>.</summary>
    public static OptionRange<int> SelfWindows { get; } = OptionRange.Whole(1, 1 << 20);

    /// <summary>Of <see cref="TuningOptions.LearningRate"/>.</summary>
    public static OptionRange<double> LearningRate => OptionRange.Positive;

    /// <summary>Of <see cref="TuningOptions.IntegerLearningRate"/>.</summary>
    public static OptionRange<double> IntegerLearningRate => OptionRange.Positive;

    /// <summary>Of <see cref="TuningOptions.TableLearningRate"/>.</summary>
    public static OptionRange<double> TableLearningRate => OptionRange.Positive;

    /// <summary>Of <see cref="TuningOptions.WarmUp"/>.</summary>
    public static OptionRange<double> WarmUp => OptionRange.Share;

    /// <summary>Of <see cref="TuningOptions.HeldOut"/>.</summary>
    public static OptionRange<int> HeldOut { get; } = OptionRange.Whole(1, 1 << 20);

    /// <summary>Of <see cref="TuningOptions.Checks"/>.</summary>
    public static OptionRange<int> Checks { get; } = OptionRange.Whole(1, 10_000);

    /// <summary>Of <see cref="TuningOptions.Patience"/>.</summary>
    public static OptionRange<int> Patience { get; } = OptionRange.Whole(1, 10_000);
}
