using System.Globalization;
using System.Text.Json.Nodes;
using DecoupleQ.Checkpoints;
using DecoupleQ.Quantization.Recipes;
using DecoupleQ.Quantization.Settings;

namespace DecoupleQ.Cli.Json;

/// <summary>The recipe that a model was quantized by.</summary>
/// <param name="Settings">All that it says: settings by name, then the overrides; null if it cannot be read.</param>
/// <param name="Summary">What of it is not the default, in a line; or why it cannot be read.</param>
internal sealed record ModelRecipe(JsonObject? Settings, string Summary)
{
    /// <summary>The recipe in <paramref name="folder"/>; null if decoupleq left none there. Other tools write files of the same name.</summary>
    /// <param name="folder">A model's folder.</param>
    /// <param name="record">What decoupleq wrote about the model.</param>
    public static ModelRecipe? ReadIfThere(string folder, QuantizationRecord? record)
    {
        string path = Path.Combine(folder, Recipe.FileName);
        if (record is null || !File.Exists(path))
        {
            return null;
        }
        try
        {
            var recipe = Recipe.Read(path);
            return new(ToJson(recipe), Describe(recipe));
        }
        catch (DecoupleQException error)
        {
            // A later version's, perhaps; what else there is to know of the model does not depend on it.
            return new(null, $"cannot be read: {error.Message}");
        }
    }

    private static JsonObject ToJson(Recipe recipe)
    {
        var json = new JsonObject();
        foreach (SettingValue value in recipe.Settings)
        {
            json.Add(value.Setting.Name, ToJson(value.Text));
        }
        json.Add("overrides", new JsonArray([.. (recipe.Overrides ?? []).Select(ToJson)]));
        return json;
    }

    private static JsonNode ToJson(string text) => text switch
    {
        "true" or "false" => JsonValue.Create(text == "true"),
        _ => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _) ? JsonNode.Parse(text)! : JsonValue.Create(text),
    };

    private static JsonNode ToJson(LayerOverride change)
    {
        var json = new JsonObject { ["match"] = change.Match };
        foreach ((string key, int? value) in (ReadOnlySpan<(string, int?)>)[("bits", change.Bits), ("group-size", change.GroupSize)])
        {
            if (value is int number)
            {
                json.Add(key, number);
            }
        }
        if (change.Skip)
        {
            json.Add("skip", true);
        }
        return json;
    }

    private static string Describe(Recipe recipe)
    {
        HashSet<(string, string)> said = [.. recipe.Settings.Select(value => (value.Setting.Name, value.Text))];
        Preset? preset = Preset.All.FirstOrDefault(preset => preset.Values.All(value => said.Contains((value.Setting.Name, value.Text))));
        HashSet<QuantizationSetting> covered = [.. preset?.Values.Select(value => value.Setting) ?? []];
        IEnumerable<string> changes = recipe.Settings.Where(value => value.Text != value.Setting.DefaultText && !covered.Contains(value.Setting))
            .Select(value => value.ToString());
        return string.Join(
            ", ",
            [.. preset is null ? (string[])[] : [$"preset: {preset}"], .. changes, .. (recipe.Overrides ?? []).Select(change => change.ToString())]);
    }
}
