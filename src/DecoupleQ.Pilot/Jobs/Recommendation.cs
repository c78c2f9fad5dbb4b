using System.Text.Json;
using DecoupleQ.Pilot.Guidelines;
using DecoupleQ.Pilot.Ladders;
using DecoupleQ.Pilot.Results;
using DecoupleQ.Pilot.Thresholds;

namespace DecoupleQ.Pilot.Jobs;

/// <summary>Which setting to take: the cheapest that passes, with the command that makes such a model.</summary>
/// <param name="IsRecommended">Whether it passes; else it is the nearest there is, and is not to be taken.</param>
/// <param name="Setting">The setting; null where none was measured to the end.</param>
/// <param name="Reason">Why this one.</param>
/// <param name="Verdict">The verdict on it; null without limits.</param>
/// <param name="BitsPerWeight">Bits of the whole model over its weights.</param>
/// <param name="Folder">The folder of the model, made already.</param>
/// <param name="Command">The command that makes it again.</param>
public sealed record Recommendation(
    bool IsRecommended, SettingResult? Setting, ChoiceReason? Reason, Verdict? Verdict, double? BitsPerWeight, string? Folder, string? Command)
{
    /// <summary>What a result recommends.</summary>
    /// <param name="result">The result of a pilot that tried settings.</param>
    /// <param name="options">What it was asked.</param>
    public static Recommendation Of(PilotResult result, PilotOptions options)
    {
        ArgumentNullException.ThrowIfNull(result);
        ArgumentNullException.ThrowIfNull(options);
        if (result.Chosen is not ChosenResult chosen)
        {
            return new(false, null, null, result.Verdict, null, null, null);
        }
        string folder = options.Packed ?? Path.Combine(options.Output, chosen.Folder);
        return new(
            result.Verdict == Thresholds.Verdict.Pass, chosen.Setting, chosen.Reason, result.Verdict, chosen.BitsPerWeight, folder,
            options.Packed is null ? CommandOf(chosen.Setting, options) : null);
    }

    /// <summary>As JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, PilotJson.Default.Recommendation);

    private static string CommandOf(SettingResult setting, PilotOptions options)
    {
        IEnumerable<string> others = QuantizingResult.Of(options.Quantization, []).Settings.OrderBy(given => given.Key, StringComparer.Ordinal)
            .SelectMany(given => new[] { "--" + given.Key, given.Value });
        string[] words =
        [
            "decoupleq", "quantize", options.Model, "-o", "OUT", "--calibration", .. options.Quantization.Calibration,
            .. LadderSettings.TextOf(setting).Split(' '), .. others,
        ];
        return string.Join(' ', words.Select(PilotCommandText.Word));
    }
}
