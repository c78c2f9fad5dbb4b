using DecoupleQ.Models.Plans;
using DecoupleQ.Quantization.Gradients;
using DecoupleQ.Quantization.Training;

namespace DecoupleQ.Quantization.Tuning;

/// <summary>A packed model whose parameters are trained: its blocks, the norm behind them, and the head, which stays.</summary>
/// <param name="Plan">The model.</param>
/// <param name="Embedding">Rows of the ids.</param>
/// <param name="Parts">Parameters of the blocks in order, and of what comes after them.</param>
/// <param name="Head">The output head.</param>
internal sealed record TunedModel(ModelPlan Plan, TokenEmbedding Embedding, IReadOnlyList<TrainedParameters> Parts, DifferentiableLinear Head);
