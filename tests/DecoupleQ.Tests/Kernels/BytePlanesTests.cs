using System.Runtime.Intrinsics;
using CsCheck;
using DecoupleQ.Kernels.Simd;

namespace DecoupleQ.Tests.Kernels;

[Trait("Machine", "instructions")]
public sealed unsafe class BytePlanesTests
{
    private static readonly Gen<byte[]> Words = Gen.Byte.Array[64];

    [Fact]
    public void The_bytes_of_sixteen_words_are_taken_apart_in_order()
    {
        SkipWithout();
        Words.Sample(words =>
        {
            fixed (byte* at = words)
            {
                BytePlanes.Load(at, out Vector128<byte> p0, out Vector128<byte> p1, out Vector128<byte> p2, out Vector128<byte> p3);
                Assert.Equal(Vector128.Create([.. words.Where((_, i) => i % 4 == 0)]), p0);
                Assert.Equal(Vector128.Create([.. words.Where((_, i) => i % 4 == 1)]), p1);
                Assert.Equal(Vector128.Create([.. words.Where((_, i) => i % 4 == 2)]), p2);
                Assert.Equal(Vector128.Create([.. words.Where((_, i) => i % 4 == 3)]), p3);
                BytePlanes.Split(
                    Vector128.Load(at), Vector128.Load(at + 16), Vector128.Load(at + 32), Vector128.Load(at + 48),
                    out Vector128<byte> q0, out Vector128<byte> q1, out Vector128<byte> q2, out Vector128<byte> q3);
                Assert.Equal((p0, p1, p2, p3), (q0, q1, q2, q3));
            }
        });
    }

    [Fact]
    public void Bytes_are_looked_up_and_summed_up_to_16_bits()
    {
        SkipWithout();
        Gen.Select(Gen.Byte.Array[16], Gen.Int[0, 15].Array[16].Array[0, 257], Gen.Bool).Sample((table, indices, full) =>
        {
            if (full)
            {
                table.AsSpan().Fill(255);
            }
            Vector128<ushort> a = default, b = default;
            var expected = new ushort[16];
            foreach (int[] index in indices)
            {
                BytePlanes.Add(BytePlanes.LookUp(Vector128.Create(table), Vector128.Create([.. index.Select(i => (byte)i)])), ref a, ref b);
                for (int i = 0; i < 16; i++)
                {
                    expected[i] = (ushort)(expected[i] + table[index[i]]);
                }
            }
            (Vector128<ushort> low, Vector128<ushort> high) = BytePlanes.Sums(a, b);
            Assert.Equal(Vector128.Create(expected.AsSpan(0, 8)), low);
            Assert.Equal(Vector128.Create(expected.AsSpan(8, 8)), high);
        });
    }

    private static void SkipWithout() => Assert.SkipUnless(BytePlanes.IsSupported, "This process has no look-up of bytes.");
}
