using System.CommandLine;
using System.CommandLine.Parsing;

namespace DecoupleQ.Cli.Options;

/// <summary>An option that takes one of a few values by name.</summary>
/// <typeparam name="T">The values' type.</typeparam>
internal abstract class NamedOption<T> : Option<T?>, IExpects
    where T : struct, Enum
{
    private readonly (string Name, T Value)[] _values;
    private readonly T? _default;

    /// <param name="name">As typed, with its dashes.</param>
    /// <param name="description">For the help.</param>
    /// <param name="values">The values with their names, at least two.</param>
    /// <param name="defaultValue">The value if none is given; null if there is none.</param>
    protected NamedOption(string name, string description, (string Name, T Value)[] values, T? defaultValue)
        : base(name)
    {
        (_values, _default) = (values, defaultValue);
        string[] names = [.. values.Select(value => value.Name)];
        Description = defaultValue is T value
            ? $"{description} [default: {values.First(known => known.Value.Equals(value)).Name}]"
            : description;
        HelpName = string.Join('|', names);
        Expected = $"{string.Join(", ", names[..^1])} or {names[^1]}";
        CustomParser = Parse;
        CompletionSources.Clear(); // the names of the type itself
        CompletionSources.Add(names);
    }

    public string Expected { get; }

    /// <summary>The value given, else the default.</summary>
    public T ValueIn(ParseResult parse) => parse.GetValue(this) ?? _default ?? throw new InvalidOperationException($"{Name} has no default.");

    private T? Parse(ArgumentResult result)
    {
        string text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
        foreach ((string name, T value) in _values)
        {
            if (name == text)
            {
                return value;
            }
        }
        result.AddError($"'{text}' cannot be used.");
        return null;
    }
}
