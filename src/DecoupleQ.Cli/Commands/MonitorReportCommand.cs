using System.CommandLine;
using DecoupleQ.Cli.Invocation;
using DecoupleQ.Cli.Json;
using DecoupleQ.Cli.Options;
using DecoupleQ.Cli.Rendering;
using DecoupleQ.Reports;
using DecoupleQ.Reports.Periods;

namespace DecoupleQ.Cli.Commands;

/// <summary><c>decoupleq monitor report FILE.. -o PAGE</c></summary>
internal sealed class MonitorReportCommand : ToolCommand
{
    private const string DefaultOutput = "report.html";

    private readonly PathsArgument _logs = new(
        "FILE", "Monitor logs: files, or folders, which stand for all files of a log in them", "a file or folder that serve --monitor has written");

    private readonly PathOption _output = new(
        "--output", ["-o"], "PAGE", $"The HTML page to write, in place of one that is there [default: {DefaultOutput}, if there is none]", "a file to write");

    private readonly TimeOption _from = new("--from", "What happened before is left out; in universal time unless an offset is given");
    private readonly TimeOption _to = new("--to", "What happened then and later is left out");

    private readonly Option<string> _model = new("--model") { Description = "Tell of this model alone", HelpName = "NAME" };
    private readonly LanguageOption _language = new();

    public MonitorReportCommand(ToolContext context)
        : base("report", "Write one page on what happened in a period: quality, drift, comparisons, the canary's share", context)
    {
        Add(_logs);
        Add(_output);
        Add(_from);
        Add(_to);
        Add(_model);
        Add(_language);
        AddCommonOptions();
    }

    public override IReadOnlyList<string> Examples { get; } =
    [
        "monitor report monitor -o report.html",
        "monitor report monitor --from 2026-11-01 --to 2026-12-01 -o november.html",
    ];

    protected override int Execute(ParseResult parse)
    {
        string[] logs = parse.GetRequiredValue(_logs);
        string output = Output(parse);
        MonitorReport.CheckPlace(output, logs);
        PeriodOptions period = new() { From = parse.GetValue(_from), To = parse.GetValue(_to), Model = parse.GetValue(_model) };
        if (period.From >= period.To)
        {
            throw new UsageException("Nothing lies between the two.", _to.Name, $"a time after {_from.Name}");
        }
        Context.Interruption.Kept = () => $"{output} was not written.";
        PeriodFigures figures = MonitorReport.Read(logs, period, Context.Cancellation);
        MonitorReport.Write(figures, output, _language.ValueIn(parse));
        MonitorReportDocument document = MonitorReportDocument.From(output, figures);
        if (WantsJson(parse))
        {
            JsonOutput.Write(Context.Terminal.Output, document, ToolJson.Default.MonitorReportDocument);
        }
        else
        {
            MonitorReportView.Write(Context.Terminal, document);
        }
        return ExitCodes.Success;
    }

    // A page of another month is not to go because nobody named this one.
    private string Output(ParseResult parse) => parse.GetValue(_output) ?? (Path.Exists(DefaultOutput)
        ? throw new DecoupleQException("There is such a file already.", DefaultOutput, _output.Name, $"{_output.Name} PAGE, which may be the same file")
        : DefaultOutput);
}
