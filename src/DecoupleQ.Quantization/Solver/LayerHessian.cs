namespace DecoupleQ.Quantization.Solver;

/// <summary>The second-moment matrix of a layer's inputs, <c>H = X^T X / N</c>, undamped, float64, n x n, symmetric, row-major.</summary>
/// <param name="Size">n, the layer's inputs.</param>
/// <param name="Values">n x n elements; both triangles are filled.</param>
/// <param name="Tokens">N, the rows of X that went in.</param>
public sealed record LayerHessian(int Size, double[] Values, long Tokens);
