namespace DecoupleQ.Quantization.Training;

/// <summary>How the integers of a block are trained with its scales, offsets and norms; always from the solver's solution on.</summary>
public enum IntegerTraining
{
    /// <summary>They stay as they were solved (arXiv 2404.12759, section 3.4).</summary>
    None,

    /// <summary>
    /// Straight through the rounding of latents that begin where the dense weights lie (Bengio et al., arXiv 1308.3432; Block-AP of EfficientQAT, arXiv
    /// 2407.11062), by Adam.
    /// </summary>
    StraightThrough,

    /// <summary>
    /// The same gradients, of which only the signs count, and latents that go no further than half a step (SignRound, arXiv 2309.05516): an integer becomes its
    /// neighbour at most.
    /// </summary>
    SignedGradient,
}
