using DecoupleQ.Tensors;

namespace DecoupleQ.Quantization.Solver;

/// <summary>The integers and the real scales and offsets of a solved layer, in the paper's terms.</summary>
/// <param name="Format">Bits and groups.</param>
/// <param name="Integers">w, m x n, each in [Alpha, Beta].</param>
/// <param name="Scales">s, m x groups.</param>
/// <param name="Offsets">z, m x groups.</param>
/// <param name="ScaleType">The type that the stored pair (s, z + alpha s) is exact in.</param>
/// <param name="Loss">Mean over rows of the damped objective f.</param>
/// <param name="RelativeLoss">Sum over rows of <c>(b_hat - b)^T H (b_hat - b)</c> over the sum of <c>b^T H b</c>, both with the undamped H.</param>
public sealed record LayerSolution(
    QuantizationFormat Format,
    sbyte[] Integers,
    float[] Scales,
    float[] Offsets,
    ElementType ScaleType,
    double Loss,
    double RelativeLoss);
