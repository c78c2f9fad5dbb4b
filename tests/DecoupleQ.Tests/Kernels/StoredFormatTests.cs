using System.Runtime.Intrinsics;
using DecoupleQ.Kernels.Simd;
using DecoupleQ.Tensors;

namespace DecoupleQ.Tests.Kernels;

[Trait("Machine", "instructions")]
public sealed unsafe class StoredFormatTests
{
    [Fact]
    public void Every_pattern_of_F16_and_BF16_decodes_to_its_value()
    {
        ushort[] patterns = [.. Enumerable.Range(0, 1 << 16).Select(i => (ushort)i)];
        float[] half = new float[patterns.Length], brain = new float[patterns.Length];
        FloatFormat.Decode(ElementType.F16, patterns, half);
        FloatFormat.Decode(ElementType.BF16, patterns, brain);
        Assert.Equal(patterns.Select(p => (float)BitConverter.UInt16BitsToHalf(p)), half);
        Assert.Equal(patterns.Select(p => BitConverter.UInt32BitsToSingle((uint)p << 16)), brain);
    }

    [Fact]
    public void Kernels_decode_every_finite_F16_exactly_in_every_instruction_set()
    {
        foreach (InstructionSet set in Families.Available)
        {
            switch (set)
            {
                case InstructionSet.Avx512:
                    Check<SingleLanes512, Vector512<float>>();
                    break;
                case InstructionSet.Avx2:
                    Check<SingleLanes256, Vector256<float>>();
                    break;
                case InstructionSet.Vector128:
                    Check<SingleLanes128, Vector128<float>>();
                    break;
                default:
                    Check<SingleLanes1, float>();
                    break;
            }
        }
    }

    private static void Check<TLanes, TVector>()
        where TLanes : ISingleLanes<TVector>
        where TVector : unmanaged
    {
        // 2 * 31 * 1024 patterns: a whole number of vectors of any width.
        ushort[] patterns = [.. Enumerable.Range(0, 1 << 16).Select(i => (ushort)i).Where(i => Half.IsFinite(BitConverter.UInt16BitsToHalf(i)))];
        var values = new float[patterns.Length];
        fixed (ushort* source = patterns)
        {
            fixed (float* destination = values)
            {
                for (int i = 0; i < patterns.Length; i += TLanes.Count)
                {
                    TLanes.Store(Float16Format.Load<TLanes, TVector>(source + i), destination + i);
                }
            }
        }
        // As bits, because a negative zero equals zero.
        Assert.Equal(
            patterns.Select(p => BitConverter.SingleToUInt32Bits((float)BitConverter.UInt16BitsToHalf(p))),
            values.Select(BitConverter.SingleToUInt32Bits));
    }
}
