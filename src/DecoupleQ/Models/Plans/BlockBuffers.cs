namespace DecoupleQ.Models.Plans;

/// <summary>Memory for the values of a block, one array a value, reused from block to block.</summary>
internal sealed class BlockBuffers
{
    private float[][] _values = [];

    /// <summary>Room for <paramref name="tokens"/> rows of <paramref name="value"/>; what it held is kept if it was large enough.</summary>
    public float[] Rows(PlanValue value, int tokens)
    {
        if (_values.Length <= value.Index)
        {
            int before = _values.Length;
            Array.Resize(ref _values, value.Index + 1);
            Array.Fill(_values, [], before, _values.Length - before);
        }
        int length = checked(tokens * value.Width);
        if (_values[value.Index].Length < length)
        {
            _values[value.Index] = new float[length];
        }
        return _values[value.Index];
    }
}
