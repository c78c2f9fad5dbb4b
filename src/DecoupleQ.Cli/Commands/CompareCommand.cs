using System.CommandLine;
using System.Text.Json;
using DecoupleQ.Checkpoints;
using DecoupleQ.Cli.Invocation;
using DecoupleQ.Cli.Json;
using DecoupleQ.Cli.Options;
using DecoupleQ.Cli.Progress;
using DecoupleQ.Cli.Rendering;
using DecoupleQ.Evaluation;
using DecoupleQ.Generation;
using DecoupleQ.ModelFiles;
using DecoupleQ.Models;

namespace DecoupleQ.Cli.Commands;

/// <summary><c>decoupleq compare DENSE PACKED --text FILE</c></summary>
internal sealed class CompareCommand : ToolCommand
{
    private const int DefaultMaxTokens = 48;

    private readonly PathArgument _dense = new("DENSE", "The dense model: a folder or a .gguf file", ModelArgument.Expected);
    private readonly PathArgument _packed = new("PACKED", "The packed model's folder", ModelArgument.Expected + " with the same vocabulary");
    private readonly PathOption _text = SharedOptions.Text();
    private readonly NumberOption<int> _context = SharedOptions.Context("Ids in a window");
    private readonly NumberOption<int> _maxWindows = SharedOptions.MaxWindows();
    private readonly Option<string> _prompt = new("--prompt") { Description = "Let both continue this text, greedily", HelpName = "TEXT" };
    private readonly NumberOption<int> _maxTokens = SharedOptions.MaxTokens(DefaultMaxTokens);
    private readonly PathOption _report = new(
        "--report",
        [],
        "FILE",
        "What 'quantize --json' printed: its time and peak memory join the table",
        "a file with the output of 'decoupleq quantize --json'");

    private readonly ThreadsOption _threads = new();
    private readonly CopyWeightsOption _copyWeights = new();
    private readonly ProgressOption _progress = new();

    public CompareCommand(ToolContext context)
        : base("compare", "Show a dense model and its packed one side by side: size, perplexity, text", context)
    {
        Add(_dense);
        Add(_packed);
        Add(_text);
        Add(_context);
        Add(_maxWindows);
        Add(_prompt);
        Add(_maxTokens);
        Add(_report);
        Add(_threads);
        Add(_copyWeights);
        Add(_progress);
        AddCommonOptions();
    }

    public override IReadOnlyList<string> Examples { get; } =
    [
        "compare MODEL OUT --text text.txt --prompt \"Once upon a time\"",
    ];

    protected override int Execute(ParseResult parse)
    {
        string densePath = parse.GetRequiredValue(_dense), packedPath = parse.GetRequiredValue(_packed);
        using EvaluationInput text = new(parse.GetRequiredValue(_text), _text.Name, Context.Cancellation);
        CompareDocument.Job? job = parse.GetValue(_report) is string report ? ReadReport(report) : null;
        LanguageModelOptions loading = new() { Threads = _threads.ValueIn(parse), Access = _copyWeights.ValueIn(parse) };
        bool events = parse.GetValue(_progress) == ProgressMode.Json;
        Tell(events, "started", line => line with { Command = Name, Model = packedPath });
        using LanguageModel dense = Load(densePath, loading, events);
        using LanguageModel packed = Load(packedPath, loading, events);
        EvaluationResult result = Measure(parse, packed, dense, text);
        CompareDocument document = new(
            Describe(parse, densePath, dense, result.ReferencePerplexity!.Value),
            Describe(parse, packedPath, packed, result.Perplexity),
            result.KlDivergence!.Value,
            result.Top1Agreement!.Value,
            result.Tokens,
            result.Context,
            job);
        if (document.Dense.Packed)
        {
            Warn(densePath, ["The model is packed itself: what is compared with it is not compared with a dense model."], events);
        }
        if (!document.Packed.Packed)
        {
            Warn(packedPath, ["The model has no packed layers."], events);
        }
        if (WantsJson(parse))
        {
            JsonOutput.Write(Context.Terminal.Output, document, ToolJson.Default.CompareDocument);
        }
        else
        {
            ComparisonView.Write(Context.Terminal.OutputConsole, document, parse.GetValue(_prompt));
        }
        Tell(events, "finished", line => line with { Perplexity = document.Packed.Perplexity, ExitCode = ExitCodes.Success });
        return ExitCodes.Success;
    }

    private static CompareDocument.Job ReadReport(string path)
    {
        const string Expected = "the output of 'decoupleq quantize --json'";
        try
        {
            using Stream file = TextFile.Open(path);
            QuantizeDocument document = JsonSerializer.Deserialize(file, ToolJson.Default.QuantizeDocument)
                ?? throw new DecoupleQException("The file holds no report.", path, "--report", Expected);
            return new(document.Seconds.Total, document.PeakMemoryBytes);
        }
        catch (JsonException error)
        {
            throw new DecoupleQException("The file holds no report.", path, "--report", Expected, error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DecoupleQException($"The file cannot be read: {error.Message}", path, "--report", Expected, error);
        }
    }

    private EvaluationResult Measure(ParseResult parse, LanguageModel model, LanguageModel reference, EvaluationInput text)
    {
        const string What = "comparing";
        EvaluationOptions options = new() { Context = parse.GetValue(_context), MaxWindows = parse.GetValue(_maxWindows) };
        return ProgressDisplay.Run(
            Context.Terminal,
            parse.GetValue(_progress),
            new EvaluationEvents(Context.Events, What),
            What,
            EvaluationProgressText.Describe(What),
            (IProgress<EvaluationProgress> progress) => text.Measure(model, options, reference, progress, Context.Cancellation));
    }

    private CompareDocument.Side Describe(ParseResult parse, string path, LanguageModel model, double perplexity)
    {
        using Checkpoint checkpoint = CheckpointFiles.Open(path);
        CheckpointSummary summary = CheckpointSummary.Of(checkpoint);
        GenerateDocument? generation = parse.GetValue(_prompt) is string prompt
            ? GenerateDocument.From(Continue(model, prompt, _maxTokens.ValueIn(parse)), model.Tokenizer)
            : null;
        bool isPacked = summary.QuantizedLayersBitsPerWeight is not null;
        return new(path, summary.Bytes, summary.BitsPerWeight, perplexity, isPacked, generation);
    }

    private GenerationResult Continue(LanguageModel model, string prompt, int maxTokens) =>
        new TextGenerator(model).Generate(prompt, new() { MaxTokens = maxTokens, Temperature = 0 }, null, Context.Cancellation);
}
