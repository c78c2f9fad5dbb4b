using CsCheck;
using DecoupleQ.Kernels.Elementwise;

namespace DecoupleQ.Tests.Kernels;

[Trait("Machine", "instructions")]
public sealed class ElementwiseTests
{
    [Fact]
    public void Rms_normalisation_equals_the_oracle_also_in_place()
    {
        Gen.Select(Gen.Int[1, 5], Gen.Int[1, 600], Gen.UInt).Sample(
            (rows, width, seed) =>
            {
                float[] x = Numbers.Uniform<float>(rows * width, seed), weight = Numbers.Uniform<float>(width, seed + 1);
                float[] expected = new float[x.Length], actual = new float[x.Length];
                ReferenceElementwise.RmsNorm(x, weight, 1e-5f, expected);
                RmsNorm.Apply(x, weight, 1e-5f, actual);
                Numbers.AssertClose(expected, actual, 1e-6);
                RmsNorm.Apply(x, weight, 1e-5f, x);
                Assert.Equal(actual, x);
            },
            iter: 60);
    }

    [Fact]
    public void Rotary_embedding_equals_the_oracle_also_in_place()
    {
        Gen.Select(Gen.Int[1, 5], Gen.Int[1, 4], Gen.Int[1, 70], Gen.UInt).Sample(
            (tokens, heads, half, seed) =>
            {
                float[] x = Numbers.Uniform<float>(tokens * heads * 2 * half, seed), expected = new float[x.Length], actual = new float[x.Length];
                float[] cosines = [.. Numbers.Uniform<float>(tokens * half, seed + 1).Select(MathF.Cos)];
                float[] sines = [.. Numbers.Uniform<float>(tokens * half, seed + 1).Select(MathF.Sin)];
                ReferenceElementwise.Rotary(x, heads, 2 * half, cosines, sines, expected);
                Rotary.Apply(x, heads, 2 * half, cosines, sines, actual);
                Numbers.AssertClose(expected, actual, 3e-7);
                Rotary.Apply(x, heads, 2 * half, cosines, sines, x);
                Assert.Equal(actual, x);
            },
            iter: 60);
    }

    [Fact]
    public void Silu_and_its_gate_equal_the_oracle_also_in_place()
    {
        Gen.Select(Gen.Float[-120, 120].Array[0, 1500], Gen.UInt).Sample(
            (x, seed) =>
            {
                float[] expected = new float[x.Length], actual = new float[x.Length], up = Numbers.Uniform<float>(x.Length, seed);
                ReferenceElementwise.Silu(x, expected);
                Silu.Apply(x, actual);
                Numbers.AssertClose(expected, actual, 1e-6);
                float[] gated = new float[x.Length], inPlace = [.. x];
                Silu.Gate(x, up, gated);
                Numbers.AssertClose<float>([.. expected.Zip(up, (a, b) => a * b)], gated, 1e-6);
                Silu.Apply(inPlace, inPlace);
                Assert.Equal(actual, inPlace);
                Silu.Gate(x, up, up);
                Assert.Equal(gated, up);
            },
            iter: 60);
    }

    [Fact]
    public void Tanh_gelu_equals_the_oracle_also_in_place()
    {
        Gen.OneOf(Gen.Float[-6, 6], Gen.Float[-1e4f, 1e4f]).Array[0, 1500].Sample(
            x =>
            {
                float[] expected = new float[x.Length], actual = new float[x.Length];
                ReferenceElementwise.GeluTanh(x, expected);
                GeluTanh.Apply(x, actual);
                Numbers.AssertClose(expected, actual, 2e-6);
                GeluTanh.Apply(x, x);
                Assert.Equal(actual, x);
            },
            iter: 60);
    }

    [Fact]
    public void Softmax_and_log_sum_exp_equal_the_oracle_also_with_excluded_logits()
    {
        Gen.Select(Gen.OneOf(Gen.Float[-50, 50], Gen.Const(float.NegativeInfinity)).Array[1, 2000], Gen.Float[-1000, 1000]).Sample(
            (logits, finite) =>
            {
                logits[^1] = finite;
                float[] expected = new float[logits.Length], actual = new float[logits.Length];
                ReferenceElementwise.Softmax(logits, expected);
                Softmax.Apply(logits, actual);
                Numbers.AssertClose(expected, actual, 1e-6);
                Numbers.AssertClose<double>([ReferenceElementwise.LogSumExp(logits)], [Softmax.LogSumExp(logits)], 1e-6);
            },
            iter: 60);
    }
}
