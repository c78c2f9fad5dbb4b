using System.CommandLine;
using System.CommandLine.Parsing;
using DecoupleQ.Pilot.Jobs;
using DecoupleQ.Pilot.Ladders;
using DecoupleQ.Quantization.Settings;

namespace DecoupleQ.Cli.Options;

/// <summary>Which settings a pilot tries: every combination.</summary>
internal sealed class PilotLadderOptions
{
    private const string AsStored = "as-stored";

    private static readonly LadderOptions Defaults = PilotOptions.DefaultLadder;

    private readonly NumbersOption _bits = new("--try-bits", "Bits of a weight to try", OptionRange.OneOf(2, 3, 4, 8), Defaults.Bits);

    private readonly NumbersOption _groups = new(
        "--try-group-sizes", "Inputs that share a scale, to try; -1 for the whole row", OptionRange.OneOf(-1, 32, 64, 128), Defaults.GroupSizes);

    private readonly NamesOption<Preset> _presets = new(
        "--try-presets", "Presets to try, as of quantize", [.. Preset.All.Select(preset => (preset.Name, preset))], Defaults.Presets);

    private readonly NamesOption<(int Embedding, int Head)> _tables = new(
        "--try-tables",
        "Bits of embedding and head to try",
        [("8", (8, 8)), ("4", (4, 4)), (AsStored, (LadderSetting.AsStored, LadderSetting.AsStored))],
        Defaults.Tables);

    /// <summary>All of them.</summary>
    public IReadOnlyList<Option> All => [_bits, _groups, _presets, _tables];

    /// <summary>The settings to try.</summary>
    public LadderOptions In(ParseResult parse) => new()
    {
        Bits = parse.GetValue(_bits) is { Length: > 0 } bits ? bits : Defaults.Bits,
        GroupSizes = parse.GetValue(_groups) is { Length: > 0 } groups ? groups : Defaults.GroupSizes,
        Presets = parse.GetValue(_presets) is { Length: > 0 } presets ? presets : Defaults.Presets,
        Tables = parse.GetValue(_tables) is { Length: > 0 } tables ? tables : Defaults.Tables,
    };

    /// <summary>An option that takes some of a few values by name.</summary>
    private sealed class NamesOption<T> : Option<T[]>, IExpects
    {
        public NamesOption(string name, string description, IReadOnlyList<(string Name, T Value)> values, IReadOnlyList<T> defaultValue)
            : base(name)
        {
            string[] names = [.. values.Select(value => value.Name)];
            Description = $"{description} [default: {string.Join(' ', defaultValue.Select(value => values.First(known => known.Value!.Equals(value)).Name))}]";
            HelpName = string.Join('|', names) + "...";
            Expected = $"{string.Join(", ", names[..^1])} or {names[^1]}";
            Arity = ArgumentArity.OneOrMore;
            AllowMultipleArgumentsPerToken = true;
            CompletionSources.Clear();
            CompletionSources.Add(names);
            CustomParser = result => [.. result.Tokens.Select(token => Parse(token.Value, values, result))];
        }

        public string Expected { get; }

        private static T Parse(string text, IReadOnlyList<(string Name, T Value)> values, ArgumentResult result)
        {
            foreach ((string name, T value) in values)
            {
                if (name == text)
                {
                    return value;
                }
            }
            result.AddError($"'{text}' cannot be used.");
            return default!;
        }
    }
}
