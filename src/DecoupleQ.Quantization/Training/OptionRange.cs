namespace DecoupleQ.Quantization.Training;

/// <summary>The error of an option outside its range.</summary>
internal static class OptionRange
{
    /// <exception cref="DecoupleQException">It does not hold; names the option and the range.</exception>
    public static void Require<T>(bool holds, T value, string option, string expected)
    {
        if (!holds)
        {
            throw new DecoupleQException($"{value} is out of range", field: option, expected: expected);
        }
    }
}
