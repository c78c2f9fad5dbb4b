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
    private readonly NumberOption<int> _threads = SharedOptions.Threads();

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
        AddCommonOptions();
    }

    protected override int Execute(ParseResult parse)
    {
        LanguageModelOptions loading = new()
        {
            Threads = parse.GetValue(_threads) ?? 0,
            ContextLength = parse.GetValue(_context),
            Arithmetic = parse.GetValue(_exact) ? Arithmetic.Float32 : Arithmetic.Packed,
        };
        LogitsOptions options = new() { LastOnly = parse.GetValue(_last), KeyValues = _keyValues.ValueIn(parse) };
        string output = parse.GetRequiredValue(_output);
        using LanguageModel model = Load(parse.GetRequiredValue(_model), loading);
        Context.Interruption.Kept = () => $"{output} was not written.";
        LogitsReport report = ProgressDisplay.Run(
            Context.Terminal,
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
        return ExitCodes.Success;
    }
}
