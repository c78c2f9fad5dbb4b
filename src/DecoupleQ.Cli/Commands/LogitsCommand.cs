using System.CommandLine;
using DecoupleQ.Cli.Invocation;
using DecoupleQ.Cli.Json;
using DecoupleQ.Cli.Options;
using DecoupleQ.Cli.Progress;
using DecoupleQ.Evaluation;
using DecoupleQ.Models;
using DecoupleQ.Tensors;

namespace DecoupleQ.Cli.Commands;

/// <summary><c>decoupleq logits MODEL --ids FILE.safetensors -o OUT.safetensors</c></summary>
internal sealed class LogitsCommand : ToolCommand
{
    private readonly PathArgument _model = ModelArgument.Create();

    private readonly PathOption _ids = new("--ids", [], "FILE", "A safetensors file with a tensor NAME.ids for every sequence", "a safetensors file of ids")
    {
        Required = true,
    };

    private readonly PathOption _output = new("--output", ["-o"], "OUT", "The safetensors file to write: NAME.logits for every NAME.ids", "a file to write")
    {
        Required = true,
    };

    private readonly Option<bool> _last = new("--last") { Description = "Only the logits of each sequence's last position; of every position otherwise" };
    private readonly NumberOption<int> _context = SharedOptions.ModelContext();
    private readonly KeyValuesOption _keyValues = new(new LogitsOptions().KeyValues);
    private readonly Option<bool> _exact = new("--exact") { Description = "Run with the weights dequantized to float32" };
    private readonly ThreadsOption _threads = new();
    private readonly CopyWeightsOption _copyWeights = new();

    private readonly ProgressOption _progress = new();

    public LogitsCommand(ToolContext context)
        : base("logits", "Write the logits that a model gives to ids, to compare it with another runtime", context)
    {
        Add(_model);
        Add(_ids);
        Add(_output);
        Add(_last);
        Add(_context);
        Add(_keyValues);
        Add(_exact);
        Add(_threads);
        Add(_copyWeights);
        Add(_progress);
        AddCommonOptions();
    }

    public override IReadOnlyList<string> Examples { get; } =
    [
        "logits MODEL --ids ids.safetensors -o logits.safetensors --last",
    ];

    protected override int Execute(ParseResult parse)
    {
        LanguageModelOptions loading = new()
        {
            Threads = _threads.ValueIn(parse),
            Access = _copyWeights.ValueIn(parse),
            ContextLength = parse.GetValue(_context),
            Arithmetic = parse.GetValue(_exact) ? Arithmetic.Float32 : Arithmetic.Packed,
        };
        LogitsOptions options = new() { LastOnly = parse.GetValue(_last), KeyValues = _keyValues.ValueIn(parse) };
        string output = parse.GetRequiredValue(_output);
        ProgressMode mode = parse.GetValue(_progress);
        bool events = mode == ProgressMode.Json;
        Tell(events, "started", line => line with { Command = Name, Model = parse.GetRequiredValue(_model), Output = output });
        using LanguageModel model = Load(parse.GetRequiredValue(_model), loading, events);
        Context.Interruption.Kept = () => $"{output} was not written.";
        LogitsReport report = ProgressDisplay.Run(
            Context.Terminal,
            mode,
            new LogitsEvents(Context.Events),
            "running",
            LogitsProgressText.Describe(),
            (IProgress<LogitsProgress> progress) => LogitsFile.Write(model, parse.GetRequiredValue(_ids), output, options, progress, Context.Cancellation));
        if (WantsJson(parse))
        {
            JsonOutput.Write(Context.Terminal.Output, LogitsDocument.From(output, report), ToolJson.Default.LogitsDocument);
        }
        else
        {
            Context.Terminal.Output.WriteLine($"{output}: logits of {report.Positions} positions in {report.Sequences} sequences, {report.Vocabulary} each");
        }
        Tell(events, "finished", line => line with { Output = output, ExitCode = ExitCodes.Success });
        return ExitCodes.Success;
    }
}
