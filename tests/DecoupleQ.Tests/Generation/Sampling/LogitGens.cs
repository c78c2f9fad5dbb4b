using CsCheck;

namespace DecoupleQ.Tests.Generation.Sampling;

/// <summary>
/// Logits of many kinds: spread, flat, tied, with tokens that cannot come, of every magnitude; few of them, and more than are sorted at once.
/// </summary>
internal static class LogitGens
{
    private static readonly Gen<int> Sizes = Gen.Frequency((3, Gen.Int[1, 40]), (1, Gen.Int[2500, 6000]));

    private static readonly float[] Odd =
    [
        0, -0f, 1e-40f, -1e-40f, float.Epsilon, 1e-30f, 1, 1.0000001f, -1, 1e30f, -1e30f, 3e38f, -3e38f, float.NegativeInfinity,
    ];

    public static Gen<float[]> Finite { get; } = Gen.Select(Sizes, Gen.ULong, Gen.Int[0, 7]).Select((size, seed, kind) => Make(size, seed, kind));

    private static float[] Make(int size, ulong seed, int kind)
    {
        var random = new SplitMix64(seed);
        var logits = new float[size];
        for (int i = 0; i < size; i++)
        {
            double normal = Enumerable.Range(0, 12).Sum(_ => random.NextDouble()) - 6;
            logits[i] = kind switch
            {
                0 => (float)normal,
                1 => (float)(8 * normal),
                2 => 1.5f,
                3 => random.NextInt(3),
                4 => random.NextInt(4) == 0 ? float.NegativeInfinity : (float)normal,
                5 => Odd[random.NextInt(Odd.Length)],
                6 => i == size / 2 ? 9 : (float)(1e-3 * normal),
                _ => BitConverter.Int32BitsToSingle(BitConverter.SingleToInt32Bits(2) - random.NextInt(size)),
            };
        }
        logits[random.NextInt(size)] = Math.Max(logits[0], kind == 5 ? 0 : logits[0]) is var one && float.IsFinite(one) ? one : 0;
        return logits;
    }
}
