using DecoupleQ.Models.Plans;
using DecoupleQ.Quantization.Gradients;
using DecoupleQ.Quantization.Training;

namespace DecoupleQ.Quantization.Tuning;

/// <summary>A packed model whose parameters are trained: its blocks, the norm behind them and, where asked for, embedding and head.</summary>
/// <param name="Plan">The model.</param>
/// <param name="Embedding">A row an id.</param>
/// <param name="Parts">Parameters of the blocks in order, and of what comes after them.</param>
/// <param name="Head">The output head; the same object as <paramref name="Embedding"/> where the two are one matrix.</param>
/// <param name="Tables">What is trained of embedding and head; empty if they stay as they are.</param>
internal sealed record TunedModel(
    ModelPlan Plan,
    DifferentiableLinear Embedding,
    IReadOnlyList<TrainedParameters> Parts,
    DifferentiableLinear Head,
    IReadOnlyList<TrainedTensor> Tables);
