using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace DecoupleQ.Quantization.Gradients;

/// <summary>Reads <c>b_hat = s w + z</c> (arXiv 2404.12759, equation 1) row by row in float32, from the parts where they lie.</summary>
/// <param name="integers">w, m x n.</param>
/// <param name="scales">s, m x groups.</param>
/// <param name="offsets">z, m x groups.</param>
/// <param name="inputs">n.</param>
/// <param name="groupSize">Inputs that share an (s, z).</param>
internal readonly unsafe struct AffineRows(sbyte* integers, float* scales, float* offsets, int inputs, int groupSize)
{
    /// <summary>Elements <c>start .. start + count - 1</c> of a row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Decode(nint row, nint start, int count, float* to)
    {
        sbyte* w = integers + (row * inputs);
        nint pair = row * (inputs / groupSize);
        for (nint j = start, end = start + count; j < end;)
        {
            nint group = j / groupSize, next = Math.Min(end, (group + 1) * groupSize);
            DecodeRun(w + j, (int)(next - j), scales[pair + group], offsets[pair + group], to);
            to += next - j;
            j = next;
        }
    }

    private static void DecodeRun(sbyte* w, int count, float scale, float offset, float* to)
    {
        int j = 0;
        if (Avx512F.IsSupported)
        {
            Vector512<float> s = Vector512.Create(scale), z = Vector512.Create(offset);
            for (; j + 16 <= count; j += 16)
            {
                Vector512.FusedMultiplyAdd(Avx512F.ConvertToVector512Single(Avx512F.ConvertToVector512Int32(Vector128.Load(w + j))), s, z).Store(to + j);
            }
        }
        else if (Vector128.IsHardwareAccelerated)
        {
            Vector128<float> s = Vector128.Create(scale), z = Vector128.Create(offset);
            for (; j + 16 <= count; j += 16)
            {
                (Vector128<short> low, Vector128<short> high) = Vector128.Widen(Vector128.Load(w + j));
                Vector128.MultiplyAddEstimate(Vector128.ConvertToSingle(Vector128.WidenLower(low)), s, z).Store(to + j);
                Vector128.MultiplyAddEstimate(Vector128.ConvertToSingle(Vector128.WidenUpper(low)), s, z).Store(to + j + 4);
                Vector128.MultiplyAddEstimate(Vector128.ConvertToSingle(Vector128.WidenLower(high)), s, z).Store(to + j + 8);
                Vector128.MultiplyAddEstimate(Vector128.ConvertToSingle(Vector128.WidenUpper(high)), s, z).Store(to + j + 12);
            }
        }
        for (; j < count; j++)
        {
            to[j] = (w[j] * scale) + offset;
        }
    }
}
