using System.Numerics;

namespace DecoupleQ.Generation;

/// <summary>The numbers that an option takes.</summary>
/// <typeparam name="T">The option's type.</typeparam>
/// <param name="Expected">The numbers, in words.</param>
/// <param name="IsAllowed">Whether a finite number is one of them.</param>
public sealed record NumberRange<T>(string Expected, Func<T, bool> IsAllowed)
    where T : struct, INumber<T>
{
    /// <summary>Whether <paramref name="value"/> is one of them.</summary>
    public bool Contains(T value) => T.IsFinite(value) && IsAllowed(value);

    /// <exception cref="DecoupleQException">It is none of them; names the option and the range.</exception>
    internal T Require(T value, string option) => Contains(value)
        ? value
        : throw new DecoupleQException($"{value} is out of range.", field: option, expected: Expected);
}
