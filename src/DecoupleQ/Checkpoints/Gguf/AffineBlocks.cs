using System.Numerics.Tensors;
using DecoupleQ.Tensors;

namespace DecoupleQ.Checkpoints.Gguf;

/// <summary>
/// Block-quantized matrices in the form that the packed kernels run: the same codes, scales and biases in another order, and so the same weights, to the
/// bit.
/// </summary>
internal static class AffineBlocks
{
    /// <summary>Reads a block-quantized matrix.</summary>
    /// <exception cref="DecoupleQException">It is too large, or has a scale that is not finite.</exception>
    public static AffineMatrix Read(GgufSourceTensor source, BlockFormat format)
    {
        GgmlType type = source.Tensor.Type;
        (int rows, int columns) = ((int)source.Tensor.Shape[0], (int)source.Tensor.Shape[1]);
        int wordsPerRow = (int)((long)columns * format.Bits / 32), groups = columns / format.GroupSize, blockGroups = type.BlockLength / format.GroupSize;
        var words = source.Allocate<uint>((long)rows * wordsPerRow);
        var scales = source.Allocate<float>((long)rows * groups);
        var biases = source.Allocate<float>(scales.Length);
        byte[] codes = [];
        source.ForEachPiece(CancellationToken.None, (stored, first, count) =>
        {
            // The first piece is the longest.
            codes = codes.Length == 0 ? new byte[count] : codes;
            int group = first / format.GroupSize;
            for (int at = 0; at < count; at += type.BlockLength, group += blockGroups, stored = stored[type.BlockBytes..])
            {
                format.Split(
                    stored[..type.BlockBytes], codes.AsSpan(at, type.BlockLength), scales.AsSpan(group, blockGroups), biases.AsSpan(group, blockGroups));
            }
            // A block has whole words, whatever the bits.
            PackedCodes.Pack(codes.AsSpan(0, count), format.Bits, words.AsSpan((int)((long)first * format.Bits / 32), (int)((long)count * format.Bits / 32)));
        });
        if (!TensorPrimitives.IsFiniteAll<float>(scales) || !TensorPrimitives.IsFiniteAll<float>(biases))
        {
            throw new DecoupleQException("The tensor has a scale that is not finite.", source.File.Path, source.Name, "finite numbers");
        }
        source.Rows?.Restore(words.AsSpan(), wordsPerRow);
        source.Rows?.Restore(scales.AsSpan(), groups);
        source.Rows?.Restore(biases.AsSpan(), groups);
        // A bias is up to 128 scales, and so may be beyond F16.
        bool halves = format.ScaleType == ElementType.F16 && FloatFormat.IsExact(ElementType.F16, scales) && FloatFormat.IsExact(ElementType.F16, biases);
        return new AffineMatrix(rows, columns, format.Bits, format.GroupSize, words, halves ? ElementType.F16 : ElementType.F32, scales, biases);
    }
}
