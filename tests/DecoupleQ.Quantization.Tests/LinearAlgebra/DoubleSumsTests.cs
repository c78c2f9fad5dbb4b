using CsCheck;
using DecoupleQ.Quantization.LinearAlgebra;

namespace DecoupleQ.Quantization.Tests.LinearAlgebra;

public sealed class DoubleSumsTests
{
    [Fact]
    public void Sums_are_carried_in_double_precision()
    {
        Gen.Int[0, 100].SelectMany(n => Gen.Select(Gen.Float[-1e4f, 1e4f].Array[n], Gen.Float[-1, 1].Array[n])).Sample((x, y) =>
        {
            double size = x.Sum(v => Math.Abs((double)v));
            return Math.Abs(DoubleSums.Sum(x) - x.Sum(v => (double)v)) <= 1e-13 * size
                && Math.Abs(DoubleSums.Dot(x, y) - x.Zip(y, (a, b) => (double)a * b).Sum()) <= 1e-13 * size;
        });
    }

    [Fact]
    public void Vectors_of_different_length_are_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => DoubleSums.Dot(new float[3], new float[4]));
}
