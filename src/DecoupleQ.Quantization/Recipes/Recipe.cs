using DecoupleQ.Quantization.Settings;

namespace DecoupleQ.Quantization.Recipes;

/// <summary>Settings of a job, as a file says them. What it does not say is null or not in <see cref="Settings"/>.</summary>
public sealed record Recipe
{
    /// <summary>The name of the recipe in the folder of a quantized model: every setting that its bytes depend on.</summary>
    public const string FileName = "recipe.yaml";

    /// <summary>The preset that the recipe's settings change.</summary>
    public Preset? Preset { get; init; }

    /// <summary>Values of settings.</summary>
    public IReadOnlyList<SettingValue> Settings { get; init; } = [];

    /// <summary>Layers that are quantized otherwise, or not at all.</summary>
    public IReadOnlyList<LayerOverride>? Overrides { get; init; }

    /// <summary>The calibration files, and words of <see cref="Quantization.Calibration.CalibrationSource"/>.</summary>
    public IReadOnlyList<string>? Calibration { get; init; }

    /// <summary>The folder to write.</summary>
    public string? Output { get; init; }

    /// <summary>Reads a recipe. Relative paths in it start from its folder.</summary>
    /// <param name="path">A YAML file of at most 1 MB.</param>
    /// <exception cref="DecoupleQException">It cannot be read, or says what no recipe can: names the file, the line and the key.</exception>
    public static Recipe Read(string path) => RecipeReader.Read(path);

    /// <summary>Options with what the recipe says: first its preset, then its settings.</summary>
    public QuantizationOptions ApplyTo(QuantizationOptions options)
    {
        options = Settings.Aggregate(Preset?.ApplyTo(options) ?? options, (current, value) => value.Set(current));
        return options with
        {
            Overrides = Overrides ?? options.Overrides,
            Calibration = Calibration ?? options.Calibration,
            Output = Output ?? options.Output,
        };
    }
}
