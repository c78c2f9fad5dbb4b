using CsCheck;
using DecoupleQ.Tensors;

namespace DecoupleQ.Tests.Kernels;

/// <summary>Random stored matrices with weights between -1 and 1.</summary>
internal static class Matrices
{
    /// <summary>Columns and a group size that divides them: the usual sizes, per channel, and sizes that begin inside a word.</summary>
    public static Gen<(int Columns, int GroupSize)> Groupings(int bits)
    {
        int unit = bits switch { 2 => 16, 3 => 32, 4 => 8, _ => 4 };
        Gen<(int, int)> usual = Gen.Select(Gen.OneOf(Gen.Const(32), Gen.Const(64), Gen.Const(128)), Gen.Int[1, 10], (group, groups) => (group * groups, group));
        // Of some block formats of ggml: half a unit of 3 bits.
        Gen<(int, int)> small = Gen.Int[1, 10].Select(pairs => (32 * pairs, 16));
        Gen<(int, int)> perChannel = Gen.Int[1, 40].Select(units => (units * unit, units * unit));
        Gen<(int, int)> odd = Gen.Select(Gen.Int[1, 40], Gen.Int[1, 4], (group, factor) => (group * factor * unit, group));
        return Gen.OneOf(usual, small, perChannel, odd);
    }

    public static AffineMatrix Affine(int rows, int columns, int bits, int groupSize, ElementType scaleType, uint seed)
    {
        var random = new Random((int)seed);
        var codes = new uint[(long)rows * columns * bits / 32];
        random.NextBytes(System.Runtime.InteropServices.MemoryMarshal.AsBytes(codes.AsSpan()));
        var scales = new float[rows * (columns / groupSize)];
        var biases = new float[scales.Length];
        float step = 2f / ((1 << bits) - 1);
        for (int i = 0; i < scales.Length; i++)
        {
            // Negative scales occur in the files of others.
            float sign = random.Next(4) == 0 ? -1 : 1;
            scales[i] = FloatFormat.Round(scaleType, sign * step * (0.5f + (random.NextSingle() / 2)));
            biases[i] = FloatFormat.Round(scaleType, -sign * (0.5f + (random.NextSingle() / 2)));
        }
        return new AffineMatrix(rows, columns, bits, groupSize, codes, scaleType, scales, biases);
    }

    public static DenseMatrix Dense(int rows, int columns, ElementType type, uint seed)
    {
        float[] values = Numbers.Uniform<float>(rows * columns, seed);
        if (values.Length > 2)
        {
            // A zero, and a number that is subnormal in F16.
            values[0] = 0;
            values[1] = 3e-6f;
        }
        if (type == ElementType.F32)
        {
            return new DenseMatrix(rows, columns, values);
        }
        var halves = new ushort[values.Length];
        FloatFormat.Encode(type, values, halves);
        return new DenseMatrix(rows, columns, type, halves);
    }
}
