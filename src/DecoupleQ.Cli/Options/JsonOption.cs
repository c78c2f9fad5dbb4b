using System.CommandLine;

namespace DecoupleQ.Cli.Options;

/// <summary><c>--json</c>.</summary>
internal sealed class JsonOption : Option<bool>
{
    private const string OptionName = "--json", Short = "-j";

    public JsonOption()
        : base(OptionName, Short) => Description = "Print one JSON object on standard output and nothing else there";

    /// <summary>Whether a command line that is right asks for JSON.</summary>
    public static bool IsGiven(ParseResult parse) =>
        parse.CommandResult.Command.Options.OfType<JsonOption>().FirstOrDefault() is JsonOption option && parse.GetValue(option);

    /// <summary>Whether a command line seems to ask for JSON that is wrong otherwise, so that no parse tells: its error is an object too.</summary>
    public static bool SeemsGiven(IEnumerable<string> arguments) => arguments.TakeWhile(argument => argument != "--").Any(argument =>
        argument.Split(['=', ':'], 2) is [OptionName or Short, .. string[] value] && value is not ["false"]);
}
