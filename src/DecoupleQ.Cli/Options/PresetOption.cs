using System.CommandLine;
using DecoupleQ.Quantization.Settings;

namespace DecoupleQ.Cli.Options;

/// <summary><c>--preset</c>.</summary>
internal sealed class PresetOption : Option<Preset?>, IExpects
{
    public PresetOption()
        : base("--preset")
    {
        Description = "How layers are solved and blocks trained: " +
            $"{string.Join("; ", Preset.All.Select(preset => $"{preset.Name}, {preset.Description}"))} [default: {Preset.All[0]}]";
        HelpName = string.Join('|', Preset.All);
        CompletionSources.Clear(); // the names of the type itself
        CompletionSources.Add([.. Preset.All.Select(preset => preset.Name)]);
        CustomParser = result =>
        {
            string text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
            if (Preset.All.FirstOrDefault(preset => preset.Name == text) is Preset preset)
            {
                return preset;
            }
            result.AddError($"'{text}' cannot be used.");
            return null;
        };
    }

    public string Expected => string.Join(", ", Preset.All.SkipLast(1)) + " or " + Preset.All[^1];
}
