using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using DecoupleQ.Kernels.Simd;
using DecoupleQ.Kernels.Threads;

namespace DecoupleQ.Hardware;

/// <summary>Measures how fast a team reads main memory.</summary>
internal static unsafe class ReadBandwidth
{
    private const int Steps = 64;
    private const int Items = 64;

    /// <summary>Bytes a second: every byte of an array is added up, again and again.</summary>
    /// <param name="workers">The team.</param>
    /// <param name="bytes">Size of the array; much more than the caches hold.</param>
    /// <param name="duration">Seconds to measure for.</param>
    public static double BytesPerSecond(Workers workers, int bytes = 1 << 30, double duration = 1.5)
    {
        byte[] data = GC.AllocateUninitializedArray<byte>(bytes, pinned: true);
        data.AsSpan().Clear();
        var sums = new long[Items];
        int stepBytes = bytes / Steps, share = stepBytes / Items;
        fixed (byte* start = data)
        {
            byte* first = start;
            double seconds = Timing.BestOfSteps(
                Steps,
                step => workers.For(Items, i => sums[i] = Sum(first + ((nint)step * stepBytes) + ((nint)i * share), share)),
                duration);
            if (sums.AsSpan().ContainsAnyExcept(0L))
            {
                throw new InvalidOperationException("An array of zeros does not add up to zero.");
            }
            return bytes / seconds;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static long Sum(byte* data, int length)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            Vector512<long> a = default, b = default, c = default, d = default;
            for (int i = 0; i <= length - 256; i += 256)
            {
                Prefetch.Read(data + i + Prefetch.Distance, 256);
                a += Vector512.Load((long*)(data + i));
                b += Vector512.Load((long*)(data + i + 64));
                c += Vector512.Load((long*)(data + i + 128));
                d += Vector512.Load((long*)(data + i + 192));
            }
            return Vector512.Sum(a + b + c + d);
        }
        Vector256<long> e = default, f = default, g = default, h = default;
        for (int i = 0; i <= length - 128; i += 128)
        {
            Prefetch.Read(data + i + Prefetch.Distance, 128);
            e += Vector256.Load((long*)(data + i));
            f += Vector256.Load((long*)(data + i + 32));
            g += Vector256.Load((long*)(data + i + 64));
            h += Vector256.Load((long*)(data + i + 96));
        }
        return Vector256.Sum(e + f + g + h);
    }
}
