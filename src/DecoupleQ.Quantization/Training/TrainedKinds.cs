namespace DecoupleQ.Quantization.Training;

/// <summary>Which kinds of a block's parameters are trained, and how fast.</summary>
/// <param name="Biases">Whether biases of quantized linear layers are trained.</param>
/// <param name="Integers">Whether integers are: then they are a copy of the start's.</param>
/// <param name="Scales">The learning rate of s over that of a step.</param>
/// <param name="Offsets">The learning rate of z over that of a step.</param>
/// <param name="Norms">The learning rate of norms' weights and biases over that of a step.</param>
internal sealed record TrainedKinds(bool Biases, bool Integers, double Scales = 1, double Offsets = 1, double Norms = 1);
