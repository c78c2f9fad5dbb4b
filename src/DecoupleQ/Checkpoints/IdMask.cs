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
    /// <exception cref="DecoupleQException">It is not 1 throughout, has another shape than the ids, or cannot be read.</exception>
    public static void CheckAllCount(SafetensorsFile file, TensorInfo mask, TensorInfo ids)
    {
        if (!mask.Shape.SequenceEqual(ids.Shape))
        {
            throw new DecoupleQException(
                $"The mask has the shape [{string.Join(", ", mask.Shape)}].", mask.File, mask.Name, $"[{string.Join(", ", ids.Shape)}], as {ids.Name} has");
        }
        bool isInteger = mask.Type.Element() is null && mask.Type != TensorType.F64 && mask.Type != TensorType.Bool;
        bool count = isInteger ? Array.TrueForAll(file.ReadIntegers(mask.Name), one => one == 1)
            : mask.Type == TensorType.Bool ? AllTrue(file, mask)
            : Array.TrueForAll(file.ReadFloats(mask.Name), one => one == 1);
        if (!count)
        {
            throw new DecoupleQException("The mask leaves ids out.", mask.File, mask.Name, $"{AllOnes}: ids without padding, all of which count");
        }
    }

    private static bool AllTrue(SafetensorsFile file, TensorInfo mask)
    {
        using var bytes = new MemoryStream();
        file.CopyBytes(mask.Name, bytes, CancellationToken.None);
        return !bytes.GetBuffer().AsSpan(0, (int)bytes.Length).Contains((byte)0);
    }
}
