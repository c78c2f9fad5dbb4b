using DecoupleQ.Quantization.Gradients;

namespace DecoupleQ.Quantization.Training;

/// <summary>Adam (arXiv 1412.6980) with L2 weight decay added to the gradient.</summary>
/// <remarks>
/// <c>g += decay p; m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) g^2; p -= rate (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + epsilon)</c>. The numbers are few
/// beside the weights that they scale, so each is worked out in float64.
/// </remarks>
internal sealed class Adam
{
    private readonly AdamOptions _options;
    private readonly Moments[] _moments;
    private int _steps;

    /// <param name="tensors">What is trained.</param>
    /// <param name="options">Constants.</param>
    /// <param name="rates">Of each tensor, its learning rate over that of the step; null for 1 throughout.</param>
    public Adam(IReadOnlyList<TrainedTensor> tensors, AdamOptions options, IReadOnlyList<double>? rates = null)
    {
        _options = options;
        _moments = [.. tensors.Select((t, i) => new Moments(t, new float[t.Values.Length], new float[t.Values.Length], rates?[i] ?? 1))];
    }

    /// <summary>All numbers that the next step depends on, beside how many have been made: values, means, mean squares of each tensor.</summary>
    public IEnumerable<float[]> State => _moments.SelectMany(moments => (float[][])[moments.Tensor.Values, moments.Mean, moments.Square]);

    /// <summary>Goes on from numbers that were put into <see cref="State"/>.</summary>
    /// <param name="steps">Steps that had been made.</param>
    public void Resume(int steps) => _steps = steps;

    /// <summary>Changes every tensor by its gradient, and sets the gradients to zero.</summary>
    public void Step(double learningRate)
    {
        _steps++;
        double first = 1 - Math.Pow(_options.Beta1, _steps), second = 1 - Math.Pow(_options.Beta2, _steps);
        foreach ((TrainedTensor tensor, float[] mean, float[] square, double ofRate) in _moments)
        {
            double rate = learningRate * ofRate;
            float[] values = tensor.Values, gradient = tensor.Gradient;
            for (int i = 0; i < values.Length; i++)
            {
                double g = gradient[i] + (_options.WeightDecay * values[i]);
                double m = (_options.Beta1 * mean[i]) + ((1 - _options.Beta1) * g), v = (_options.Beta2 * square[i]) + ((1 - _options.Beta2) * g * g);
                (mean[i], square[i]) = ((float)m, (float)v);
                values[i] = (float)(values[i] - (rate * (m / first) / (Math.Sqrt(v / second) + _options.Epsilon)));
            }
            gradient.AsSpan().Clear();
        }
    }

    private sealed record Moments(TrainedTensor Tensor, float[] Mean, float[] Square, double Rate);
}
