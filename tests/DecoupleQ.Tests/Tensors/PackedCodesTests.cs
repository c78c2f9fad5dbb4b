using CsCheck;
using DecoupleQ.Tensors;

namespace DecoupleQ.Tests;

public sealed class PackedCodesTests
{
    [Fact]
    public void Unpacking_gives_back_what_was_packed()
    {
        Gen.Select(Gen.OneOf(Gen.Const(2), Gen.Const(3), Gen.Const(4), Gen.Const(8)), Gen.Int[1, 20]).SelectMany((bits, words32) =>
            Gen.Byte[0, (byte)((1 << bits) - 1)].Array[words32 * 32].Select(codes => (bits, codes)))
            .Sample(x =>
            {
                var words = new uint[x.codes.Length * x.bits / 32];
                PackedCodes.Pack(x.codes, x.bits, words);
                var back = new byte[x.codes.Length];
                PackedCodes.Unpack(words, x.bits, back);
                return back.AsSpan().SequenceEqual(x.codes);
            });
    }
}
