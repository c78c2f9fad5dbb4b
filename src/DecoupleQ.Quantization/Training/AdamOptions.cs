namespace DecoupleQ.Quantization.Training;

/// <summary>Constants of <see cref="Adam"/> beside the learning rate. The defaults are those of the code published with arXiv 2404.12759.</summary>
public sealed record AdamOptions
{
    /// <summary>Decay of the mean gradient. 0 to below 1; default 0.9.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Decay of the mean squared gradient. 0 to below 1; default 0.99.</summary>
    public double Beta2 { get; init; } = 0.99;

    /// <summary>Added to the root of the mean squared gradient. Above 0; default 2e-5.</summary>
    public double Epsilon { get; init; } = 2e-5;

    /// <summary>So much of each number is added to its gradient (L2, not decoupled). At least 0; default 1e-6.</summary>
    public double WeightDecay { get; init; } = 1e-6;

    internal void Validate()
    {
        TrainingRanges.Beta1.Require(Beta1, nameof(Beta1));
        TrainingRanges.Beta2.Require(Beta2, nameof(Beta2));
        TrainingRanges.Epsilon.Require(Epsilon, nameof(Epsilon));
        TrainingRanges.WeightDecay.Require(WeightDecay, nameof(WeightDecay));
    }
}
