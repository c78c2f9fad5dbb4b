using System.Globalization;
using DecoupleQ.Pilot.Ladders;
using DecoupleQ.Pilot.Results;
using DecoupleQ.Quantization.Settings;

namespace DecoupleQ.Pilot.Jobs;

/// <summary>Settings of a ladder, as results have them.</summary>
internal static class LadderSettings
{
    /// <summary>As a result has it.</summary>
    public static SettingResult Of(LadderSetting setting) =>
        new(setting.Bits, setting.GroupSize, setting.EmbeddingBits, setting.HeadBits, setting.Preset.Name);

    /// <summary>From a result that the pilot itself has written.</summary>
    public static LadderSetting From(SettingResult setting) => new(
        setting.Bits, setting.GroupSize, setting.EmbeddingBits, setting.HeadBits, Preset.All.First(preset => preset.Name == setting.Preset));

    /// <summary>As options of <c>quantize</c>.</summary>
    public static string TextOf(SettingResult setting) => From(setting).ToString();

    /// <summary>A name for its folder.</summary>
    public static string NameOf(SettingResult setting) => string.Create(
        CultureInfo.InvariantCulture,
        $"b{setting.Bits}-{(setting.GroupSize < 0 ? "channel" : $"g{setting.GroupSize}")}-e{setting.EmbeddingBits}-h{setting.HeadBits}-{setting.Preset}");
}
