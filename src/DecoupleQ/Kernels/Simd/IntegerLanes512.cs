using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace DecoupleQ.Kernels.Simd;

/// <summary>Integer lanes of 512 bits.</summary>
internal readonly unsafe struct IntegerLanes512 : IIntegerLanes<Vector512<float>>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Broadcast(uint* source) => Vector512.Create(*source).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> MultiplyBytes(Vector512<float> codes, Vector512<float> inputs) =>
        Avx512BW.MultiplyAddAdjacent(codes.AsByte(), inputs.AsSByte()).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> MultiplyShorts(Vector512<float> left, Vector512<float> right) =>
        Avx512BW.MultiplyAddAdjacent(left.AsInt16(), right.AsInt16()).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> AddShorts(Vector512<float> left, Vector512<float> right) => (left.AsInt16() + right.AsInt16()).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> AddIntegers(Vector512<float> left, Vector512<float> right) => (left.AsInt32() + right.AsInt32()).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> SubtractIntegers(Vector512<float> left, Vector512<float> right) => (left.AsInt32() - right.AsInt32()).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> SubtractBytes(Vector512<float> left, Vector512<float> right) => (left.AsByte() - right.AsByte()).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Merge(Vector512<float> low, uint lowMask, Vector512<float> high, uint highMask) =>
        // A selection and a mask: one instruction each.
        (Vector512.ConditionalSelect(Vector512.Create(lowMask), low.AsUInt32(), high.AsUInt32()) & Vector512.Create(lowMask | highMask)).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> SpreadByte(Vector512<float> bytes, int index, int shift)
    {
        ref byte control = ref Unsafe.Add(ref MemoryMarshal.GetReference(SpreadControl.All), index * SpreadControl.Length);
        Vector512<byte> shuffled = Avx512BW.Shuffle(bytes.AsByte(), Vector512.LoadUnsafe(ref control));
        return Vector512.ShiftRightArithmetic(shuffled.AsInt16(), 8 - shift).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> EvenBytes(Vector512<float> bytes) => Vector512.ShiftRightArithmetic(Vector512.ShiftLeft(bytes.AsInt16(), 8), 8).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> OddBytes(Vector512<float> bytes) => Vector512.ShiftRightArithmetic(bytes.AsInt16(), 8).AsSingle();
}
