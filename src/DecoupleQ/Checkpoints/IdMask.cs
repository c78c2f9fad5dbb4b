using DecoupleQ.Storage;
using DecoupleQ.Tensors;

namespace DecoupleQ.Checkpoints;

/// <summary>Masks that stand beside ids in a safetensors file and say which of them count. Here all ids count, so that a mask may say nothing else.</summary>
internal static class IdMask
{
    private const string AllOnes = "nothing but 1";

    /// <summary>The names of masks.</summary>
    public static IReadOnlyList<string> Names { get; } = ["attention_mask", "mask"];

    /// <summary>The masks as keys of a table.</summary>
    public static IEnumerable<KnownKey> Keys => Names.Select(name => KnownKey.Refused(name, AllOnes));

    /// <summary>Refuses a mask that leaves ids out.</summary>
    /// <param name="file">The file.</param>
    /// <param name="mask">The mask, of any type; true is as good as 1.</param>
    /// <param name="ids">The ids it belongs to.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="DecoupleQException">It is not 1 throughout, has another shape than the ids, or cannot be read.</exception>
    public static void CheckAllCount(SafetensorsFile file, TensorInfo mask, TensorInfo ids, CancellationToken cancellationToken = default)
    {
        if (!mask.Shape.SequenceEqual(ids.Shape))
        {
            throw new DecoupleQException(
                $"The mask has the shape [{string.Join(", ", mask.Shape)}].", mask.File, mask.Name, $"[{string.Join(", ", ids.Shape)}], as {ids.Name} has");
        }
        if (mask.Type == TensorType.Bool)
        {
            file.CopyBytes(mask.Name, new AllTrue(mask), cancellationToken);
        }
        else if (mask.Type.Element() is null && mask.Type != TensorType.F64)
        {
            file.ReadIntegers(mask.Name, (_, ones) => Require(!ones.ContainsAnyExcept(1L), mask), cancellationToken);
        }
        else
        {
            file.ReadFloats(mask.Name, (_, ones) => Require(!ones.ContainsAnyExcept(1f), mask), cancellationToken);
        }
    }

    private static void Require(bool count, TensorInfo mask)
    {
        if (!count)
        {
            throw new DecoupleQException("The mask leaves ids out.", mask.File, mask.Name, $"{AllOnes}: ids without padding, all of which count");
        }
    }

    private sealed class AllTrue(TensorInfo mask) : WriteOnlyStream
    {
        protected override void Take(ReadOnlySpan<byte> bytes) => Require(!bytes.Contains((byte)0), mask);
    }
}
