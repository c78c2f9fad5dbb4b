using System.CommandLine;
using DecoupleQ.Checkpoints;
using DecoupleQ.Cli.Invocation;
using DecoupleQ.Cli.Json;
using DecoupleQ.Cli.Options;
using DecoupleQ.Cli.Rendering;
using DecoupleQ.ModelFiles;
using DecoupleQ.Models;

namespace DecoupleQ.Cli.Commands;

/// <summary><c>decoupleq inspect MODEL</c></summary>
internal sealed class InspectCommand : ToolCommand
{
    private readonly PathArgument _model = ModelArgument.Create();

    public InspectCommand(ToolContext context)
        : base("inspect", "Show what a model's folder holds: tensors, bits a weight, sizes, layer losses, provenance", context)
    {
        Add(_model);
        AddCommonOptions();
    }

    public override IReadOnlyList<string> Examples { get; } =
    [
        "inspect OUT",
        "inspect MODEL.gguf --json",
    ];

    protected override int Execute(ParseResult parse)
    {
        using Checkpoint checkpoint = CheckpointFiles.Open(parse.GetRequiredValue(_model));
        IReadOnlyList<string> warnings = WarningsOf(checkpoint);
        InspectDocument document = InspectDocument.From(checkpoint, warnings);
        Warn(checkpoint.Path, warnings);
        if (WantsJson(parse))
        {
            JsonOutput.Write(Context.Terminal.Output, document, ToolJson.Default.InspectDocument);
        }
        else
        {
            InspectView.Write(Context.Terminal, document);
        }
        return ExitCodes.Success;
    }

    // What cannot be run can be looked at all the same.
    private static IReadOnlyList<string> WarningsOf(Checkpoint checkpoint)
    {
        try
        {
            return LanguageModel.WarningsOf(checkpoint);
        }
        catch (DecoupleQException error)
        {
            return [.. checkpoint.Warnings, $"It cannot be run: {error.Message}"];
        }
    }
}
