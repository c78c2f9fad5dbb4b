using System.CommandLine;
using DecoupleQ.Cli.Progress;

namespace DecoupleQ.Cli.Options;

/// <summary><c>--progress</c>.</summary>
internal sealed class ProgressOption : Option<ProgressMode>, IExpects
{
    private const string OptionName = "--progress";

    private static readonly (string Name, ProgressMode Mode)[] Modes = [("auto", ProgressMode.Auto), ("json", ProgressMode.Json), ("none", ProgressMode.None)];

    public ProgressOption()
        : base(OptionName)
    {
        Description = "On standard error: auto for bars on a terminal and lines elsewhere, json for an event a line, none for nothing [default: auto]";
        HelpName = string.Join('|', Modes.Select(mode => mode.Name));
        CompletionSources.Clear(); // the names of the type itself
        CompletionSources.Add([.. Modes.Select(mode => mode.Name)]);
        CustomParser = result =>
        {
            string text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
            if (!Modes.Any(mode => mode.Name == text))
            {
                result.AddError($"'{text}' cannot be used.");
            }
            return Modes.FirstOrDefault(mode => mode.Name == text).Mode;
        };
    }

    public string Expected => "auto, json or none";

    /// <summary>Whether a command line asks for events, even one that is wrong otherwise: its error is an event too.</summary>
    public static bool AsksForEvents(IReadOnlyList<string> arguments)
    {
        int at = arguments.ToList().FindLastIndex(IsOption);
        if (at < 0)
        {
            return false;
        }
        return arguments[at] == OptionName ? at + 1 < arguments.Count && arguments[at + 1] == "json" : arguments[at][(OptionName.Length + 1)..] == "json";

        static bool IsOption(string argument) =>
            argument.StartsWith(OptionName, StringComparison.Ordinal) && (argument.Length == OptionName.Length || argument[OptionName.Length] is '=' or ':');
    }
}
