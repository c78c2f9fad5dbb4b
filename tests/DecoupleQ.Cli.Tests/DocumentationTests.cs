using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using DecoupleQ.Cli.Commands;
using DecoupleQ.Cli.Invocation;
using DecoupleQ.Cli.Json;
using DecoupleQ.Cli.Rendering;
using DecoupleQ.Testing;

namespace DecoupleQ.Cli.Tests;

/// <summary>docs/command-line.md says what the tool does.</summary>
public sealed class DocumentationTests
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
        Terminal terminal = new();
        using TerminationSignals signals = new(terminal);
        foreach (System.CommandLine.Command command in ToolRoot.Create(new(terminal, signals, new(), new(TextWriter.Null))).Subcommands)
        {
            Assert.Contains($"| `{command.Name}", Text);
        }
    }

    [Theory]
    [InlineData("quantize MODEL", typeof(QuantizeDocument))]
    [InlineData("quantize ..", typeof(EstimateDocument))]
    [InlineData("eval", typeof(EvalDocument))]
    [InlineData("generate", typeof(GenerateDocument))]
    [InlineData("inspect", typeof(InspectDocument))]
    [InlineData("compare", typeof(CompareDocument))]
    [InlineData("convert", typeof(ConvertDocument))]
    [InlineData("tokenize", typeof(TokenizeDocument))]
    [InlineData("logits", typeof(LogitsDocument))]
    [InlineData("doctor", typeof(DoctorDocument))]
    public void Every_field_of_a_document_is_documented(string command, Type document)
    {
        string row = Text.Split('\n').First(line => line.StartsWith($"| `{command}", StringComparison.Ordinal));
        HashSet<string> words = [.. Regex.Matches(row, @"\w+").Select(match => match.Value)];
        string[] own = [.. Fields(document, nested: false)];
        Assert.All(own, field => Assert.Contains(field, words));
        if (document != typeof(DoctorDocument) && document != typeof(EstimateDocument) && document != typeof(CompareDocument))
        {
            // The others say of some parts that they are as another command's.
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
        Assert.All(Fields(document, nested: document != typeof(CompareDocument)), field => Assert.Contains($"`{field}`", own));
    }

    private static IEnumerable<string> Fields(Type document, bool nested)
    {
        foreach (JsonPropertyInfo property in ToolJson.Default.GetTypeInfo(document)!.Properties.Where(property => property.Get is not null))
        {
            yield return property.Name;
            Type type = property.PropertyType.IsGenericType ? property.PropertyType.GetGenericArguments()[^1] : property.PropertyType;
            if (nested && type.Namespace == typeof(ToolJson).Namespace)
            {
                foreach (string field in Fields(type, nested: true))
                {
                    yield return field;
                }
            }
        }
    }
}
