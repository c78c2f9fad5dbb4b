namespace DecoupleQ.Quantization;

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

    /// <exception cref="DecoupleQException">It is none of the values that its type names; names the option and those.</exception>
    public static void RequireKnown<T>(T value, string option)
        where T : struct, Enum => Require(Enum.IsDefined(value), value, option, string.Join(", ", Enum.GetNames<T>()));
}
