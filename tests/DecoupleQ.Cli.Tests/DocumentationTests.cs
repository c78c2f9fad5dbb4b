using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using DecoupleQ.Cli.Commands;
using DecoupleQ.Cli.Invocation;
using DecoupleQ.Cli.Json;
using DecoupleQ.Cli.Rendering;
using DecoupleQ.Quantization.Settings;
using DecoupleQ.Testing;

namespace DecoupleQ.Cli.Tests;

/// <summary>docs/command-line.md says what the tool does.</summary>
public sealed partial class DocumentationTests
{
    private static readonly string Text = File.ReadAllText(Path.Combine(Paths.Repository, "docs", "command-line.md"));

    [Fact]
    public void Every_exit_code_is_documented()
    {
        foreach (int code in (int[])[.. ExitCodes.All.Select(exit => exit.Code), ExitCodes.HungUp, ExitCodes.Terminated])
        {
            Assert.Matches($@"\b{code}\b", Text);
        }
    }

    [Fact]
    public void Every_field_of_an_event_is_documented()
    {
        foreach (string field in typeof(ProgressEvent).GetProperties().Select(p => p.Name).Select(JsonNamingPolicy.CamelCase.ConvertName))
        {
            Assert.Contains($"`{field}`", Text);
        }
    }

    [Fact]
    public void Every_command_is_documented()
    {
        foreach (Command command in Commands(Root()).Where(command => command.Subcommands.Count == 0))
        {
            Assert.Contains($"| `{PathOf(command)}", Text);
        }
    }

    [Fact]
    public void Every_option_of_every_command_is_named()
    {
        // The settings of a job have a page of their own.
        string recipes = File.ReadAllText(Path.Combine(Paths.Repository, "docs", "recipes.md"));
        HashSet<string> settings = [.. QuantizationSettings.All.Select(setting => "--" + setting.Name)];
        Assert.All(Commands(Root()).SelectMany(command => command.Options).Select(option => option.Name).Distinct(), name =>
        {
            if (settings.Contains(name))
            {
                Assert.Contains($"| `{name[2..]}` |", recipes);
                return;
            }
            Assert.Matches($"{name}(?![a-z-])", Text);
        });
    }

    public static TheoryData<string> Pages =>
    [
        "README.md", "README.ja.md", "src/DecoupleQ.Cli/README.md", "docs/install.md", "docs/first-model.md", "docs/choosing-settings.md",
        "docs/troubleshooting.md", "docs/performance.md", "docs/limits.md", "docs/recipes.md", "docs/command-line.md", "docs/server.md",
        "docs/deployment.md", "docs/operations.md", "docs/operations.ja.md", "docs/guideline.md",
    ];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Commands_of_a_page_have_the_options_that_they_are_given(string page)
    {
        Dictionary<string, HashSet<string>> options = Commands(Root()).ToDictionary(PathOf, Names);
        options["--version"] = options["COMMAND"] = options["--help"] = [.. Names(Root())];
        // In blocks, and within a line as `decoupleq eval ..` or `eval ..`.
        IEnumerable<Match> commands = Example.Matches(File.ReadAllText(Path.Combine(Paths.Repository, page)))
            .Where(match => match.Groups["tool"].Success || options.ContainsKey(match.Groups["command"].Value));
        Assert.All(commands, match =>
        {
            Assert.Contains(match.Groups["command"].Value, options.Keys);
            Assert.All(GivenOption.Matches(match.Groups["rest"].Value), given => Assert.Contains(given.Value, options[match.Groups["command"].Value]));
        });
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Commands_of_a_page_that_write_text_say_how_it_is_drawn(string page)
    {
        string[] writing = [.. File.ReadLines(Path.Combine(Paths.Repository, page))
            .Where(line => line.StartsWith("decoupleq generate ", StringComparison.Ordinal) || line.StartsWith("decoupleq chat ", StringComparison.Ordinal))];
        Assert.All(writing, line => Assert.Matches("--temperature|sampled|サンプリング", line));
    }

    [Theory]
    [InlineData("docs/choosing-settings.md")]
    [InlineData("docs/first-model.md")]
    [InlineData("docs/troubleshooting.md")]
    [InlineData("docs/operations.md")]
    [InlineData("docs/operations.ja.md")]
    public void Options_that_a_page_names_exist(string page)
    {
        // Those of other programs too.
        HashSet<string> known = [.. Commands(Root()).SelectMany(Names), "--list-sdks", "-hex"];
        Assert.All(GivenOption.Matches(File.ReadAllText(Path.Combine(Paths.Repository, page))), given => Assert.Contains(given.Value, known));
    }

    private static RootCommand Root()
    {
        Terminal terminal = new();
        using TerminationSignals signals = new(terminal);
        return ToolRoot.Create(new(terminal, signals, new(), new(TextWriter.Null)));
    }

    // Those below another too.
    private static IEnumerable<Command> Commands(Command parent) => parent.Subcommands.SelectMany(command => Commands(command).Prepend(command));

    private static string PathOf(Command command) =>
        command.Parents.OfType<Command>().First() is RootCommand ? command.Name : $"{PathOf(command.Parents.OfType<Command>().First())} {command.Name}";

    private static HashSet<string> Names(Command command) =>
        [.. command.Options.Concat(Root().Options).SelectMany(option => option.Aliases.Append(option.Name))];

    [GeneratedRegex(@"(?:^|`)(?<tool>decoupleq )?(?<command>monitor report|[a-z-]+|COMMAND)(?<rest> [^`\n]*)", RegexOptions.Multiline)]
    private static partial Regex Example { get; }

    [GeneratedRegex(@"(?<=^|[\s`])--?[a-z][a-z-]*")]
    private static partial Regex GivenOption { get; }

    [Theory]
    [InlineData("quantize MODEL", typeof(QuantizeDocument))]
    [InlineData("quantize ..", typeof(EstimateDocument))]
    [InlineData("eval MODEL --text", typeof(EvalDocument))]
    [InlineData("eval MODEL --task", typeof(TaskDocument))]
    [InlineData("generate", typeof(GenerateDocument))]
    [InlineData("chat", typeof(ChatDocument))]
    [InlineData("render", typeof(RenderDocument))]
    [InlineData("inspect", typeof(InspectDocument))]
    [InlineData("compare", typeof(CompareDocument))]
    [InlineData("convert", typeof(ConvertDocument))]
    [InlineData("tune", typeof(TuneDocument))]
    [InlineData("tokenize", typeof(TokenizeDocument))]
    [InlineData("logits", typeof(LogitsDocument))]
    [InlineData("doctor", typeof(DoctorDocument))]
    [InlineData("monitor report", typeof(MonitorReportDocument))]
    [InlineData("guideline", typeof(GuidelineDocument))]
    public void Every_field_of_a_document_is_documented(string command, Type document)
    {
        string row = Text.Split('\n').First(line => line.StartsWith($"| `{command}", StringComparison.Ordinal));
        HashSet<string> words = [.. Regex.Matches(row, @"\w+").Select(match => match.Value)];
        string[] own = [.. Fields(document, nested: false)];
        Assert.All(own, field => Assert.Contains(field, words));
        // These say of some parts that they are as another command's.
        Type[] referring = [typeof(ChatDocument), typeof(DoctorDocument), typeof(EstimateDocument), typeof(CompareDocument)];
        if (!referring.Contains(document))
        {
            Assert.All(Fields(document, nested: true), field => Assert.Contains(field, words));
        }
    }

    [Theory]
    [InlineData("eval", typeof(EvalDocument))]
    [InlineData("inspect", typeof(InspectDocument))]
    [InlineData("compare", typeof(CompareDocument))]
    public void Every_field_is_explained(string command, Type document)
    {
        string section = Text[Text.IndexOf("\n## Fields of", StringComparison.Ordinal)..Text.IndexOf("\n## Definitions", StringComparison.Ordinal)];
        string[] rows = [.. section.Split('\n').SkipWhile(line => !line.StartsWith($"| `{command}` |", StringComparison.Ordinal))];
        string own = string.Join('\n', rows.TakeWhile((line, i) => i == 0 || line.StartsWith("| |", StringComparison.Ordinal)));
        Assert.All(Fields(document, nested: true, but: typeof(GenerateDocument)), field => Assert.Contains($"`{field}`", own));
    }

    private static IEnumerable<string> Fields(Type document, bool nested, Type? but = null)
    {
        foreach (JsonPropertyInfo property in ToolJson.Default.GetTypeInfo(document)!.Properties.Where(property => property.Get is not null))
        {
            yield return property.Name;
            Type type = property.PropertyType.IsGenericType ? property.PropertyType.GetGenericArguments()[^1] : property.PropertyType;
            if (nested && type != but && type.Namespace == typeof(ToolJson).Namespace)
            {
                foreach (string field in Fields(type, nested: true, but))
                {
                    yield return field;
                }
            }
        }
    }
}
