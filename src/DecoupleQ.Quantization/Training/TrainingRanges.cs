namespace DecoupleQ.Quantization.Training;

/// <summary>The values that <see cref="BlockMinimisationOptions"/> and <see cref="AdamOptions"/> may have, each by its property's name.</summary>
internal static class TrainingRanges
{
    public static OptionRange<int> Epochs { get; } = OptionRange.Whole(0);

    public static OptionRange<double> LearningRate => OptionRange.Positive;

    public static OptionRange<double> ScaleRate => OptionRange.NotNegative;

    public static OptionRange<double> OffsetRate => OptionRange.NotNegative;

    public static OptionRange<double> NormRate => OptionRange.NotNegative;

    public static OptionRange<TrainingLoss> Loss { get; } = OptionRange.Named<TrainingLoss>();

    public static OptionRange<LearningRateSchedule> Schedule { get; } = OptionRange.Named<LearningRateSchedule>();

    public static OptionRange<TrainingTarget> Target { get; } = OptionRange.Named<TrainingTarget>();

    public static OptionRange<SequenceOrder> Order { get; } = OptionRange.Named<SequenceOrder>();

    public static OptionRange<IntegerTraining> Integers { get; } = OptionRange.Named<IntegerTraining>();

    public static OptionRange<double> IntegerRate => OptionRange.Positive;

    public static OptionRange<double> Beta1 => Decay;

    public static OptionRange<double> Beta2 => Decay;

    public static OptionRange<double> Epsilon => OptionRange.Positive;

    public static OptionRange<double> WeightDecay => OptionRange.NotNegative;

    private static OptionRange<double> Decay { get; } = OptionRange.Real("a number from 0 to below 1", value => value is >= 0 and < 1);
}
