using DecoupleQ.Tensors;

namespace DecoupleQ.Cli.Options;

/// <summary>An option that takes the type of dense weights.</summary>
/// <param name="name">As typed, with its dashes.</param>
/// <param name="description">For the help.</param>
/// <param name="defaultValue">The type if none is given.</param>
internal sealed class ElementTypeOption(string name, string description, ElementType defaultValue)
    : NamedOption<ElementType>(name, description, Types, defaultValue)
{
    private static readonly (string Name, ElementType Type)[] Types = [("f16", ElementType.F16), ("bf16", ElementType.BF16), ("f32", ElementType.F32)];

    /// <summary>How a type is written on the command line and in JSON.</summary>
    public static string TextOf(ElementType type) => Types.First(known => known.Type == type).Name;
}
