using System.Numerics;
using DecoupleQ.Checkpoints;
using DecoupleQ.ModelFiles;
using DecoupleQ.Models.Plans;
using DecoupleQ.Tensors;

namespace DecoupleQ.Quantization.Jobs;

/// <summary>How many integers of a model are others than in another of the same formats.</summary>
internal static class ChangedIntegers
{
    /// <summary>Compares the quantized layers one by one.</summary>
    /// <param name="before">One model.</param>
    /// <param name="folder">The other's folder.</param>
    /// <param name="plan">The plan of both.</param>
    /// <returns>Integers that differ, and all.</returns>
    public static (long Changed, long All) Count(Checkpoint before, string folder, ModelPlan plan)
    {
        using Checkpoint after = CheckpointFiles.Open(folder, TensorAccess.Read);
        WeightReader old = new(before), other = new(after);
        long changed = 0, all = 0;
        foreach ((string prefix, BlockPlan part) in plan.Parts)
        {
            foreach (LinearOperation linear in part.Linears)
            {
                if (old.Weight(prefix, linear) is AffineMatrix left && other.Weight(prefix, linear) is AffineMatrix right)
                {
                    changed += Differences(left, right);
                    all += (long)left.Rows * left.Columns;
                }
            }
        }
        return (changed, all);
    }

    private static long Differences(AffineMatrix left, AffineMatrix right)
    {
        ReadOnlySpan<uint> a = left.Codes.Span, b = right.Codes.Span;
        if (left.Bits is 3)
        {
            return DifferencesOfCodes(left, right);
        }
        // Codes do not straddle words: the lowest bit of each says whether any bit of it differs.
        uint lowest = uint.MaxValue / ((1u << left.Bits) - 1);
        long count = 0;
        for (int i = 0; i < a.Length; i++)
        {
            uint any = a[i] ^ b[i];
            for (int shift = left.Bits / 2; shift > 0; shift /= 2)
            {
                any |= any >> shift;
            }
            count += BitOperations.PopCount(any & lowest);
        }
        return count;
    }

    private static long DifferencesOfCodes(AffineMatrix left, AffineMatrix right)
    {
        byte[] a = new byte[left.Columns], b = new byte[left.Columns];
        long count = 0;
        for (int i = 0; i < left.Rows; i++)
        {
            PackedCodes.Unpack(left.Codes.Span.Slice(i * left.WordsPerRow, left.WordsPerRow), left.Bits, a);
            PackedCodes.Unpack(right.Codes.Span.Slice(i * right.WordsPerRow, right.WordsPerRow), right.Bits, b);
            count += a.Length - a.Zip(b).Count(pair => pair.First == pair.Second);
        }
        return count;
    }
}
