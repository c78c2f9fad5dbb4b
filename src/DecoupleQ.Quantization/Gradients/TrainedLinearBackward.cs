using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using DecoupleQ.Kernels.Products;
using DecoupleQ.Kernels.Simd;
using DecoupleQ.Kernels.Threads;

namespace DecoupleQ.Quantization.Gradients;

/// <summary>The gradient of <see cref="TrainedLinear"/> with respect to its s and z.</summary>
/// <remarks>
/// Of a layer whose integers are trained too, dB is gathered whole, and <see cref="Finish"/> makes the sums once all sequences have added to it.
/// <c>dB = dY^T X</c>, <c>ds[i, g] = sum over j in g of dB[i, j] w[i, j]</c>, <c>dz[i, g] = sum over j in g of dB[i, j]</c>: one product and one pass over it,
/// in slabs of rows, so that dB is never whole in memory.
/// </remarks>
internal static unsafe class TrainedLinearBackward
{
    private const int SlabElements = 1 << 20;
    private const int SmallestSlab = 96;

    // Sums of so many elements are kept in float32, longer ones in float64.
    private const int RunLength = 512;

    /// <summary>Adds to the gradients of s and z, or to dB.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="outputGradient">dY, tokens x outputs.</param>
    /// <param name="input">X, tokens x inputs.</param>
    /// <param name="tokens">Number of rows.</param>
    /// <param name="workers">The team.</param>
    public static void Accumulate(TrainedLinear layer, float[] outputGradient, float[] input, int tokens, Workers workers)
    {
        int inputs = layer.Inputs, outputs = layer.Outputs, slab = Math.Min(outputs, Math.Max(SmallestSlab, SlabElements / inputs));
        var x = new MatrixView<float>(input, tokens, inputs);
        if (layer.Latents?.WeightGradient is float[] whole)
        {
            var allRows = new MatrixView<float>(outputGradient, tokens, outputs);
            Gemm.Multiply(allRows.Transposed, x, whole, inputs, Destination.Add, workers);
            return;
        }
        using Scratch scratch = Scratch.Rent<float>((long)slab * inputs);
        for (int first = 0; first < outputs; first += slab)
        {
            int rows = Math.Min(slab, outputs - first);
            var dy = new MatrixView<float>(outputGradient.AsSpan(first), tokens, rows, outputs);
            Gemm.Multiply(dy.Transposed, x, new Span<float>(scratch.Pointer, rows * inputs), inputs, Destination.Overwrite, workers);
            AddSums(layer, (float*)scratch.Pointer, first, rows, workers);
        }
    }

    /// <summary>Adds to the gradients of s and z of a layer whose integers are trained, from the dB that was gathered, which stays.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="workers">The team.</param>
    public static void Finish(TrainedLinear layer, Workers workers)
    {
        fixed (float* gradient = layer.Latents!.WeightGradient)
        {
            AddSums(layer, gradient, 0, layer.Outputs, workers);
        }
    }

    private static void AddSums(TrainedLinear layer, float* gradient, int first, int rows, Workers workers)
    {
        fixed (sbyte* w = layer.Integers)
        fixed (float* ds = layer.Scales.Gradient, dz = layer.Offsets.Gradient)
        {
            var sums = new GroupSums(gradient, w, ds, dz, first, rows, layer.Inputs, layer.GroupSize);
            workers.For(sums.Items, sums);
        }
    }

    private readonly struct GroupSums(float* gradient, sbyte* integers, float* ds, float* dz, int first, int rows, int inputs, int groupSize) : IWork
    {
        private const int RowsPerItem = 16;

        public int Items => (rows + RowsPerItem - 1) / RowsPerItem;

        public void Run(int item)
        {
            int groups = inputs / groupSize;
            for (int i = item * RowsPerItem, end = Math.Min(rows, i + RowsPerItem); i < end; i++)
            {
                float* row = gradient + ((nint)i * inputs);
                sbyte* w = integers + ((nint)(first + i) * inputs);
                for (int g = 0; g < groups; g++)
                {
                    double scale = 0, offset = 0;
                    for (int j = g * groupSize, next = j + groupSize; j < next; j += RunLength)
                    {
                        (float s, float z) = Sums(row + j, w + j, Math.Min(RunLength, next - j));
                        scale += s;
                        offset += z;
                    }
                    nint pair = ((nint)(first + i) * groups) + g;
                    ds[pair] += (float)scale;
                    dz[pair] += (float)offset;
                }
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static (float Scale, float Offset) Sums(float* gradient, sbyte* w, int count)
        {
            float scale = 0, offset = 0;
            int j = 0;
            if (Avx512F.IsSupported)
            {
                Vector512<float> s = Vector512<float>.Zero, z = s;
                for (; j + 16 <= count; j += 16)
                {
                    Vector512<float> d = Vector512.Load(gradient + j);
                    s = Vector512.FusedMultiplyAdd(Avx512F.ConvertToVector512Single(Avx512F.ConvertToVector512Int32(Vector128.Load(w + j))), d, s);
                    z += d;
                }
                (scale, offset) = (Vector512.Sum(s), Vector512.Sum(z));
            }
            else if (Vector128.IsHardwareAccelerated)
            {
                Vector128<float> s = Vector128<float>.Zero, t = s, z = s;
                for (; j + 16 <= count; j += 16)
                {
                    (Vector128<short> low, Vector128<short> high) = Vector128.Widen(Vector128.Load(w + j));
                    Vector128<float> a = Vector128.Load(gradient + j), b = Vector128.Load(gradient + j + 4);
                    Vector128<float> c = Vector128.Load(gradient + j + 8), d = Vector128.Load(gradient + j + 12);
                    s = Vector128.MultiplyAddEstimate(Vector128.ConvertToSingle(Vector128.WidenLower(low)), a, s);
                    t = Vector128.MultiplyAddEstimate(Vector128.ConvertToSingle(Vector128.WidenUpper(low)), b, t);
                    s = Vector128.MultiplyAddEstimate(Vector128.ConvertToSingle(Vector128.WidenLower(high)), c, s);
                    t = Vector128.MultiplyAddEstimate(Vector128.ConvertToSingle(Vector128.WidenUpper(high)), d, t);
                    z += (a + b) + (c + d);
                }
                (scale, offset) = (Vector128.Sum(s + t), Vector128.Sum(z));
            }
            for (; j < count; j++)
            {
                scale += gradient[j] * w[j];
                offset += gradient[j];
            }
            return (scale, offset);
        }
    }
}
