using System.Text.Json.Nodes;
using DecoupleQ.Storage;

namespace DecoupleQ.Checkpoints;

/// <summary>What a packed folder's <c>config.json</c> says of its quantization, in decoupleq's spelling or mlx-lm's.</summary>
/// <remarks>
/// mlx-lm writes <c>quantization</c>: bits and group size, and an entry for each module that differs. decoupleq writes the same where MLX knows the
/// format, and always <c>quantization_config</c> with <c>"quant_method": "decoupleq"</c>, where the modules that differ stand under <c>modules</c>.
/// In both, a module without <c>.scales</c> is dense whatever the config says.
/// </remarks>
public sealed class QuantizationConfig
{
    /// <summary>The name of the method in <c>quant_method</c>.</summary>
    public const string Method = "decoupleq";

    internal const string MlxSection = "quantization";
    internal const string Section = "quantization_config";
    internal const string ModulesField = "modules";

    /// <summary>The keys of <c>quantization</c>, which has an entry for each module that differs, too.</summary>
    internal static KeyTable Keys { get; } = new(
        "quantization of config.json, and its entries", [.. KnownKey.Honoured("bits", "group_size", "mode"), .. KnownKey.Harmless("quant_method")]);

    internal static readonly string[] OwnFields = ["quant_method", "bits", "group_size", "sym", "mode", ModulesField];

    internal QuantizationConfig(AffineFormat format, IReadOnlyDictionary<string, AffineFormat?> modules, JsonObject provenance)
    {
        Format = format;
        Modules = modules;
        Provenance = provenance;
    }

    /// <summary>The format of every packed module that <see cref="Modules"/> does not name.</summary>
    public AffineFormat Format { get; }

    /// <summary>Modules that differ, by full path: their format, or null if they are dense.</summary>
    public IReadOnlyDictionary<string, AffineFormat?> Modules { get; }

    /// <summary>The other fields of <c>quantization_config</c>: where the model comes from. Empty in folders of MLX.</summary>
    public JsonObject Provenance { get; }

    /// <summary>The format of <paramref name="module"/>; null if it is declared dense.</summary>
    public AffineFormat? FormatOf(string module) => Modules.TryGetValue(module, out AffineFormat? format) ? format : Format;

    /// <summary>Reads the quantization of a model's config; null if the model is dense.</summary>
    /// <exception cref="DecoupleQException">It is quantized by another method, or in a way that is not supported.</exception>
    internal static QuantizationConfig? Parse(JsonSection config)
    {
        JsonSection? mlx = config.Section(MlxSection), section = config.Section(Section);
        if (section is JsonSection own && own.Text("quant_method") is string method)
        {
            if (method == Method)
            {
                return ParseOwn(own, mlx);
            }
            if (mlx is null)
            {
                throw own.Unexpected("quant_method", $"\"{Method}\", or a folder of mlx-lm; start from the unquantized model instead");
            }
        }
        // mlx-lm repeats its section under the other name, without a method; it reads "quantization" first.
        return (mlx ?? section) is JsonSection spelled ? ParseMlx(spelled) : null;
    }

    private static QuantizationConfig ParseOwn(JsonSection own, JsonSection? mlx)
    {
        if (own.Flag("sym") == true)
        {
            throw own.Unexpected("sym", "false: every group stores a bias");
        }
        AffineFormat format = AffineFormat.Parse(own);
        var modules = new Dictionary<string, AffineFormat?>();
        if (own.Section(ModulesField) is JsonSection entries)
        {
            foreach ((string module, JsonSection entry) in entries.Fields())
            {
                modules.Add(module, ParseEntry(entry, format));
            }
        }
        if (mlx is JsonSection other && !SameFormats(ParseMlx(other), format, modules))
        {
            throw new DecoupleQException($"It contradicts {Section}.", own.File, MlxSection, "the same bits and group sizes in both");
        }
        var provenance = own.ToObject();
        foreach (string field in OwnFields)
        {
            provenance.Remove(field);
        }
        return new QuantizationConfig(format, modules, provenance);
    }

    private static QuantizationConfig ParseMlx(JsonSection section)
    {
        AffineFormat format = AffineFormat.Parse(section);
        var modules = new Dictionary<string, AffineFormat?>();
        foreach ((string module, JsonSection value) in section.Fields())
        {
            // What is neither an object nor true or false is no entry of a module.
            if (value.IsObject || value.AsFlag is not null)
            {
                modules.Add(module, ParseEntry(value, format));
            }
            else if (!value.Is("null") && Keys.Find(module) is null)
            {
                throw value.Unexpected("no such field: it is not known here, and might change the weights");
            }
        }
        return new QuantizationConfig(format, modules, []);
    }

    private static AffineFormat? ParseEntry(JsonSection entry, AffineFormat format) => entry.AsFlag switch
    {
        false => null,
        true => format,
        null when entry.IsObject => ParseObject(entry),
        null => throw entry.Unexpected("bits and group_size, or false"),
    };

    private static AffineFormat ParseObject(JsonSection entry)
    {
        Keys.Check(entry);
        return AffineFormat.Parse(entry);
    }

    private static bool SameFormats(QuantizationConfig mlx, AffineFormat format, Dictionary<string, AffineFormat?> modules) =>
        mlx.Format == format
            && modules.Keys.Union(mlx.Modules.Keys).All(m => mlx.FormatOf(m) == (modules.TryGetValue(m, out AffineFormat? own) ? own : format));
}
