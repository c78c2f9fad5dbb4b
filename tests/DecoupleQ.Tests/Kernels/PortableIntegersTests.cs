using System.Runtime.Intrinsics;
using CsCheck;
using DecoupleQ.Kernels.Simd;

namespace DecoupleQ.Tests.Kernels;

/// <summary>Every family's integer operations against those of one lane, which are plain C#.</summary>
[Trait("Machine", "instructions")]
public sealed class PortableIntegersTests
{
    [Fact]
    public void Every_operation_equals_that_of_one_lane()
    {
        Gen.Select(Gen.UInt, Gen.UInt, Gen.UInt).Sample(
            (a, b, c) =>
            {
                uint codes = a & 0x3F3F3F3F;
                Vector128<int> left = Vector128.Create((int)a), right = Vector128.Create((int)b);
                Same(
                    IntegerLanes1.MultiplyBytes(Lane(codes), Lane(b)),
                    PortableIntegers.MultiplyBytes(Vector128.Create(codes).AsInt16(), right.AsInt16()).AsSingle());
                Same(
                    IntegerLanes1.MultiplyShorts(Lane(a), Lane(b & 0x7FFF7FFF)),
                    PortableIntegers.MultiplyShorts(left, Vector128.Create((int)(b & 0x7FFF7FFF))).AsSingle());
                if (InstructionSets.Runs(InstructionSet.Vector128))
                {
                    Vector128<float> x = left.AsSingle(), y = right.AsSingle();
                    Same(IntegerLanes1.MultiplyBytes(Lane(codes), Lane(b)), IntegerLanes128.MultiplyBytes(Vector128.Create(codes).AsSingle(), y));
                    Same(IntegerLanes1.AddShorts(Lane(a), Lane(b)), IntegerLanes128.AddShorts(x, y));
                    Same(IntegerLanes1.SubtractBytes(Lane(a), Lane(b)), IntegerLanes128.SubtractBytes(x, y));
                    Same(IntegerLanes1.Merge(Lane(a), c, Lane(b), ~c), IntegerLanes128.Merge(x, c, y, ~c));
                    Same(IntegerLanes1.EvenBytes(Lane(a)), IntegerLanes128.EvenBytes(x));
                    Same(IntegerLanes1.OddBytes(Lane(a)), IntegerLanes128.OddBytes(x));
                    for (int i = 0; i < 4; i++)
                    {
                        Same(IntegerLanes1.SpreadByte(Lane(a), i, i), IntegerLanes128.SpreadByte(x, i, i));
                    }
                }
            },
            iter: 500);
    }

    private static float Lane(uint bits) => BitConverter.UInt32BitsToSingle(bits);

    private static void Same(float expected, Vector128<float> actual) =>
        Assert.Equal(BitConverter.SingleToUInt32Bits(expected), actual.AsUInt32().GetElement(2));
}
