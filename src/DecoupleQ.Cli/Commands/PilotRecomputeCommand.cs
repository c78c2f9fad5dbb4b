using System.CommandLine;
using DecoupleQ.Cli.Invocation;
using DecoupleQ.Cli.Options;
using DecoupleQ.Cli.Rendering;
using DecoupleQ.Pilot.Jobs;
using DecoupleQ.Pilot.Results;
using DecoupleQ.Reports;
using DecoupleQ.Reports.Layout;

namespace DecoupleQ.Cli.Commands;

/// <summary><c>decoupleq pilot recompute RESULT.json</c>: costs anew, from assumptions that somebody changed in the file or gives here.</summary>
internal sealed class PilotRecomputeCommand : ToolCommand, IGroupsOptions
{
    private readonly PathArgument _result = new("RESULT", "The pilot.json of a pilot, with assumptions changed as you like", "a pilot.json");
    private readonly PathOption _output = new(
        "--output", ["-o"], "PAGE", "The page to write [default: the .html file beside RESULT, which is replaced]", "a file to write");

    private readonly PilotCostOptions _costs = new();
    private readonly LanguageOption _language = new() { Description = "The language of the page, en or ja [default: that of the pilot's page]" };

    public PilotRecomputeCommand(ToolContext context)
        : base("recompute", "Reckon a pilot's costs anew from the assumptions in its JSON and those given here, and write JSON and page", context)
    {
        Add(_result);
        Add(_output);
        foreach (Option option in _costs.All)
        {
            Add(option);
        }
        Add(_language);
        AddCommonOptions();
    }

    public IReadOnlyList<OptionGroup> OptionGroups => [new("Costs", _costs.All)];

    public override IReadOnlyList<string> Examples { get; } =
    [
        "pilot recompute REPORT/pilot.json",
        "pilot recompute REPORT/pilot.json --price-per-hour 0.4 --requests-per-day 100000 --tokens-per-request 200",
        "pilot recompute REPORT/pilot.json --language ja -o pilot.ja.html",
    ];

    protected override int Execute(ParseResult parse)
    {
        string path = parse.GetRequiredValue(_result), page = parse.GetValue(_output) ?? Path.ChangeExtension(path, ".html");
        PilotReport.CheckPlace(page, path);
        var result = PilotResult.Read(path);
        (string? currency, var given) = _costs.In(parse, result.Cost is not null);
        result = PilotCosts.Recompute(result, path, currency, given);
        ReportLanguage language = parse.GetValue(_language) ?? LanguageOption.Of(result.Language) ?? ReportLanguage.English;
        if (parse.GetValue(_output) is null)
        {
            // What the page beside it is written in from now on.
            result = result with { Language = LanguageOption.NameOf(language) };
        }
        result.Write(path);
        PilotReport.Write(result, page, language);
        if (WantsJson(parse))
        {
            Context.Terminal.Output.WriteLine(result.ToJson());
        }
        else
        {
            PilotView.WriteCosts(Context.Terminal, result);
            Context.Terminal.Output.WriteLine($"{path} and {page} are written anew.");
        }
        return ExitCodes.Success;
    }
}
