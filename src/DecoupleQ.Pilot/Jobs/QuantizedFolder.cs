using DecoupleQ.Pilot.Ladders;
using DecoupleQ.Quantization.Outputs;
using DecoupleQ.Quantization.Recipes;
using DecoupleQ.Quantization.Settings;

namespace DecoupleQ.Pilot.Jobs;

/// <summary>A folder that a setting was quantized into by a run that was ended before it could say so.</summary>
internal static class QuantizedFolder
{
    /// <summary>Whether a folder is whole, file by file as it was written, and of a setting.</summary>
    /// <param name="folder">The folder; it need not be there.</param>
    /// <param name="setting">The setting.</param>
    /// <param name="options">How settings are quantized.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public static bool IsWhole(string folder, LadderSetting setting, QuantizationOptions options, CancellationToken cancellationToken)
    {
        if (FolderManifest.Read(folder) is not FolderManifest manifest || manifest.Changed(folder, cancellationToken).Count > 0)
        {
            return false;
        }
        Recipe recipe;
        try
        {
            recipe = Recipe.Read(Path.Combine(folder, Recipe.FileName));
        }
        catch (DecoupleQException)
        {
            return false;
        }
        QuantizationOptions wanted = setting.ApplyTo(options);
        // What a recipe says of windows is what the job made of the options, which need not say anything.
        return recipe.Settings.Where(value => value.Setting.DeterminesResult && value.Setting.Group != SettingGroup.Calibration)
            .All(value => value.Setting.TextIn(wanted) == value.Text);
    }
}
