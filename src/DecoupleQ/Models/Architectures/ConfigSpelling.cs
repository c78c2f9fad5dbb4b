using System.Text.Json.Nodes;
using DecoupleQ.Checkpoints.Gguf;

namespace DecoupleQ.Models.Architectures;

/// <summary>
/// Writes a config as transformers 5 spells it and as its earlier versions do, in agreement: <c>rope_parameters</c> beside <c>rope_theta</c> and
/// <c>rope_scaling</c>, <c>dtype</c> beside <c>torch_dtype</c>, Gemma's <c>layer_types</c> beside <c>sliding_window_pattern</c>.
/// </summary>
/// <remarks>A reader that knows one spelling alone takes its own defaults for the other, and is wrong without a word.</remarks>
internal static class ConfigSpelling
{
    private const string Kind = "rope_type", OldKind = "type", Type = "dtype", OldType = "torch_dtype";
    private const string Full = "full_attention", Sliding = "sliding_attention", Layers = "layer_types";
    private const string Pattern = Gemma3.LayerPattern, StoredPattern = Gemma3.StoredPattern;

    /// <summary>A config that says what <paramref name="config"/> says, in both spellings; parameters that have no older spelling stay as they are.</summary>
    /// <param name="config">The config; not changed.</param>
    public static JsonObject Both(JsonObject config)
    {
        var both = (JsonObject)config.DeepClone();
        if ((both[Type] ?? both[OldType]) is JsonNode type)
        {
            both[Type] = type.DeepClone();
            both[OldType] = type.DeepClone();
        }
        string? family = Text(both["model_type"]);
        bool hasKinds = NotEmpty(both, RotaryConfig.Parameters)?.Any(entry => entry.Value is JsonObject) ?? false;
        if (family == Gemma3.Family && (hasKinds || NotEmpty(both, RotaryConfig.Parameters) is null))
        {
            AddKinds(both);
            AddLayers(both);
        }
        else if (!hasKinds)
        {
            AddShared(both, Architecture.DefaultTheta(family));
        }
        return both;
    }

    // One embedding for all layers. RotaryConfig says which fields count.
    private static void AddShared(JsonObject config, double? defaultTheta)
    {
        JsonObject? scaling = NotEmpty(config, RotaryConfig.Scaling);
        JsonObject used = scaling ?? NotEmpty(config, RotaryConfig.Parameters) ?? [];
        if (Theta(used, config[RotaryConfig.Theta], defaultTheta) is not JsonNode theta)
        {
            return;
        }
        config[RotaryConfig.Parameters] = Parameters(used, theta);
        AddOlder(config, used, scaling, theta);
    }

    // An embedding for each kind of layer of Gemma; the older scaling goes over that of the layers that see everything.
    private static void AddKinds(JsonObject config)
    {
        JsonObject? scaling = NotEmpty(config, RotaryConfig.Scaling), kinds = NotEmpty(config, RotaryConfig.Parameters);
        var full = (JsonObject)((kinds?[Full] as JsonObject)?.DeepClone() ?? new JsonObject());
        foreach ((string name, JsonNode? value) in scaling ?? [])
        {
            full[name] = value?.DeepClone();
        }
        JsonObject near = kinds?[Sliding] as JsonObject ?? [];
        JsonNode theta = Theta(full, config[RotaryConfig.Theta], Gemma3.DefaultTheta)!;
        JsonNode nearTheta = Theta(near, config[Gemma3.LocalTheta], Gemma3.DefaultLocalTheta)!;
        config[RotaryConfig.Parameters] = new JsonObject { [Full] = Parameters(full, theta), [Sliding] = Parameters(near, nearTheta) };
        if (KindOf(near) == "default")
        {
            config[Gemma3.LocalTheta] = nearTheta.DeepClone();
            AddOlder(config, full, scaling, theta);
        }
    }

    private static void AddOlder(JsonObject config, JsonObject used, JsonObject? scaling, JsonNode theta)
    {
        config[RotaryConfig.Theta] = theta.DeepClone();
        string kind = KindOf(used);
        if (kind == "default")
        {
            if (config.ContainsKey(RotaryConfig.Scaling))
            {
                config[RotaryConfig.Scaling] = null;
            }
            return;
        }
        var older = (JsonObject)(scaling ?? used).DeepClone();
        older.Remove(RotaryConfig.Theta);
        if (scaling is null && kind == "linear")
        {
            // Versions before 4.43 know this name alone, and this kind.
            older[OldKind] = kind;
        }
        config[RotaryConfig.Scaling] = older;
    }

    private static void AddLayers(JsonObject config)
    {
        if (Integer(config["num_hidden_layers"]) is not int blocks)
        {
            return;
        }
        if (config[Layers] is not JsonArray layers)
        {
            int pattern = Integer(config[Pattern]) ?? Integer(config[StoredPattern]) ?? Gemma3.DefaultPattern;
            SetPattern(config, pattern);
            config[Layers] = new JsonArray([.. Enumerable.Range(1, blocks).Select(layer => (JsonNode)(layer % pattern != 0 ? Sliding : Full))]);
            return;
        }
        bool[] slides = [.. layers.Select(layer => Text(layer) == Sliding)];
        // Without a layer that sees everything any number beyond the last will do.
        int first = Array.IndexOf(slides, false) + 1;
        foreach (int every in (int[])[Integer(config[Pattern]) ?? Gemma3.DefaultPattern, first == 0 ? blocks + 1 : first])
        {
            if (slides.Length == blocks && slides.Index().All(layer => layer.Item == ((layer.Index + 1) % every != 0)))
            {
                SetPattern(config, every);
                return;
            }
        }
        // No pattern says it, and one that says otherwise would be taken at its word by those who do not know the list.
        config.Remove(Pattern);
        config.Remove(StoredPattern);
    }

    private static void SetPattern(JsonObject config, int pattern)
    {
        config[Pattern] = pattern;
        if (config.ContainsKey(StoredPattern))
        {
            config[StoredPattern] = pattern;
        }
    }

    private static JsonObject Parameters(JsonObject used, JsonNode theta)
    {
        var parameters = new JsonObject { [Kind] = KindOf(used), [RotaryConfig.Theta] = theta.DeepClone() };
        foreach ((string name, JsonNode? value) in used)
        {
            if (value is not null && name is not (Kind or OldKind or RotaryConfig.Theta))
            {
                parameters[name] = name.EndsWith("factor", StringComparison.Ordinal) ? Float(value) : value.DeepClone();
            }
        }
        return parameters;
    }

    private static JsonNode? Theta(JsonObject used, JsonNode? older, double? byDefault) =>
        (used[RotaryConfig.Theta] ?? older) is JsonNode given ? Float(given) : byDefault is double theta ? GgufConfig.Float(theta) : null;

    // transformers warns of an integer here.
    private static JsonNode Float(JsonNode number) =>
        number is JsonValue value && value.TryGetValue(out double real) ? GgufConfig.Float(real) : number.DeepClone();

    private static string KindOf(JsonObject parameters) => Text(parameters[Kind]) ?? Text(parameters[OldKind]) ?? "default";

    private static JsonObject? NotEmpty(JsonObject config, string field) =>
        config[field] is JsonObject section && section.Any(entry => entry.Value is not null) ? section : null;

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    private static int? Integer(JsonNode? node) =>
        node is JsonValue value && double.TryParse(value.ToJsonString(), System.Globalization.CultureInfo.InvariantCulture, out double number)
            && number is >= 1 and <= 100_000 && number == Math.Floor(number)
            ? (int)number
            : null;
}
