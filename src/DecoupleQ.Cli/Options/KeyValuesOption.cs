using DecoupleQ.Tensors;

namespace DecoupleQ.Cli.Options;

/// <summary>An option that takes a format of keys and values.</summary>
/// <param name="defaultValue">The format if none is given.</param>
internal sealed class KeyValuesOption(KeyValueFormat defaultValue)
    : NamedOption<KeyValueFormat>("--key-values", "How keys and values of earlier tokens are kept", Formats, defaultValue)
{
    private static readonly (string Name, KeyValueFormat Format)[] Formats =
        [("f16", KeyValueFormat.F16), ("f32", KeyValueFormat.F32), ("int8", KeyValueFormat.Int8)];
}
