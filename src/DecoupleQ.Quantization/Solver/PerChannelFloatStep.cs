using DecoupleQ.Kernels.Threads;
using DecoupleQ.Quantization.LinearAlgebra;

namespace DecoupleQ.Quantization.Solver;

/// <summary>The float step with one (s, z) a row: a closed 2 x 2 form, from <c>V = R^T w</c> and <c>C = R^T (b - b_hat)</c>.</summary>
internal sealed class PerChannelFloatStep
{
    /// <summary>What remains of the pivot of s when w is constant, at most, beside rounding.</summary>
    private const double Vanishing = 1e-9;

    private readonly UpperPanels _factor;
    private readonly Workers _oneThread;
    private readonly bool _symmetric;
    private readonly float[] _ones;
    private readonly double _onesNorm;

    /// <param name="hessian">H.</param>
    /// <param name="format">Whether z is 0.</param>
    public PerChannelFloatStep(PreparedHessian hessian, QuantizationFormat format)
    {
        _symmetric = format.Symmetric;
        _factor = hessian.Factor;
        _oneThread = hessian.OneThread;
        _ones = new float[hessian.Size];
        for (int p = 0; p < _factor.Count; p++)
        {
            ReadOnlySpan<float> panel = _factor.Panel(p);
            for (int j = 0; j < _factor.Width(p); j++)
            {
                double sum = 0;
                for (int i = 0; i < _factor.Rows(p); i++)
                {
                    sum += panel[(i * _factor.Width(p)) + j];
                }
                _ones[_factor.FirstColumn(p) + j] = (float)sum;
            }
        }
        _onesNorm = DoubleSums.Dot(_ones, _ones);
    }

    /// <summary>Replaces s and z (one a row); w is not changed.</summary>
    public void Solve(LayerRows rows, ReadOnlySpan<sbyte> integers, Span<float> scales, Span<float> offsets)
    {
        int count = rows.Count, elements = count * rows.Inputs;
        using Scratch<float> w = Scratch<float>.Rent(elements);
        using Scratch<float> residual = Scratch<float>.Rent(elements);
        using Scratch<float> left = Scratch<float>.Rent(count * _factor.PanelWidth);
        using Scratch<float> right = Scratch<float>.Rent(count * _factor.PanelWidth);
        var sums = new Sums[count];
        IntegersAsFloats.Convert(integers, w.Span);
        Objective.Residual(rows, integers, scales, offsets, residual.Span);
        for (int p = 0; p < _factor.Count; p++)
        {
            int width = _factor.Width(p);
            _factor.Multiply(w.Span, count, p, left.Span, _oneThread);
            _factor.Multiply(residual.Span, count, p, right.Span, _oneThread);
            ReadOnlySpan<float> one = _ones.AsSpan(_factor.FirstColumn(p), width);
            for (int i = 0; i < count; i++)
            {
                ReadOnlySpan<float> v = left.Span.Slice(i * width, width), c = right.Span.Slice(i * width, width);
                ref Sums sum = ref sums[i];
                sum.WW += DoubleSums.Dot(v, v);
                sum.WZ += DoubleSums.Dot(v, one);
                sum.W -= DoubleSums.Dot(v, c);
                sum.Z -= DoubleSums.Dot(one, c);
            }
        }
        for (int i = 0; i < count; i++)
        {
            (double scale, double offset) = Correction(sums[i]);
            float s = (float)(scales[i] + scale), z = (float)(offsets[i] + offset);
            if (float.IsFinite(s) && float.IsFinite(z))
            {
                (scales[i], offsets[i]) = (s, z);
            }
        }
    }

    private (double Scale, double Offset) Correction(Sums sums)
    {
        if (_symmetric || _onesNorm == 0)
        {
            return sums.WW > 0 ? (sums.W / sums.WW, 0) : (0, 0);
        }
        double pivot = sums.WW - (sums.WZ / _onesNorm * sums.WZ);
        double scale = pivot > Vanishing * sums.WW ? (sums.W - (sums.WZ / _onesNorm * sums.Z)) / pivot : 0;
        return (scale, (sums.Z - (sums.WZ * scale)) / _onesNorm);
    }

    /// <summary>The elements of the normal equations: w^T H w, w^T H 1, w^T H (b - b_hat), 1^T H (b - b_hat).</summary>
    private struct Sums
    {
        public double WW;
        public double WZ;
        public double W;
        public double Z;
    }
}
