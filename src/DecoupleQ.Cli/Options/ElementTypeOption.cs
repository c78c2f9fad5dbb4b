using System.CommandLine;
using System.CommandLine.Parsing;
using DecoupleQ.Tensors;

namespace DecoupleQ.Cli.Options;

/// <summary>An option that takes the type of dense weights.</summary>
internal sealed class ElementTypeOption : Option<ElementType?>, IExpects
{
    private static readonly (string Name, ElementType Type)[] Types = [("f16", ElementType.F16), ("bf16", ElementType.BF16), ("f32", ElementType.F32)];

    private readonly ElementType _default;

    /// <param name="name">As typed, with its dashes.</param>
    /// <param name="description">For the help.</param>
    /// <param name="defaultValue">The type if none is given.</param>
    public ElementTypeOption(string name, string description, ElementType defaultValue)
        : base(name)
    {
        Description = $"{description} [default: {TextOf(defaultValue)}]";
        HelpName = string.Join('|', Types.Select(type => type.Name));
        CustomParser = Parse;
        _default = defaultValue;
    }

    public string Expected => "f16, bf16 or f32";

    /// <summary>How a type is written on the command line and in JSON.</summary>
    public static string TextOf(ElementType type) => Types.First(known => known.Type == type).Name;

    /// <summary>The type given, else the default.</summary>
    public ElementType ValueIn(ParseResult parse) => parse.GetValue(this) ?? _default;

    private static ElementType? Parse(ArgumentResult result)
    {
        string text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
        foreach ((string name, ElementType type) in Types)
        {
            if (name == text)
            {
                return type;
            }
        }
        result.AddError($"'{text}' cannot be used.");
        return null;
    }
}
