using System.CommandLine;
using DecoupleQ.Cli.Invocation;
using DecoupleQ.Cli.Json;
using DecoupleQ.Cli.Options;
using DecoupleQ.Cli.Progress;
using DecoupleQ.Cli.Rendering;
using DecoupleQ.ModelFiles;
using DecoupleQ.Quantization.Estimates;
using DecoupleQ.Quantization.Jobs;
using DecoupleQ.Quantization.Recipes;
using DecoupleQ.Quantization.Settings;

namespace DecoupleQ.Cli.Commands;

/// <summary><c>decoupleq quantize MODEL -o OUT [--calibration FILE...]</c></summary>
internal sealed class QuantizeCommand : ToolCommand, IGroupsOptions
{
    // Work on a block of an 8B model is looked at often enough for this.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1.7);

    private readonly PathArgument _model = new(
        "MODEL",
        "The dense model: a folder or a .gguf file",
        "a folder with config.json, *.safetensors and a tokenizer, or a .gguf file");
    private readonly PathOption _output = new(
        "--output",
        ["-o"],
        "OUT",
        "The folder to write; required, here or in the recipe",
        "a folder that does not exist yet");
    private readonly PathsOption _calibration = new(
        "--calibration",
        "FILE...",
        "What to calibrate on: text files (- for standard input), builtin for the text that comes with the tool, self for text that the model writes, or " +
            "several "
            + $"of these; or one .safetensors with a tensor 'ids' (windows x context) [default: {string.Join(' ', Defaults.Calibration)}]",
        "text files, builtin, self, or one .safetensors with a tensor 'ids'");

    private static QuantizationOptions Defaults { get; } = new() { Model = "", Output = "" };

    private readonly PresetOption _preset = new();
    private readonly PathOption _recipe = new(
        "--recipe",
        [],
        "FILE",
        "A YAML file of settings: any of these options by its name, and overrides of layers; an option given here wins over it, it over the preset",
        "a YAML file of settings");

    private readonly SettingOptions _settings = new();
    private readonly Option<bool> _dryRun = new("--dry-run")
    {
        Description = "Print the memory, disk and time that the job would take, and its output's size; write nothing",
    };

    private readonly ProgressOption _progress = new();

    public QuantizeCommand(ToolContext context)
        : base("quantize", "Quantize a dense model to a packed one", context)
    {
        Add(_model);
        Add(_output);
        Add(_calibration);
        Add(_preset);
        Add(_recipe);
        foreach (Option option in OptionGroups.SelectMany(group => group.Options))
        {
            Add(option);
        }
        Add(_dryRun);
        Add(_progress);
        AddCommonOptions();
    }

    public IReadOnlyList<OptionGroup> OptionGroups => _settings.Groups;

    public override IReadOnlyList<string> Examples { get; } =
    [
        "quantize MODEL -o OUT",
        "quantize MODEL -o OUT --calibration text.txt",
        "quantize MODEL -o OUT --calibration text.txt --preset best -b 2 -g 64",
        "quantize MODEL -o OUT --recipe recipe.yaml --dry-run",
        "quantize MODEL -o OUT --calibration text.txt --resume",
    ];

    protected override int Execute(ParseResult parse)
    {
        QuantizationOptions options = ReadOptions(parse);
        using SpooledInput input = new(options.Calibration, _calibration.Name, Context.Cancellation);
        options = options with { Calibration = [.. input.Paths] };
        bool events = parse.GetValue(_progress) == ProgressMode.Json;
        Tell(events, "started", line => line with { Command = Name, Model = options.Model, Output = options.Output });
        input.WhileReading(() =>
        {
            if (parse.GetValue(_dryRun))
            {
                Estimate(options, WantsJson(parse));
            }
            else
            {
                Quantize(options, parse.GetValue(_progress), WantsJson(parse));
            }
            return true;
        });
        Tell(events, "finished", line => line with { Output = options.Output, ExitCode = ExitCodes.Success });
        return ExitCodes.Success;
    }

    private void Quantize(QuantizationOptions options, ProgressMode progressMode, bool json)
    {
        Context.Interruption.Patience = Patience;
        Context.Interruption.Kept = () => Kept(options.Output);
        var told = new HashSet<string>();
        QuantizationReport report = ProgressDisplay.Run<JobProgress, QuantizationReport>(
            Context.Terminal,
            progressMode,
            new JobEvents(Context.Events),
            "whole job",
            JobProgressText.Describe(),
            progress => QuantizationJob.Run(
                options, new WarningReports(progress, WarnOnce), Context.Cancellation));
        // What is known only at the end, such as files that were left behind.
        WarnOnce(report.Warnings);
        if (json)
        {
            JsonOutput.Write(Context.Terminal.Output, QuantizeDocument.From(report), ToolJson.Default.QuantizeDocument);
        }
        else
        {
            QuantizationView.Write(Context.Terminal.OutputConsole, report);
        }

        void WarnOnce(IReadOnlyList<string> warnings) => Warn(options.Model, [.. warnings.Where(told.Add)], progressMode == ProgressMode.Json);
    }

    private void Estimate(QuantizationOptions options, bool json)
    {
        JobEstimate estimate = JobEstimate.Of(options, cancellationToken: Context.Cancellation);
        if (json)
        {
            JsonOutput.Write(Context.Terminal.Output, EstimateDocument.From(estimate), ToolJson.Default.EstimateDocument);
        }
        else
        {
            EstimateView.Write(Context.Terminal.OutputConsole, estimate);
        }
    }

    private QuantizationOptions ReadOptions(ParseResult parse)
    {
        Recipe recipe = parse.GetValue(_recipe) is string file ? Recipe.Read(file) : new Recipe();
        IReadOnlyList<SettingValue> given = _settings.In(parse);
        QuantizationOptions options = (recipe with { Preset = parse.GetValue(_preset) ?? recipe.Preset }).ApplyTo(new()
        {
            Model = parse.GetRequiredValue(_model),
            Output = "",
        });
        options = given.Aggregate(options, (current, value) => value.Set(current)) with
        {
            Output = parse.GetValue(_output) ?? recipe.Output ?? throw Missing(_output.Name, _output.Expected),
            Calibration = parse.GetResult(_calibration) is not null ? parse.GetRequiredValue(_calibration) : options.Calibration,
        };
        SettingOptions.CheckAct(given, options);
        return options;
    }

    private static string Kept(string output) => QuantizationJob.Interrupted(output) is InterruptedJob job
        ? $"{(job.FinishedBlocks == 0 ? "The calibration text that the model wrote is" : Counted(job.FinishedBlocks))} kept in {job.Folder}; " +
            "the same command with --resume goes on from there."
        : "No block was finished, and nothing is kept.";

    private static string Counted(int blocks) => blocks == 1 ? "1 finished block is" : $"{blocks} finished blocks are";

    private static UsageException Missing(string option, string expected) => new("It is required.", option, expected);
}
