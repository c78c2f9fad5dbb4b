using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;

namespace DecoupleQ.Cli.Options;

/// <summary>An option that takes one number, written as in code (a decimal point, no separators).</summary>
/// <typeparam name="T">The number's type.</typeparam>
internal sealed class NumberOption<T> : Option<T?>, IExpects
    where T : struct, INumber<T>
{
    /// <param name="name">As typed, with its dashes.</param>
    /// <param name="description">For the help.</param>
    /// <param name="expected">The numbers allowed, in words.</param>
    /// <param name="isAllowed">The numbers allowed.</param>
    /// <param name="defaultValue">Null for an option without a default.</param>
    public NumberOption(string name, string description, string expected, Func<T, bool> isAllowed, T? defaultValue = null)
        : base(name)
    {
        Description = description;
        Expected = expected;
        HelpName = typeof(T) == typeof(double) ? "X" : "N";
        CustomParser = result => Parse(result, isAllowed);
        if (defaultValue is T value)
        {
            DefaultValueFactory = _ => value;
        }
    }

    /// <param name="name">As typed, with its dashes.</param>
    /// <param name="description">For the help.</param>
    /// <param name="range">The numbers allowed.</param>
    /// <param name="defaultValue">Null for an option without a default.</param>
    public NumberOption(string name, string description, OptionRange<T> range, T? defaultValue = null)
        : this(name, description, range.Expected, range.Contains, defaultValue)
    {
    }

    public string Expected { get; }

    /// <summary>The value given, else the default.</summary>
    public T ValueIn(ParseResult parse) => parse.GetValue(this) ?? throw new InvalidOperationException($"{Name} has no default.");

    private T? Parse(ArgumentResult result, Func<T, bool> isAllowed)
    {
        string text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
        if (T.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out T value) && T.IsFinite(value) && isAllowed(value))
        {
            return value;
        }
        result.AddError($"'{text}' cannot be used.");
        return null;
    }
}
