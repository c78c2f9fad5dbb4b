namespace DecoupleQ.Models;

/// <summary>Keys and values of one sequence's earlier tokens, of one block, in float32.</summary>
/// <param name="width">Numbers a token, of the keys and of the values alike.</param>
/// <param name="capacity">The most tokens it may hold.</param>
internal sealed class KeyValueCache(int width, int capacity)
{
    private float[] _keys = [];
    private float[] _values = [];

    /// <summary>Tokens held.</summary>
    public int Length { get; private set; }

    /// <summary>Keys of all tokens held, Length x width.</summary>
    public ReadOnlySpan<float> Keys => _keys.AsSpan(0, Length * width);

    /// <summary>Values of all tokens held, Length x width.</summary>
    public ReadOnlySpan<float> Values => _values.AsSpan(0, Length * width);

    /// <summary>Adds tokens at the end.</summary>
    /// <exception cref="InvalidOperationException">The cache is full.</exception>
    public void Append(ReadOnlySpan<float> keys, ReadOnlySpan<float> values)
    {
        int tokens = keys.Length / width;
        if (Length + tokens > capacity)
        {
            throw new InvalidOperationException($"The cache holds at most {capacity} tokens.");
        }
        int needed = (Length + tokens) * width;
        if (_keys.Length < needed)
        {
            int grown = Math.Min(capacity * width, Math.Max(needed, _keys.Length * 2));
            Array.Resize(ref _keys, grown);
            Array.Resize(ref _values, grown);
        }
        keys.CopyTo(_keys.AsSpan(Length * width));
        values.CopyTo(_values.AsSpan(Length * width));
        Length += tokens;
    }

    /// <summary>Forgets all but the first <paramref name="length"/> tokens.</summary>
    public void Truncate(int length) => Length = Math.Min(Length, length);
}
