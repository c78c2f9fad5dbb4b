namespace DecoupleQ.Quantization.Training;

/// <summary>How the learning rate goes while a block is trained.</summary>
public enum LearningRateSchedule
{
    /// <summary>The same at every step. The published code's.</summary>
    Constant,

    /// <summary>From the whole rate down to 0 by half a cosine wave (Loshchilov and Hutter, arXiv 1608.03983, without restarts).</summary>
    Cosine,
}
