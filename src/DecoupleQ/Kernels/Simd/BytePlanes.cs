using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace DecoupleQ.Kernels.Simd;

/// <summary>Bytes of sixteen 32-bit words as vectors of their own, and sums of such vectors: on Arm by its instructions for it, on x64 by shuffles.</summary>
internal static unsafe class BytePlanes
{
    /// <summary>Whether this machine has the instructions.</summary>
    public static bool IsSupported => AdvSimd.Arm64.IsSupported || Ssse3.IsSupported;

    /// <summary>Byte 0 of the 16 words from <paramref name="words"/> on, then byte 1, 2 and 3.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Load(byte* words, out Vector128<byte> plane0, out Vector128<byte> plane1, out Vector128<byte> plane2, out Vector128<byte> plane3)
    {
        // Not Arm's ld4, which does this in one: where its registers are 30, 31, 0 and 1, .NET 10 reads the last two from registers that there are not.
        Split(
            Vector128.Load(words), Vector128.Load(words + 16), Vector128.Load(words + 32), Vector128.Load(words + 48),
            out plane0, out plane1, out plane2, out plane3);
    }

    /// <summary>The same of 16 words in registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Split(
        Vector128<byte> w0, Vector128<byte> w1, Vector128<byte> w2, Vector128<byte> w3,
        out Vector128<byte> plane0, out Vector128<byte> plane1, out Vector128<byte> plane2, out Vector128<byte> plane3)
    {
        if (AdvSimd.Arm64.IsSupported)
        {
            Vector128<byte> even0 = AdvSimd.Arm64.UnzipEven(w0, w1), even1 = AdvSimd.Arm64.UnzipEven(w2, w3);
            Vector128<byte> odd0 = AdvSimd.Arm64.UnzipOdd(w0, w1), odd1 = AdvSimd.Arm64.UnzipOdd(w2, w3);
            plane0 = AdvSimd.Arm64.UnzipEven(even0, even1);
            plane1 = AdvSimd.Arm64.UnzipEven(odd0, odd1);
            plane2 = AdvSimd.Arm64.UnzipOdd(even0, even1);
            plane3 = AdvSimd.Arm64.UnzipOdd(odd0, odd1);
            return;
        }
        // Each vector's four words byte by byte, then a transpose of four by four.
        Vector128<byte> order = Vector128.Create((byte)0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
        Vector128<uint> v0 = Ssse3.Shuffle(w0, order).AsUInt32(), v1 = Ssse3.Shuffle(w1, order).AsUInt32();
        Vector128<uint> v2 = Ssse3.Shuffle(w2, order).AsUInt32(), v3 = Ssse3.Shuffle(w3, order).AsUInt32();
        Vector128<ulong> low0 = Sse2.UnpackLow(v0, v1).AsUInt64(), low1 = Sse2.UnpackLow(v2, v3).AsUInt64();
        Vector128<ulong> high0 = Sse2.UnpackHigh(v0, v1).AsUInt64(), high1 = Sse2.UnpackHigh(v2, v3).AsUInt64();
        plane0 = Sse2.UnpackLow(low0, low1).AsByte();
        plane1 = Sse2.UnpackHigh(low0, low1).AsByte();
        plane2 = Sse2.UnpackLow(high0, high1).AsByte();
        plane3 = Sse2.UnpackHigh(high0, high1).AsByte();
    }

    /// <summary>Byte <paramref name="index"/> (0 to 15) of <paramref name="table"/>, in each lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> LookUp(Vector128<byte> table, Vector128<byte> index) =>
        AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.VectorTableLookup(table, index) : Ssse3.Shuffle(table, index);

    /// <summary>Adds 16 bytes to 16-bit sums, which <see cref="Sums"/> reads; a sum stays below 2^16.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Add(Vector128<byte> bytes, ref Vector128<ushort> a, ref Vector128<ushort> b)
    {
        if (AdvSimd.Arm64.IsSupported)
        {
            a = AdvSimd.AddWideningLower(a, bytes.GetLower());
            b = AdvSimd.AddWideningUpper(b, bytes);
            return;
        }
        // The odd bytes, and all of them with the odd ones in the upper halves, from which Sums takes them again: a shift for two widenings.
        a += bytes.AsUInt16();
        b += bytes.AsUInt16() >>> 8;
    }

    /// <summary>The sums of bytes 0 to 7 and 8 to 15.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector128<ushort> Low, Vector128<ushort> High) Sums(Vector128<ushort> a, Vector128<ushort> b)
    {
        if (AdvSimd.Arm64.IsSupported)
        {
            return (a, b);
        }
        Vector128<ushort> even = a - (b << 8);
        return (Sse2.UnpackLow(even, b), Sse2.UnpackHigh(even, b));
    }
}
