namespace DecoupleQ.Quantization.Training;

/// <summary>What the training of a block makes small.</summary>
public enum TrainingLoss
{
    /// <summary>The mean squared error of the block's output (arXiv 2404.12759, section 3.4).</summary>
    MeanSquared,

    /// <summary>
    /// That error over the mean square of the target: the same minimum, but gradients that do not shrink with the activations. Where they do, Adam's epsilon
    /// slows the training of blocks with small activations, or stops it.
    /// </summary>
    Relative,
}
