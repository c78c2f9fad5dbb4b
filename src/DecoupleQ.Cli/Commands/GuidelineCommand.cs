using System.CommandLine;
using DecoupleQ.Cli.Invocation;
using DecoupleQ.Cli.Json;
using DecoupleQ.Cli.Options;
using DecoupleQ.Cli.Rendering;
using DecoupleQ.Pilot.Guidelines;
using DecoupleQ.Reports;

namespace DecoupleQ.Cli.Commands;

/// <summary><c>decoupleq guideline RESULT.. -o PAGE</c></summary>
internal sealed class GuidelineCommand : ToolCommand
{
    private readonly PathsArgument _results = new("RESULT", "Results of pilots: the pilot.json of each", "a pilot.json");
    private readonly PathOption _output = new(
        "--output", ["-o"], "PAGE", "The page to write, in place of one that is there: HTML, or Markdown where it ends with .md", "PAGE.html or PAGE.md");

    private readonly LanguageOption _language = new();

    public GuidelineCommand(ToolContext context)
        : base("guideline", "Write a page on where 2 bits hold and where more are needed, from the results of pilots", context)
    {
        Add(_results);
        Add(_output);
        Add(_language);
        AddCommonOptions();
    }

    public override IReadOnlyList<string> Examples { get; } =
        ["guideline */pilot.json -o guideline.html", "guideline a/pilot.json b/pilot.json -o guideline.md"];

    protected override int Execute(ParseResult parse)
    {
        string[] results = parse.GetRequiredValue(_results);
        string output = parse.GetValue(_output) ?? throw new UsageException("It is required.", _output.Name, _output.Expected);
        GuidelineReport.CheckPlace(output, results);
        Context.Interruption.Kept = () => $"{output} was not written.";
        var input = GuidelineInput.Read(results);
        var guideline = Guideline.Of(input.Sources);
        GuidelineReport.Write(guideline, input.Repeated, CommandOf(parse, results, output), output, _language.ValueIn(parse));
        GuidelineDocument document = GuidelineDocument.From(output, guideline, input.Repeated);
        if (WantsJson(parse))
        {
            JsonOutput.Write(Context.Terminal.Output, document, ToolJson.Default.GuidelineDocument);
        }
        else
        {
            GuidelineView.Write(Context.Terminal, document);
        }
        return ExitCodes.Success;
    }

    // As it was given, so that who has the files makes the same page.
    private string CommandOf(ParseResult parse, string[] results, string output)
    {
        string[] language = parse.GetResult(_language) is { Implicit: false } given ? [_language.Name, given.Tokens[0].Value] : [];
        return string.Join(' ', ((string[])["decoupleq", Name, .. results, "-o", output, .. language]).Select(PilotCommandText.Word));
    }
}
