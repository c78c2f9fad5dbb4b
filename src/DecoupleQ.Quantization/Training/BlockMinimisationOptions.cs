namespace DecoupleQ.Quantization.Training;

/// <summary>How a block is trained. The defaults are the <c>paper</c> preset (arXiv 2404.12759, section 3.4, and its published code).</summary>
public sealed record BlockMinimisationOptions
{
    /// <summary>Times that every sequence is trained on. At least 0; default 4.</summary>
    public int Epochs { get; init; } = 4;

    /// <summary>Adam's learning rate, at the first step. Above 0; default 1e-5.</summary>
    public double LearningRate { get; init; } = 1e-5;

    /// <summary>Of the scales s: their rate over <see cref="LearningRate"/>. At least 0; default 1.</summary>
    public double ScaleRate { get; init; } = 1;

    /// <summary>Of the offsets z: their rate over <see cref="LearningRate"/>. At least 0; default 1.</summary>
    public double OffsetRate { get; init; } = 1;

    /// <summary>Of the norms' weights and biases: their rate over <see cref="LearningRate"/>. At least 0; default 1.</summary>
    public double NormRate { get; init; } = 1;

    /// <summary>What is made small. Default: the mean squared error.</summary>
    public TrainingLoss Loss { get; init; }

    /// <summary>How the rate goes after the first step. Default: it stays.</summary>
    public LearningRateSchedule Schedule { get; init; }

    /// <summary>What the block's output is trained towards. Default: the full-precision block on the same inputs.</summary>
    public TrainingTarget Target { get; init; }

    /// <summary>The order in which an epoch takes the sequences. Default: as given.</summary>
    public SequenceOrder Order { get; init; }

    /// <summary>Train the biases of quantized linear layers too. Default: no. Those of norms are trained like their weights.</summary>
    public bool TrainBiases { get; init; }

    /// <summary>Whether and how the integers of the layers are trained too. Default: they stay as they were solved.</summary>
    public IntegerTraining Integers { get; init; }

    /// <summary>
    /// The learning rate of integers at the first step, in steps from one integer to the next; it goes as <see cref="LearningRate"/> does. Above 0; default
    /// 2e-3.
    /// </summary>
    public double IntegerRate { get; init; } = 2e-3;

    /// <summary>Adam's other constants.</summary>
    public AdamOptions Adam { get; init; } = new();

    internal TrainedKinds Kinds => new(TrainBiases, Integers != IntegerTraining.None, ScaleRate, OffsetRate, NormRate);

    /// <summary>Throws where a value is outside its range.</summary>
    /// <exception cref="DecoupleQException">Names the option and the range.</exception>
    public void Validate()
    {
        TrainingRanges.Epochs.Require(Epochs, nameof(Epochs));
        TrainingRanges.LearningRate.Require(LearningRate, nameof(LearningRate));
        TrainingRanges.ScaleRate.Require(ScaleRate, nameof(ScaleRate));
        TrainingRanges.OffsetRate.Require(OffsetRate, nameof(OffsetRate));
        TrainingRanges.NormRate.Require(NormRate, nameof(NormRate));
        TrainingRanges.Loss.Require(Loss, nameof(Loss));
        TrainingRanges.Schedule.Require(Schedule, nameof(Schedule));
        TrainingRanges.Target.Require(Target, nameof(Target));
        TrainingRanges.Order.Require(Order, nameof(Order));
        TrainingRanges.Integers.Require(Integers, nameof(Integers));
        TrainingRanges.IntegerRate.Require(IntegerRate, nameof(IntegerRate));
        Adam.Validate();
    }

    /// <summary>The learning rate of a step.</summary>
    /// <param name="step">From 0 to below <paramref name="steps"/>.</param>
    /// <param name="steps">Steps in all.</param>
    internal double RateAt(int step, int steps) => Schedule switch
    {
        LearningRateSchedule.Cosine => LearningRate * 0.5 * (1 + Math.Cos(Math.PI * step / steps)),
        _ => LearningRate,
    };
}
