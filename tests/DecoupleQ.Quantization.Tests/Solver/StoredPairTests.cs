using CsCheck;
using DecoupleQ.Quantization.Solver;
using DecoupleQ.Tensors;

namespace DecoupleQ.Quantization.Tests.Solver;

public sealed class StoredPairTests
{
    private static readonly Gen<int> Bits = Gen.OneOf(Gen.Const(2), Gen.Const(3), Gen.Const(4), Gen.Const(8));

    // Sizes over many powers of two, both signs.
    private static readonly Gen<float> Value = Gen.Select(Gen.Double[-13.5, 7.9], Gen.Bool)
        .Select((e, negative) => (float)((negative ? -1 : 1) * Math.Pow(2, e)));

    [Fact]
    public void A_half_precision_pair_is_exact_in_storage_and_the_nearest_there_is()
    {
        Gen.Select(Bits, Value, Value).Sample((bits, scale, offset) =>
        {
            var format = new QuantizationFormat(bits, -1);
            float[] s = [scale], z = [offset];
            StoredPair.Round(format, ElementType.F16, s, z);
            float bias = z[0] + (format.Alpha * s[0]);
            double wanted = offset + ((double)format.Alpha * scale);
            double unit = Math.ScaleB(1, Math.Max(Math.ILogB(wanted), -14) - 10), lastDigitOfOffset = Math.ScaleB(1, Math.ILogB(z[0]) - 23);
            // The bias is rounded to float32 first, which moves it by at most 2^-13 of half a unit.
            double half = unit / 2 * (1 + Math.ScaleB(1, -13));
            return (float)(Half)s[0] == s[0]
                && (float)(Half)bias == bias
                && Math.Abs(s[0] - (float)(Half)scale) * -format.Alpha <= lastDigitOfOffset
                && Math.Abs(bias - wanted) <= half + lastDigitOfOffset;
        }, iter: 20_000);
    }

    [Fact]
    public void A_tiny_bias_beside_a_large_scale_is_still_exact()
    {
        // z = b - alpha s has more digits than float32 here.
        float[] s = [1.5f], z = [3f + (37 * MathF.ScaleB(1, -24))];
        var format = new QuantizationFormat(2, -1);
        StoredPair.Round(format, ElementType.F16, s, z);
        float bias = z[0] + (format.Alpha * s[0]);
        Assert.Equal(bias, (float)(Half)bias);
    }

    [Fact]
    public void A_single_precision_pair_is_exact_in_storage()
    {
        Gen.Select(Bits, Gen.Double[-60, 60], Gen.Double[-60, 60], Gen.Double[-30, 30]).Sample((bits, scale, offset, exponent) =>
        {
            var format = new QuantizationFormat(bits, -1);
            float size = (float)Math.Pow(2, exponent);
            float[] s = [(float)scale * size], z = [(float)offset * size];
            (float oldScale, float oldOffset) = (s[0], z[0]);
            StoredPair.Round(format, ElementType.F32, s, z);
            double bias = z[0] + (format.Alpha * (double)s[0]);
            double tolerance = (3e-7 * Math.Max(Math.Abs(bias), Math.Abs(format.Alpha * (double)s[0]))) + 1e-42;
            return (float)bias == bias && Math.Abs(s[0] - oldScale) * -format.Alpha <= tolerance && Math.Abs(z[0] - oldOffset) <= tolerance;
        }, iter: 20_000);
    }

    [Theory]
    [InlineData(0.5f, 0.1f, ElementType.F16)]
    [InlineData(0f, 0.1f, ElementType.F16)]
    [InlineData(6e-5f, 0.1f, ElementType.F32)]
    [InlineData(-6e-5f, 0.1f, ElementType.F32)]
    [InlineData(6.2e-5f, 0f, ElementType.F16)]
    [InlineData(7e4f, 0f, ElementType.F32)]
    [InlineData(1f, 7e4f, ElementType.F32)]
    [InlineData(3e4f, -1e4f, ElementType.F32)]
    public void Pairs_that_half_precision_cannot_hold_are_stored_in_single_precision(float scale, float offset, ElementType expected)
    {
        Assert.Equal(expected, StoredPair.Type(new QuantizationFormat(2, -1), [1f, scale], [0f, offset], ElementType.F16));
        Assert.Equal(ElementType.F32, StoredPair.Type(new QuantizationFormat(2, -1), [1f, scale], [0f, offset], ElementType.F32));
    }

    [Fact]
    public void A_small_scale_of_a_constant_group_goes_into_the_offset()
    {
        float[] s = [1e-6f, 1e-6f, 0.5f], z = [0.25f, 0.25f, 0.25f];
        sbyte[] w = [1, 1, 1, 0, -2, -2];
        StoredPair.ClearIdleScales(new QuantizationFormat(2, 2), 6, w, s, z);
        Assert.Equal([0f, 1e-6f, 0.5f], s);
        Assert.Equal([0.250001f, 0.25f, 0.25f], z);
    }
}
