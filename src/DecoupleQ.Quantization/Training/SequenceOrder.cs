namespace DecoupleQ.Quantization.Training;

/// <summary>The order in which training a block takes the sequences.</summary>
public enum SequenceOrder
{
    /// <summary>As they were calibrated on, in every epoch. The published code's.</summary>
    Given,

    /// <summary>
    /// A new random order in every epoch and block, by the job's seed: where the sequences stand in the order of a text, the last of them no longer weigh more.
    /// </summary>
    Shuffled,
}
