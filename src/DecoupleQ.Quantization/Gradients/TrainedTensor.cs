namespace DecoupleQ.Quantization.Gradients;

/// <summary>Numbers that are trained, and the gradient of the loss with respect to them.</summary>
/// <param name="values">The numbers, changed in place.</param>
internal sealed class TrainedTensor(float[] values)
{
    public float[] Values { get; } = values;

    /// <summary>One for each of <see cref="Values"/>. Backward passes add to it.</summary>
    public float[] Gradient { get; } = new float[values.Length];
}
