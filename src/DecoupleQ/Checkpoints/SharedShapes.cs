namespace DecoupleQ.Checkpoints;

/// <summary>Shapes of tensors, of which a model has few: tensors of the same one share it.</summary>
internal sealed class SharedShapes
{
    private readonly long[]?[] _shapes = new long[256][];

    /// <summary><paramref name="shape"/> as an array, perhaps one that was given before.</summary>
    public long[] Get(ReadOnlySpan<long> shape)
    {
        var hash = default(HashCode);
        foreach (long size in shape)
        {
            hash.Add(size);
        }
        ref long[]? found = ref _shapes[hash.ToHashCode() & 0xFF];
        return found is not null && shape.SequenceEqual(found) ? found : found = shape.ToArray();
    }
}
