namespace DecoupleQ.Quantization.Solver;

/// <summary>The layer-wise objective: for each row b of B minimise <c>(b_hat - b)^T H (b_hat - b)</c>.</summary>
/// <param name="Name">Module path, for errors.</param>
/// <param name="Outputs">Rows m of B.</param>
/// <param name="Inputs">Columns n of B.</param>
/// <param name="Weights">B, m x n, row-major. Finite.</param>
/// <param name="Hessian">H of the layer's inputs; shared by the layers with the same input.</param>
/// <param name="Format">Bits and groups.</param>
public sealed record LayerProblem(string Name, int Outputs, int Inputs, float[] Weights, LayerHessian Hessian, QuantizationFormat Format);
