using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace DecoupleQ.Kernels.Simd;

/// <summary>Integer lanes of 256 bits.</summary>
internal readonly unsafe struct IntegerLanes256 : IIntegerLanes<Vector256<float>>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Broadcast(uint* source) => Vector256.Create(*source).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> MultiplyBytes(Vector256<float> codes, Vector256<float> inputs) =>
        Avx2.MultiplyAddAdjacent(codes.AsByte(), inputs.AsSByte()).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> MultiplyShorts(Vector256<float> left, Vector256<float> right) =>
        Avx2.MultiplyAddAdjacent(left.AsInt16(), right.AsInt16()).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> AddShorts(Vector256<float> left, Vector256<float> right) => (left.AsInt16() + right.AsInt16()).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> AddIntegers(Vector256<float> left, Vector256<float> right) => (left.AsInt32() + right.AsInt32()).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> SubtractIntegers(Vector256<float> left, Vector256<float> right) => (left.AsInt32() - right.AsInt32()).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> SubtractBytes(Vector256<float> left, Vector256<float> right) => (left.AsByte() - right.AsByte()).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Merge(Vector256<float> low, uint lowMask, Vector256<float> high, uint highMask) =>
        ((low.AsUInt32() & Vector256.Create(lowMask)) | (high.AsUInt32() & Vector256.Create(highMask))).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> SpreadByte(Vector256<float> bytes, int index, int shift)
    {
        ref byte control = ref Unsafe.Add(ref MemoryMarshal.GetReference(SpreadControl.All), index * SpreadControl.Length);
        Vector256<byte> shuffled = Avx2.Shuffle(bytes.AsByte(), Vector256.LoadUnsafe(ref control));
        return Vector256.ShiftRightArithmetic(shuffled.AsInt16(), 8 - shift).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> EvenBytes(Vector256<float> bytes) => Vector256.ShiftRightArithmetic(Vector256.ShiftLeft(bytes.AsInt16(), 8), 8).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> OddBytes(Vector256<float> bytes) => Vector256.ShiftRightArithmetic(bytes.AsInt16(), 8).AsSingle();
}
