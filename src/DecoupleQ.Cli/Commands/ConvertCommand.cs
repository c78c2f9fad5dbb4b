using System.CommandLine;
using DecoupleQ.Cli.Invocation;
using DecoupleQ.Cli.Json;
using DecoupleQ.Cli.Options;
using DecoupleQ.Cli.Progress;
using DecoupleQ.Cli.Rendering;
using DecoupleQ.ModelFiles;
using DecoupleQ.Quantization.Jobs;
using DecoupleQ.Tensors;

namespace DecoupleQ.Cli.Commands;

/// <summary><c>decoupleq convert MODEL -o OUT --dtype f16</c></summary>
internal sealed class ConvertCommand : ToolCommand
{
    private readonly PathArgument _model = new("MODEL", "The model: a GGUF file (any shard of it), a packed folder, or a dense one", ModelArgument.Expected);
    private readonly PathOption _output = new("--output", ["-o"], "OUT", "The folder to write", "a folder that does not exist yet") { Required = true };
    private readonly ElementTypeOption _type = new("--dtype", "The type of the weights", ElementType.F16);
    private readonly Option<bool> _force = new("--force")
    {
        Description = "Replace OUT if it is empty or was written by decoupleq, once the new one is whole",
    };

    private readonly Option<bool> _resume = new("--resume")
    {
        Description = "Continue an interrupted conversion from OUT.partial: files of weights that are whole are not written again",
    };

    private readonly ProgressOption _progress = new();

    public ConvertCommand(ToolContext context)
        : base("convert", "Write a model as a dense Hugging Face folder: weights, config, tokenizer, chat template", context)
    {
        Add(_model);
        Add(_output);
        Add(_type);
        Add(_force);
        Add(_resume);
        Add(_progress);
        AddCommonOptions();
    }

    public override IReadOnlyList<string> Examples { get; } =
    [
        "convert MODEL.gguf -o FOLDER --dtype bf16",
        "convert OUT -o FOLDER --force",
    ];

    protected override int Execute(ParseResult parse)
    {
        ConversionOptions options = new()
        {
            Model = parse.GetRequiredValue(_model),
            Output = parse.GetRequiredValue(_output),
            Type = _type.ValueIn(parse),
            Force = parse.GetValue(_force),
            Resume = parse.GetValue(_resume),
        };
        // Long enough to remove what is not whole.
        Context.Interruption.Patience = TimeSpan.FromSeconds(1.7);
        Context.Interruption.Kept = () => ConversionJob.Interrupted(options.Output) is string folder
            ? $"Files of weights that are whole are kept in {folder}; the same command with --resume goes on from there."
            : "Nothing is kept.";
        ProgressMode mode = parse.GetValue(_progress);
        Tell(mode == ProgressMode.Json, "started", line => line with { Command = Name, Model = options.Model, Output = options.Output });
        ConversionReport report = ProgressDisplay.Run(
            Context.Terminal,
            mode,
            new ConversionEvents(Context.Events),
            "converting",
            ConversionProgressText.Describe(),
            (IProgress<ConversionProgress> progress) => ConversionJob.Run(options, progress, Context.Cancellation));
        Warn(options.Model, report.Warnings, mode == ProgressMode.Json);
        if (WantsJson(parse))
        {
            JsonOutput.Write(Context.Terminal.Output, ConvertDocument.From(report, ElementTypeOption.TextOf(options.Type)), ToolJson.Default.ConvertDocument);
        }
        else
        {
            ConversionView.Write(Context.Terminal.OutputConsole, report);
        }
        Tell(mode == ProgressMode.Json, "finished", line => line with { Output = options.Output, ExitCode = ExitCodes.Success });
        return ExitCodes.Success;
    }
}
