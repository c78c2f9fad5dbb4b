using CsCheck;
using DecoupleQ.Tensors;

namespace DecoupleQ.Tests.Tensors;

public sealed class AffineMatrixTests
{
    [Fact]
    public void Every_element_is_scale_times_code_plus_bias()
    {
        Gen.Select(
            Gen.OneOf(Gen.Const(2), Gen.Const(3), Gen.Const(4), Gen.Const(8)), Gen.OneOf(Gen.Const(32), Gen.Const(64), Gen.Const(96)), Gen.Int[1, 4],
            Gen.Int[1, 6], Gen.Int).Sample((bits, groupSize, groups, rows, seed) =>
        {
            var random = new Random(seed);
            int columns = groupSize * groups;
            byte[] codes = [.. Enumerable.Range(0, rows * columns).Select(_ => (byte)random.Next(1 << bits))];
            float[] scales = [
                .. Enumerable.Range(0, rows * groups).Select(_ => random.NextSingle() - 0.5f)
            ], biases = [.. scales.Select(_ => random.NextSingle())];
            int words = columns * bits / 32;
            var packed = new uint[rows * words];
            for (int i = 0; i < rows; i++)
            {
                PackedCodes.Pack(codes.AsSpan(i * columns, columns), bits, packed.AsSpan(i * words, words));
            }
            var matrix = new AffineMatrix(rows, columns, bits, groupSize, packed, ElementType.F32, scales, biases);
            int first = random.Next(rows), count = random.Next(1, rows - first + 1);
            var values = new float[count * columns];
            matrix.DequantizeRows(first, count, values);
            for (int k = 0; k < values.Length; k++)
            {
                int i = first + (k / columns), j = k % columns, g = (i * groups) + (j / groupSize);
                Assert.Equal((scales[g] * codes[(i * columns) + j]) + biases[g], values[k]);
            }
            Assert.Equal((32L * rows * words) + (64L * rows * groups), matrix.StoredBits);
        });
    }

    [Fact]
    public void Parts_that_do_not_fit_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new AffineMatrix(1, 32, 5, 32, new uint[5], ElementType.F16, new float[1], new float[1]));
        Assert.Throws<ArgumentException>(() => new AffineMatrix(1, 32, 4, 24, new uint[4], ElementType.F16, new float[1], new float[1]));
        Assert.Throws<ArgumentException>(() => new AffineMatrix(1, 40, 4, 40, new uint[4], ElementType.F16, new float[1], new float[1]));
        Assert.Throws<ArgumentException>(() => new AffineMatrix(1, 40, 3, 40, new uint[4], ElementType.F16, new float[1], new float[1]));
    }
}
