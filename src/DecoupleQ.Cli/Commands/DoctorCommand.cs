using System.CommandLine;
using DecoupleQ.Cli.Invocation;
using DecoupleQ.Cli.Json;
using DecoupleQ.Cli.Options;
using DecoupleQ.Cli.Rendering;
using DecoupleQ.Hardware;
using DecoupleQ.Quantization.Estimates;

namespace DecoupleQ.Cli.Commands;

/// <summary><c>decoupleq doctor [MODEL]</c></summary>
internal sealed class DoctorCommand : ToolCommand
{
    private readonly PathArgument _model = new("MODEL", "A model to say what to expect of; usual shapes if none is given", ModelArgument.Expected)
    {
        Arity = ArgumentArity.ZeroOrOne,
    };
    private readonly ThreadsOption _threads = new();

    public DoctorCommand(ToolContext context)
        : base("doctor", "Show what the tool runs on, how fast that is, and what to expect of a model", context)
    {
        Add(_model);
        Add(_threads);
        AddCommonOptions();
    }

    public override IReadOnlyList<string> Examples { get; } =
    [
        "doctor",
        "doctor MODEL -t 4 --json",
    ];

    protected override int Execute(ParseResult parse)
    {
        MachineDescription machine = MachineDescription.Now();
        MachineSpeed speed = MachineSpeed.Measure(_threads.ValueIn(parse), Context.Cancellation);
        IReadOnlyList<ModelOutlook> models = parse.GetValue(_model) is string path ? [ModelOutlook.OfModel(path, speed)] : ModelOutlook.Usual(speed);
        Context.Cancellation.ThrowIfCancellationRequested();
        DoctorDocument document = DoctorDocument.From(machine, speed, models, machine.Warnings);
        if (WantsJson(parse))
        {
            JsonOutput.Write(Context.Terminal.Output, document, ToolJson.Default.DoctorDocument);
        }
        else
        {
            DoctorView.Write(Context.Terminal.OutputConsole, document);
        }
        return ExitCodes.Success;
    }
}
