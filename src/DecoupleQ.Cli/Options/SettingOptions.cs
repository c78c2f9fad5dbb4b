using System.CommandLine;
using DecoupleQ.Quantization.Settings;

namespace DecoupleQ.Cli.Options;

/// <summary>An option for every setting of a quantization.</summary>
internal sealed class SettingOptions
{
    // Those that are typed most, and those that other commands have by the same letter.
    private static readonly Dictionary<QuantizationSetting, string> ShortNames = new()
    {
        [QuantizationSettings.Bits] = "-b",
        [QuantizationSettings.GroupSize] = "-g",
        [QuantizationSettings.Context] = "-c",
        [QuantizationSettings.Seed] = "-s",
        [QuantizationSettings.Threads] = "-t",
    };

    private readonly (QuantizationSetting Setting, Option Option)[] _options = [.. QuantizationSettings.All.Select(setting => (setting, Create(setting)))];

    /// <summary>The options by what they are about.</summary>
    public IReadOnlyList<OptionGroup> Groups =>
        [.. _options.GroupBy(o => o.Setting.Group).Select(group => new OptionGroup(Heading(group.Key), [.. group.Select(o => o.Option)]))];

    /// <summary>What was given on the command line.</summary>
    public IReadOnlyList<SettingValue> In(ParseResult parse) =>
        [.. _options.Where(o => parse.GetResult(o.Option) is { Implicit: false }).Select(o => ValueOf(o.Setting, o.Option, parse))];

    /// <summary>Refuses what was given on the command line and does nothing beside the other settings.</summary>
    /// <exception cref="UsageException">There is such an option.</exception>
    public static void CheckAct(IReadOnlyList<SettingValue> given, QuantizationOptions options)
    {
        if (given.FirstOrDefault(value => !value.Setting.ActsIn(options)) is SettingValue idle)
        {
            throw new UsageException("It has no effect with the other settings.", "--" + idle.Setting.Name, $"--{idle.Setting.Condition} beside it");
        }
    }

    private static SettingValue ValueOf(QuantizationSetting setting, Option option, ParseResult parse) => option switch
    {
        SettingOption own => parse.GetValue(own)!,
        Option<bool> flag => ((QuantizationSetting<bool>)setting).Of(parse.GetValue(flag)),
        _ => throw new InvalidOperationException($"{option.Name} has no value."),
    };

    private static Option Create(QuantizationSetting setting)
    {
        Option option = setting.IsSwitch ? new Option<bool>("--" + setting.Name) : new SettingOption(setting);
        string condition = setting.Condition is string needed && setting.Group != SettingGroup.BlockTraining ? $" (with {needed})" : "";
        option.Description = setting.Description + condition + (setting.IsSwitch ? "" : $" [default: {setting.DefaultText}]");
        if (ShortNames.TryGetValue(setting, out string? shortName))
        {
            option.Aliases.Add(shortName);
        }
        return option;
    }

    private static string Heading(SettingGroup group) => group switch
    {
        SettingGroup.Format => "Format",
        SettingGroup.Calibration => "Calibration",
        SettingGroup.Solver => "Solving a layer (defaults are those of the paper preset)",
        SettingGroup.BlockTraining => "Training a block, with block-epochs above 0 (defaults are those of the paper preset)",
        _ => "The job",
    };
}
