namespace DecoupleQ.Quantization.Solver;

/// <summary>
/// How a layer's inputs in the full-precision model, X, differ from those in the partly quantized one, X~, as far as a layer can make it good:
/// <c>X~^T (X - X~) / N</c>, which is <c>X~^T X / N - H</c>; float64, n x n, row-major, not symmetric. Zero where the two do not differ.
/// </summary>
/// <param name="Size">n, the layer's inputs.</param>
/// <param name="Values">n x n elements; row i belongs to input i of X~.</param>
internal sealed record StreamGap(int Size, double[] Values);
