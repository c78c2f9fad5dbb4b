using DecoupleQ.Quantization.Calibration;
using DecoupleQ.Quantization.Settings;
using DecoupleQ.Storage;

namespace DecoupleQ.Quantization.Recipes;

/// <summary>Reads what a recipe says.</summary>
/// <param name="file">Its path.</param>
internal sealed class RecipeReader(string file)
{
    internal const string Preset = "preset", Output = "output", Calibration = "calibration", Overrides = "overrides";

    // A recipe is a map that holds a list of maps; one level more, to say where a value is a list.
    private const int Depth = 4;

    private static readonly string[] Keys = [Preset, .. QuantizationSettings.All.Select(setting => setting.Name), Overrides, Calibration, Output];
    private static readonly string[] OverrideKeys =
        [LayerOverride.MatchKey, QuantizationSettings.Bits.Name, QuantizationSettings.GroupSize.Name, LayerOverride.SkipKey];

    /// <inheritdoc cref="Recipe.Read"/>
    public static Recipe Read(string path) => Parse(TextFile.Read(path, FileKind.Recipe), path);

    /// <summary>Reads a recipe from <paramref name="text"/>, which <paramref name="path"/> holds.</summary>
    /// <exception cref="DecoupleQException">It says what no recipe can.</exception>
    public static Recipe Parse(string text, string path) => new RecipeReader(path).Read(YamlTree.Parse(text, path, Depth));

    private Recipe Read(YamlTree? document)
    {
        if (document is not YamlMap map)
        {
            throw new DecoupleQException(
                document is null ? "The recipe is empty." : $"The recipe is {document.Kind}.", file, expected: "settings, such as 'bits: 2', one a line");
        }
        var recipe = new Recipe();
        var settings = new List<SettingValue>();
        foreach ((YamlScalar key, YamlTree value) in map.Entries)
        {
            switch (key.Text)
            {
                case Preset:
                    recipe = recipe with { Preset = PresetOf(value) };
                    break;
                case Output:
                    recipe = recipe with { Output = PathOf(value, Output, "the path of a folder") };
                    break;
                case Calibration:
                    recipe = recipe with { Calibration = PathsOf(value) };
                    break;
                case Overrides:
                    recipe = recipe with { Overrides = OverridesOf(value) };
                    break;
                default:
                    QuantizationSetting setting = QuantizationSettings.All.FirstOrDefault(s => s.Name == key.Text) ?? throw Unknown(key, key.Shown, Keys);
                    settings.Add(ValueOf(setting, value, setting.Name));
                    break;
            }
        }
        return recipe with { Settings = settings };
    }

    private Preset PresetOf(YamlTree value)
    {
        string expected = string.Join(", ", Settings.Preset.All.Select(preset => preset.Name));
        string name = Scalar(value, Preset, expected).Text;
        return Settings.Preset.All.FirstOrDefault(preset => preset.Name == name) ?? throw Wrong(value, Preset, expected);
    }

    private string[] PathsOf(YamlTree value)
    {
        const string expected = $"one or more paths of files, {CalibrationSource.Builtin} or {CalibrationSource.Self}";
        string[] paths =
        [
            .. (value is YamlList list ? list.Items : [value])
                .Select(item => item is YamlScalar { Text: string word } && !CalibrationSource.IsFile(word) ? word : PathOf(item, Calibration, expected)),
        ];
        return paths.Length > 0 ? paths : throw Wrong(value, Calibration, expected);
    }

    private string PathOf(YamlTree value, string key, string expected)
    {
        string path = Scalar(value, key, expected).Text;
        return path.Trim().Length > 0 && !path.Contains('\0', StringComparison.Ordinal)
            ? Path.Combine(Path.GetDirectoryName(file) ?? "", path)
            : throw Wrong(value, key, expected);
    }

    private LayerOverride[] OverridesOf(YamlTree value)
    {
        const string expected = "a list of maps such as {match: \"*.down_proj\", bits: 4}";
        return value is YamlList list
            ? [.. list.Items.Select((item, i) => item is YamlMap map ? OverrideOf(map, $"{Overrides}[{i}]") : throw Wrong(item, $"{Overrides}[{i}]", expected))]
            : throw Wrong(value, Overrides, expected);
    }

    private LayerOverride OverrideOf(YamlMap map, string name)
    {
        string? match = null;
        int? bits = null, groupSize = null;
        bool? skip = null;
        foreach ((YamlScalar key, YamlTree value) in map.Entries)
        {
            string field = $"{name}.{key.Shown}";
            if (key.Text == LayerOverride.MatchKey)
            {
                match = Scalar(value, field, LayerOverride.ExpectedMatch).Text;
            }
            else if (key.Text == QuantizationSettings.Bits.Name)
            {
                bits = Typed(QuantizationSettings.Bits.Type, value, field);
            }
            else if (key.Text == QuantizationSettings.GroupSize.Name)
            {
                groupSize = Typed(QuantizationSettings.GroupSize.Type, value, field);
            }
            else
            {
                skip = key.Text == LayerOverride.SkipKey ? Typed(SettingType.Switch, value, field) : throw Unknown(key, field, OverrideKeys);
            }
        }
        var change = new LayerOverride { Match = match ?? "", Bits = bits, GroupSize = groupSize, Skip = skip ?? false };
        if (change.Mistake is { } mistake)
        {
            throw new DecoupleQException($"{mistake.Message.TrimEnd('.')}, on line {map.Line}.", file, name, mistake.Expected);
        }
        return bits is null && groupSize is null && skip is null
            ? throw new DecoupleQException(
                $"It changes nothing, on line {map.Line}.",
                file,
                name,
                $"{QuantizationSettings.Bits}, {QuantizationSettings.GroupSize} or {LayerOverride.SkipKey}")
            : change;
    }

    private SettingValue ValueOf(QuantizationSetting setting, YamlTree value, string field) =>
        setting.Parse(Scalar(value, field, setting.Expected).Text) ?? throw Wrong(value, field, setting.Expected);

    private T Typed<T>(SettingType<T> type, YamlTree value, string field) =>
        type.TryParse(Scalar(value, field, type.Expected).Text, out T? read) ? read : throw Wrong(value, field, type.Expected);

    private YamlScalar Scalar(YamlTree value, string field, string expected) =>
        value is YamlScalar { IsMissing: false } scalar ? scalar : throw Wrong(value, field, expected);

    private DecoupleQException Wrong(YamlTree value, string field, string expected) => new($"Line {value.Line} has {value.Kind}.", file, field, expected);

    private DecoupleQException Unknown(YamlScalar key, string field, string[] known) => EditDistance.Nearest(key.Text, known) is string nearest
        ? new($"Line {key.Line} has an unknown key, did you mean {nearest}?", file, field)
        : new($"Line {key.Line} has an unknown key.", file, field, string.Join(", ", known));
}
