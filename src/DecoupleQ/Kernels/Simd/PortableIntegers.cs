using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DecoupleQ.Kernels.Simd;

/// <summary>Products of neighbours for machines without an instruction for them.</summary>
internal static class PortableIntegers
{
    /// <summary>As <see cref="IIntegerLanes{TVector}.MultiplyBytes"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<short> MultiplyBytes(Vector128<short> codes, Vector128<short> inputs)
    {
        Vector128<short> even = (codes & Vector128.Create((short)0xFF)) * Vector128.ShiftRightArithmetic(Vector128.ShiftLeft(inputs, 8), 8);
        return even + (Vector128.ShiftRightLogical(codes, 8) * Vector128.ShiftRightArithmetic(inputs, 8));
    }

    /// <summary>As <see cref="IIntegerLanes{TVector}.MultiplyShorts"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> MultiplyShorts(Vector128<int> left, Vector128<int> right)
    {
        Vector128<int> even = LowHalf(left) * LowHalf(right);
        return even + (Vector128.ShiftRightArithmetic(left, 16) * Vector128.ShiftRightArithmetic(right, 16));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> LowHalf(Vector128<int> lanes) => Vector128.ShiftRightArithmetic(Vector128.ShiftLeft(lanes, 16), 16);
}
