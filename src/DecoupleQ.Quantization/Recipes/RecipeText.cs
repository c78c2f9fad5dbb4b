using System.Globalization;
using System.Text;
using DecoupleQ.Quantization.Calibration;
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
        text.Append(CultureInfo.InvariantCulture, $"\n{RecipeReader.Overrides}:{(options.Overrides.Count == 0 ? " []" : "")}\n");
        foreach (LayerOverride change in options.Overrides)
        {
            text.Append(CultureInfo.InvariantCulture, $"  - {change}\n");
        }
        // Files may lie elsewhere the next time; what comes with the library or the model does not.
        if (!options.Calibration.Any(CalibrationSource.IsFile))
        {
            text.Append(CultureInfo.InvariantCulture, $"\n{RecipeReader.Calibration}: [{string.Join(", ", options.Calibration)}]\n");
        }
        return text.ToString();
    }
}
