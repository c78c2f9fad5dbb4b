using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace DecoupleQ.Kernels.Simd;

/// <summary>Integer lanes of 128 bits.</summary>
internal readonly unsafe struct IntegerLanes128 : IIntegerLanes<Vector128<float>>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Broadcast(uint* source) => Vector128.Create(*source).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> MultiplyBytes(Vector128<float> codes, Vector128<float> inputs) =>
        Ssse3.IsSupported
            ? Ssse3.MultiplyAddAdjacent(codes.AsByte(), inputs.AsSByte()).AsSingle()
            : PortableIntegers.MultiplyBytes(codes.AsInt16(), inputs.AsInt16()).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> MultiplyShorts(Vector128<float> left, Vector128<float> right) =>
        Sse2.IsSupported
            ? Sse2.MultiplyAddAdjacent(left.AsInt16(), right.AsInt16()).AsSingle()
            : PortableIntegers.MultiplyShorts(left.AsInt32(), right.AsInt32()).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> AddShorts(Vector128<float> left, Vector128<float> right) => (left.AsInt16() + right.AsInt16()).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> AddIntegers(Vector128<float> left, Vector128<float> right) => (left.AsInt32() + right.AsInt32()).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> SubtractIntegers(Vector128<float> left, Vector128<float> right) => (left.AsInt32() - right.AsInt32()).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> SubtractBytes(Vector128<float> left, Vector128<float> right) => (left.AsByte() - right.AsByte()).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Merge(Vector128<float> low, uint lowMask, Vector128<float> high, uint highMask) =>
        ((low.AsUInt32() & Vector128.Create(lowMask)) | (high.AsUInt32() & Vector128.Create(highMask))).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> SpreadByte(Vector128<float> bytes, int index, int shift)
    {
        Vector128<int> value = Vector128.ShiftRightArithmetic(Vector128.ShiftLeft(bytes.AsInt32(), 24 - (8 * index)), 24 - shift);
        value &= Vector128.Create(-1 << shift);
        return Vector128.ConditionalSelect(Vector128.Create(0xFFFF), value, Vector128.ShiftLeft(value, 16)).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> EvenBytes(Vector128<float> bytes) => Vector128.ShiftRightArithmetic(Vector128.ShiftLeft(bytes.AsInt16(), 8), 8).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> OddBytes(Vector128<float> bytes) => Vector128.ShiftRightArithmetic(bytes.AsInt16(), 8).AsSingle();
}
