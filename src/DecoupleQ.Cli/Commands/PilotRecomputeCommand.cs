using System.CommandLine;
using DecoupleQ.Cli.Invocation;
using DecoupleQ.Cli.Options;
using DecoupleQ.Cli.Rendering;
using DecoupleQ.Pilot.Costs;
using DecoupleQ.Pilot.Results;
using DecoupleQ.Reports;

namespace DecoupleQ.Cli.Commands;

/// <summary><c>decoupleq pilot recompute RESULT.json</c>: costs anew, from assumptions that somebody changed in the file.</summary>
internal sealed class PilotRecomputeCommand : ToolCommand
{
    private readonly PathArgument _result = new("RESULT", "The pilot.json of a pilot, with assumptions changed as you like", "a pilot.json");
    private readonly PathOption _output = new(
        "--output", ["-o"], "PAGE", "The page to write [default: the .html file beside RESULT, which is replaced]", "a file to write");

    private readonly LanguageOption _language = new();

    public PilotRecomputeCommand(ToolContext context)
        : base("recompute", "Reckon a pilot's costs anew from the assumptions in its JSON, and write JSON and page", context)
    {
        Add(_result);
        Add(_output);
        Add(_language);
        AddCommonOptions();
    }

    public override IReadOnlyList<string> Examples { get; } =
        ["pilot recompute REPORT/pilot.json", "pilot recompute REPORT/pilot.json --language ja -o pilot.ja.html"];

    protected override int Execute(ParseResult parse)
    {
        string path = parse.GetRequiredValue(_result), page = parse.GetValue(_output) ?? Path.ChangeExtension(path, ".html");
        var result = PilotResult.Read(path);
        if (result.Cost is null)
        {
            throw new DecoupleQException("The pilot had no prices.", path, "cost", "a pilot with --price-per-hour, or with --machine-price and the like");
        }
        result = result with { Cost = CostDocument.Recompute(result.Cost, path) };
        result.Write(path);
        PilotReport.Write(result, page, _language.ValueIn(parse));
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
