using DecoupleQ.Models;
using DecoupleQ.Tensors;

namespace DecoupleQ.Quantization.Training;

/// <summary>A norm's weight or a bias, and the type that it is stored in.</summary>
/// <param name="Values">The numbers as they are stored (see <see cref="OwnedTensor.Offset"/>), exact in <paramref name="Type"/>.</param>
/// <param name="Type">How they are stored.</param>
internal sealed record StoredVector(float[] Values, ElementType Type)
{
    /// <summary>The nearest that can be stored.</summary>
    public static StoredVector Round(ReadOnlySpan<float> values, ElementType type)
    {
        var rounded = new float[values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            rounded[i] = FloatFormat.Round(type, values[i]);
        }
        return new StoredVector(rounded, type);
    }
}
