using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DecoupleQ.Quantization.Solver;

/// <summary>The rounding rule of all steps, for one weight, for 16 at once and for a group, with the same result.</summary>
internal readonly struct Levels(QuantizationFormat format)
{
    private readonly float _alpha = format.Alpha;
    private readonly float _beta = format.Beta;

    /// <summary>The integer nearest to <paramref name="value"/>, as a float.</summary>
    public float Nearest(float value, float scale, float offset)
    {
        float level = MathF.Floor(((value - offset) / scale) + 0.5f);
        // The comparisons are written so that 0 / 0 gives 0.
        return scale == 0 || float.IsNaN(level) ? 0 : level > _beta ? _beta : level < _alpha ? _alpha : level;
    }

    /// <summary>As <see cref="Nearest(float, float, float)"/>, lane by lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Nearest(Vector512<float> value, Vector512<float> scale, Vector512<float> offset)
    {
        Vector512<float> level = Vector512.Floor(((value - offset) / scale) + Vector512.Create(0.5f));
        Vector512<float> clamped = Vector512.MinNative(Vector512.MaxNative(level, Vector512.Create(_alpha)), Vector512.Create(_beta));
        Vector512<float> usable = Vector512.Equals(level, level) & ~Vector512.Equals(scale, Vector512<float>.Zero);
        return Vector512.ConditionalSelect(usable, clamped, Vector512<float>.Zero);
    }

    /// <summary>As <see cref="Nearest(float, float, float)"/> for weights that share s and z.</summary>
    public void Nearest(ReadOnlySpan<float> values, float scale, float offset, Span<float> levels)
    {
        int j = 0;
        for (; j + Vector512<float>.Count <= values.Length; j += Vector512<float>.Count)
        {
            Nearest(Vector512.Create(values[j..]), Vector512.Create(scale), Vector512.Create(offset)).CopyTo(levels[j..]);
        }
        for (; j < values.Length; j++)
        {
            levels[j] = Nearest(values[j], scale, offset);
        }
    }
}
