using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Text.RegularExpressions;
using DecoupleQ.Cli.Options;

namespace DecoupleQ.Cli.Invocation;

/// <summary>The parser's help, its options by groups where there are many, then examples and the exit codes.</summary>
internal sealed partial class HelpWithExitCodes(HelpAction help) : SynchronousCommandLineAction
{
    private const string OptionsHeading = "Options:";

    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        TextWriter output = parseResult.InvocationConfiguration.Output;
        var text = new StringWriter();
        parseResult.InvocationConfiguration.Output = text;
        int code = help.Invoke(parseResult);
        parseResult.InvocationConfiguration.Output = output;
        string written = OwnArguments(text.ToString(), parseResult.CommandResult.Command);
        output.Write(parseResult.CommandResult.Command is IGroupsOptions command ? Grouped(written, command.OptionGroups) : written);
        if (parseResult.CommandResult.Command is IShowsExamples { Examples: { Count: > 0 } examples })
        {
            output.WriteLine("Examples:");
            foreach (string example in examples)
            {
                output.WriteLine("  decoupleq " + example);
            }
            output.WriteLine();
        }
        output.WriteLine("Exit codes:");
        Command asked = parseResult.CommandResult.Command;
        bool gates = asked is IEndsAtGates or RootCommand, undecided = asked is IEndsUndecided or RootCommand;
        foreach ((int exitCode, string meaning) in ExitCodes.All.Where(
            exit => (exit.Code != ExitCodes.Gate || gates) && (exit.Code != ExitCodes.Undecided || undecided)))
        {
            output.WriteLine($"  {exitCode,3}  {meaning}");
        }
        return code;
    }

    // The parser names the arguments of the command above it too, in the line of its use and in their list, which are none of a command below it.
    private static string OwnArguments(string help, Command command)
    {
        string[] above = [.. command.Parents.OfType<Command>().SelectMany(parent => parent.Arguments).Select(argument => $"<{argument.Name}>")];
        if (above.Length == 0)
        {
            return help;
        }
        var lines = new List<string>();
        bool isLeftOut = false;
        foreach (string line in help.ReplaceLineEndings("\n").Split('\n'))
        {
            // An entry of the list goes on in lines that are further in.
            isLeftOut = above.Any(name => line.StartsWith("  " + name, StringComparison.Ordinal))
                || (isLeftOut && line.StartsWith("   ", StringComparison.Ordinal));
            if (!isLeftOut)
            {
                bool isUse = line.StartsWith("  decoupleq ", StringComparison.Ordinal) && line.Contains($" {command.Name} ", StringComparison.Ordinal);
                lines.Add(isUse ? above.Aggregate(line, (use, name) => use.Replace($" [{name}]", "", StringComparison.Ordinal)
                    .Replace($" {name}", "", StringComparison.Ordinal)) : line);
            }
        }
        return string.Join(Environment.NewLine, lines);
    }

    // The parser lays the options out in one list: each begins on a line of its own, and what follows belongs to it.
    private static string Grouped(string help, IReadOnlyList<OptionGroup> groups)
    {
        string[] lines = help.ReplaceLineEndings("\n").Split('\n');
        int first = Array.IndexOf(lines, OptionsHeading) + 1, end = Array.IndexOf(lines, "", first);
        var entries = new Dictionary<string, List<string>>();
        List<string>? entry = null;
        foreach (string line in lines[first..end])
        {
            if (OptionName().Match(line) is { Success: true } match)
            {
                entries.Add(match.Groups["name"].Value, entry = []);
            }
            entry?.Add(line);
        }
        var result = new List<string>(lines[..first]);
        HashSet<string> grouped = [.. groups.SelectMany(group => group.Options).Select(option => option.Name)];
        result.AddRange(entries.Where(e => !grouped.Contains(e.Key)).SelectMany(e => e.Value));
        foreach (OptionGroup group in groups)
        {
            result.Add("");
            result.Add(group.Heading + ":");
            result.AddRange(group.Options.SelectMany(option => entries[option.Name]));
        }
        return string.Join(Environment.NewLine, result.Concat(lines[end..]));
    }

    [GeneratedRegex(@"^  (-\S+, )*(?<name>--[a-z0-9-]+)")]
    private static partial Regex OptionName();
}
