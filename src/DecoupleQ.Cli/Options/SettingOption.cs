using System.CommandLine;
using DecoupleQ.Quantization.Settings;

namespace DecoupleQ.Cli.Options;

/// <summary>The option of a setting that takes a value.</summary>
internal sealed class SettingOption : Option<SettingValue?>, IExpects
{
    public SettingOption(QuantizationSetting setting)
        : base("--" + setting.Name)
    {
        Expected = setting.Expected;
        HelpName = setting.Placeholder;
        // Names and numbers to choose from; kinds of numbers are told in several words.
        CompletionSources.Add([.. setting.Expected.Split([", or ", ", ", " or "], StringSplitOptions.None).Where(value => !value.Contains(' '))]);
        CustomParser = result =>
        {
            string text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
            if (setting.Parse(text) is SettingValue value)
            {
                return value;
            }
            result.AddError($"'{text}' cannot be used.");
            return null;
        };
    }

    public string Expected { get; }
}
