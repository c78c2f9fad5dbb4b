namespace DecoupleQ.Quantization.Training;

/// <summary>What the output of a block is trained towards.</summary>
public enum TrainingTarget
{
    /// <summary>
    /// What the full-precision block makes of the block's own inputs, which the quantized blocks before it made (arXiv 2404.12759, section 3.4).
    /// </summary>
    QuantizedStream,

    /// <summary>What the full-precision model makes there: the block also learns to undo what the blocks before it have changed.</summary>
    DenseStream,
}
