namespace DecoupleQ.Inference.Engines;

/// <summary>How large a step may be.</summary>
/// <param name="Decoding">The most sequences that decode in it.</param>
/// <param name="Prompts">The most tokens of prompts in it: what others wait for, and what memory for activations is bounded by.</param>
internal readonly record struct StepLimits(int Decoding, int Prompts)
{
    public static StepLimits Default => new(64, 512);
}
