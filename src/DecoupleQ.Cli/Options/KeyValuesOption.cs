using System.CommandLine;
using System.CommandLine.Parsing;
using DecoupleQ.Tensors;

namespace DecoupleQ.Cli.Options;

/// <summary>An option that takes a format of keys and values.</summary>
internal sealed class KeyValuesOption : Option<KeyValueFormat?>, IExpects
{
    private static readonly (string Name, KeyValueFormat Format)[] Formats =
        [("f16", KeyValueFormat.F16), ("f32", KeyValueFormat.F32), ("int8", KeyValueFormat.Int8)];

    private readonly KeyValueFormat _default;

    /// <param name="defaultValue">The format if none is given.</param>
    public KeyValuesOption(KeyValueFormat defaultValue)
        : base("--key-values")
    {
        Description = $"How keys and values of earlier tokens are kept [default: {Formats.First(f => f.Format == defaultValue).Name}]";
        HelpName = string.Join('|', Formats.Select(f => f.Name));
        CustomParser = Parse;
        _default = defaultValue;
    }

    public string Expected => "f16, f32 or int8";

    /// <summary>The format given, else the default.</summary>
    public KeyValueFormat ValueIn(ParseResult parse) => parse.GetValue(this) ?? _default;

    private static KeyValueFormat? Parse(ArgumentResult result)
    {
        string text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
        foreach ((string name, KeyValueFormat format) in Formats)
        {
            if (name == text)
            {
                return format;
            }
        }
        result.AddError($"'{text}' cannot be used.");
        return null;
    }
}
