namespace DecoupleQ.Quantization.Tuning;

/// <summary>A look at the held-out windows while a model is trained.</summary>
/// <param name="Step">Steps made before it.</param>
/// <param name="HeldOutLoss">Their mean loss with what would be stored; nats.</param>
/// <param name="TrainingLoss">The mean loss of the steps since the last look; null before any.</param>
public sealed record TuningCheck(int Step, double HeldOutLoss, double? TrainingLoss);
