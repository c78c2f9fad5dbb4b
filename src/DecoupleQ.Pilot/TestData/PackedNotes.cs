using DecoupleQ.Quantization.Outputs;
using DecoupleQ.Quantization.Recipes;
using DecoupleQ.Quantization.Settings;
using DecoupleQ.Storage;

namespace DecoupleQ.Pilot.TestData;

/// <summary>What a packed folder says of how it was made; nothing is made up of one that does not.</summary>
internal static class PackedNotes
{
    /// <summary>The kinds of its calibration: <c>builtin</c>, <c>self</c>, <c>text</c>, <c>ids</c>; none where it does not say.</summary>
    /// <exception cref="DecoupleQException">The file that says it is damaged.</exception>
    public static IReadOnlyList<string> Calibration(string folder) =>
        JsonFile.ReadFieldsIfThere(Path.Combine(folder, FolderManifest.FileName)) is JsonSection report
            && report.Section("calibration") is JsonSection calibration && calibration.Optional("sources") is JsonSection sources
                ? [.. sources.Items().Select(source => source.Text())]
                : [];

    /// <summary>The preset whose values it was made with; null where it does not say, or none has them.</summary>
    public static Preset? PresetOf(string folder)
    {
        string path = Path.Combine(folder, Recipe.FileName);
        if (!File.Exists(path))
        {
            return null;
        }
        try
        {
            Dictionary<string, string> made = Recipe.Read(path).Settings.ToDictionary(value => value.Setting.Name, value => value.Text, StringComparer.Ordinal);
            return Preset.All.FirstOrDefault(preset => preset.Values.All(value => made.GetValueOrDefault(value.Setting.Name) == value.Text));
        }
        catch (DecoupleQException)
        {
            // Somebody else's file of that name says nothing.
            return null;
        }
    }
}
