using System.Globalization;
using System.Text;
using System.Text.Json;
using DecoupleQ.Quantization.Jobs;
using DecoupleQ.Quantization.Settings;

namespace DecoupleQ.Quantization.Recipes;

/// <summary>Writes the recipe of a job: every setting that its result depends on, so that <see cref="Recipe.Read"/> gives the same job again.</summary>
internal static class RecipeText
{
    /// <summary>The recipe. The same settings give the same text.</summary>
    public static string Of(QuantizationOptions options)
    {
        var text = new StringBuilder();
        text.Append("# The settings that this model was quantized with. Quantize again, with the same calibration files, by --recipe.\n");
        foreach (IGrouping<SettingGroup, QuantizationSetting> group in QuantizationSettings.OfResult.GroupBy(setting => setting.Group))
        {
            text.Append('\n');
            foreach (QuantizationSetting setting in group)
            {
                text.Append(CultureInfo.InvariantCulture, $"{setting.Name}: {setting.TextIn(options)}\n");
            }
        }
        text.Append(CultureInfo.InvariantCulture, $"\n{RecipeReader.Overrides}: {OverridesOf(options)}\n");
        return text.ToString();
    }

    /// <summary>The overrides, one a line, in YAML.</summary>
    public static string OverridesOf(QuantizationOptions options) =>
        options.Overrides.Count == 0 ? "[]" : string.Concat(options.Overrides.Select(change => "\n  - " + InOneLine(change)));

    /// <summary>An override in YAML, on one line.</summary>
    public static string InOneLine(LayerOverride change)
    {
        // What JSON quotes, YAML reads.
        List<string> parts = [$"{RecipeReader.Match}: {JsonSerializer.Serialize(change.Match, RecipeJson.Default.String)}"];
        if (change.Bits is int bits)
        {
            parts.Add(QuantizationSettings.Bits.Of(bits).ToString());
        }
        if (change.GroupSize is int groupSize)
        {
            parts.Add(QuantizationSettings.GroupSize.Of(groupSize).ToString());
        }
        if (change.Skip || parts.Count == 1)
        {
            parts.Add($"{RecipeReader.Skip}: {(change.Skip ? "true" : "false")}");
        }
        return $"{{{string.Join(", ", parts)}}}";
    }
}
