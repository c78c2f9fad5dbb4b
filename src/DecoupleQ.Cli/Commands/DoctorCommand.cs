using System.CommandLine;
using DecoupleQ.Cli.Invocation;
using DecoupleQ.Cli.Json;
using DecoupleQ.Cli.Options;
using DecoupleQ.Cli.Rendering;
using DecoupleQ.Hardware;
using DecoupleQ.Quantization.Estimates;

namespace DecoupleQ.Cli.Commands;

/// <summary><c>decoupleq doctor [MODEL] [--shape NAME...] [--cores N]</c></summary>
internal sealed class DoctorCommand : ToolCommand
{
    private readonly PathArgument _model = new("MODEL", "A model to say what to expect of; usual shapes if none is given", ModelArgument.Expected)
    {
        Arity = ArgumentArity.ZeroOrOne,
    };
    private readonly ShapeOption _shape = new();
    private readonly NumberOption<int> _cores = new(
        "--cores", "Reckon for so many cores of this machine's kind; else for the threads that it is measured with", OptionRange.Whole(1, 4096));

    private readonly ThreadsOption _threads = new();

    public DoctorCommand(ToolContext context)
        : base("doctor", "Show what the tool runs on, how fast that is, and what to expect of a model", context)
    {
        Add(_model);
        Add(_shape);
        Add(_cores);
        Add(_threads);
        AddCommonOptions();
    }

    public override IReadOnlyList<string> Examples { get; } =
    [
        "doctor",
        "doctor MODEL -t 4 --json",
        "doctor --shape 8b 70b --cores 16",
    ];

    protected override int Execute(ParseResult parse)
    {
        MachineDescription machine = MachineDescription.Now();
        MachineSpeed speed = MachineSpeed.Measure(_threads.ValueIn(parse), Context.Cancellation);
        int? cores = parse.GetValue(_cores);
        IReadOnlyList<ModelOutlook> models = Models(parse.GetValue(_model), parse.GetValue(_shape) ?? [], cores is int count ? speed.WithCores(count) : speed);
        Context.Cancellation.ThrowIfCancellationRequested();
        string[] warnings = [.. machine.Warnings, .. models.SelectMany(model => model.Warnings.Select(warning => $"{model.Name}: {warning}"))];
        DoctorDocument document = DoctorDocument.From(machine, speed, cores ?? speed.Threads, models, warnings);
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

    private static IReadOnlyList<ModelOutlook> Models(string? path, IReadOnlyList<ModelShape> shapes, MachineSpeed speed)
    {
        ModelOutlook[] asked =
        [
            .. path is null ? [] : (ModelOutlook[])[ModelOutlook.OfModel(path, speed)],
            .. shapes.Select(shape => ModelOutlook.OfShape(shape, speed)),
        ];
        return asked.Length > 0 ? asked : ModelOutlook.Usual(speed);
    }
}
