using System.Text.Json.Nodes;

namespace DecoupleQ.Checkpoints;

/// <summary>The <c>config.json</c> of a packed folder.</summary>
internal static class PackedConfig
{
    /// <summary>The dense model's config with its quantization added; <see cref="QuantizationConfig"/> reads it back.</summary>
    /// <param name="dense">The dense model's config; not changed.</param>
    /// <param name="format">The format of the packed modules.</param>
    /// <param name="exceptions">
    /// Modules that differ, by full path: their format, or null if they are dense. A dense module needs no entry, because readers
    /// (mlx-lm among them) take a module without <c>.scales</c> as dense.
    /// </param>
    /// <param name="provenance">Further fields of <c>quantization_config</c>; nothing that differs between two runs on the same input.</param>
    /// <remarks><c>quantization</c>, which mlx-lm reads, is written only if MLX knows every format: whole rows it does not.</remarks>
    /// <exception cref="ArgumentException">A field of the provenance has the name of one that is written anyway.</exception>
    public static JsonObject Create(
        JsonObject dense,
        AffineFormat format,
        IReadOnlyDictionary<string, AffineFormat?> exceptions,
        JsonObject provenance)
    {
        if (QuantizationConfig.OwnFields.FirstOrDefault(provenance.ContainsKey) is string taken)
        {
            throw new ArgumentException($"{taken} is a field of the format, not of the provenance.", nameof(provenance));
        }
        (string Module, AffineFormat? Format)[] modules =
            [.. exceptions.Where(e => e.Value != format).OrderBy(e => e.Key, StringComparer.Ordinal).Select(e => (e.Key, e.Value))];
        var config = (JsonObject)dense.DeepClone();
        config.Remove(QuantizationConfig.MlxSection);
        config.Remove(QuantizationConfig.Section);
        if (format.IsKnownToMlx && modules.All(m => m.Format is null or { IsKnownToMlx: true }))
        {
            JsonObject mlx = Entry(format);
            mlx.Add("mode", "affine");
            AddModules(mlx, modules);
            config.Add(QuantizationConfig.MlxSection, mlx);
        }
        var own = new JsonObject
        {
            ["quant_method"] = QuantizationConfig.Method,
            ["bits"] = format.Bits,
            ["group_size"] = format.GroupSize,
            ["sym"] = false,
        };
        if (modules.Length > 0)
        {
            var entries = new JsonObject();
            AddModules(entries, modules);
            own.Add(QuantizationConfig.ModulesField, entries);
        }
        foreach ((string field, JsonNode? value) in provenance)
        {
            own.Add(field, value?.DeepClone());
        }
        config.Add(QuantizationConfig.Section, own);
        return config;
    }

    private static void AddModules(JsonObject target, (string Module, AffineFormat? Format)[] modules)
    {
        foreach ((string module, AffineFormat? format) in modules)
        {
            target.Add(module, format is AffineFormat own ? Entry(own) : JsonValue.Create(false));
        }
    }

    private static JsonObject Entry(AffineFormat format) => new() { ["group_size"] = format.GroupSize, ["bits"] = format.Bits };
}
