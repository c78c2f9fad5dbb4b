using DecoupleQ.Quantization.Settings;

namespace DecoupleQ.Quantization.Tests.Settings;

/// <summary>Texts that settings take: each setting takes at least one of them beside its default.</summary>
internal static class Values
{
    public static readonly string[] Texts =
    [
        "3", "4", "8", "2", "1", "0", "16", "32", "128", "-1", "0.5", "0.02", "true", "false", "f16", "f32", "all", "auto", "none", "200MB",
        "gptq", "projected-gradient", "coordinate-descent", "min-max-shrink", "diagonal-search", "neuqi", "constant", "cosine", "given", "shuffled",
        "quantized-stream", "dense-stream", "mean-squared", "relative", "decreasing",
        "straight-through",
    ];

    /// <summary>A value of <paramref name="setting"/> other than <paramref name="text"/>.</summary>
    public static SettingValue Other(QuantizationSetting setting, string text) =>
        Texts.Select(setting.Parse).First(value => value is not null && value.Text != text)!;
}
