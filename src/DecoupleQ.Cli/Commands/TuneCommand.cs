using System.CommandLine;
using DecoupleQ.Cli.Invocation;
using DecoupleQ.Cli.Json;
using DecoupleQ.Cli.Options;
using DecoupleQ.Cli.Progress;
using DecoupleQ.Cli.Rendering;
using DecoupleQ.ModelFiles;
using DecoupleQ.Quantization.Jobs;
using DecoupleQ.Quantization.Tuning;

namespace DecoupleQ.Cli.Commands;

/// <summary><c>decoupleq tune PACKED --against DENSE -o OUT [--data FILE...]</c></summary>
internal sealed class TuneCommand : ToolCommand
{
    private readonly PathArgument _model = new("PACKED", "The packed model to train: a folder that quantize wrote", "a packed folder");
    private readonly PathOption _against = new(
        "--against", [], "DENSE", "The dense model that it was quantized from: a folder or a .gguf file", ModelArgument.Expected) { Required = true };

    private readonly PathOption _output = new("--output", ["-o"], "OUT", "The folder to write", "a folder that does not exist yet") { Required = true };
    private readonly PathsOption _data = new(
        "--data",
        "FILE...",
        "What to train on: text files (- for standard input), builtin for the text that comes with the tool, self for text that the dense model writes, or "
            + $"several of these; or one .safetensors with a tensor 'ids' (windows x context) [default: {string.Join(' ', Defaults.Data)}]",
        "text files, builtin, self, or one .safetensors with a tensor 'ids'");

    private readonly Option<bool> _integers = new("--integers")
    {
        Description = "Train the integers too, straight through their rounding, and not only scales, offsets, norms and biases",
    };

    private readonly Option<bool> _tables = new("--tables")
    {
        Description = "Train the embedding and the head too: the numbers of dense ones, scales and offsets of those in fewer bits",
    };

    private readonly TuningLossOption _loss = new(Defaults.Loss);
    private readonly NumberOption<int> _steps = new("--steps", "Steps of training", TuningRanges.Steps, Defaults.Steps);
    private readonly NumberOption<int> _batch = new("--batch", "Windows in a step", TuningRanges.Batch, Defaults.Batch);
    private readonly NumberOption<int> _context = new(
        "--context", $"Ids in a window [default: {TuningJob.DefaultContext}, or the model's context if that is shorter]", OptionRange.Context);

    private readonly NumberOption<int> _selfWindows = new(
        "--self-windows", "Windows that the dense model writes where --data has self", TuningRanges.SelfWindows, Defaults.SelfWindows);

    private readonly NumberOption<double> _learningRate = new(
        "--lr", "The highest learning rate of scales, offsets, norms and biases", TuningRanges.LearningRate, Defaults.LearningRate);

    private readonly NumberOption<double> _integerLearningRate = new(
        "--integer-lr", "The highest learning rate of integers, in steps from one to the next; with --integers", TuningRanges.IntegerLearningRate,
        Defaults.IntegerLearningRate);

    private readonly NumberOption<double> _tableLearningRate = new(
        "--table-lr", "The highest learning rate of the embedding and the head; with --tables", TuningRanges.TableLearningRate,
        Defaults.TableLearningRate);

    private readonly NumberOption<double> _warmUp = new("--warm-up", "Share of the steps in which rates rise from 0", TuningRanges.WarmUp, Defaults.WarmUp);
    private readonly NumberOption<int> _heldOut = new(
        "--held-out", "Windows that are not trained on and judge, at most a tenth of all", TuningRanges.HeldOut, Defaults.HeldOut);

    private readonly NumberOption<int> _checks = new(
        "--checks", "How often the held-out windows are looked at, and the state is kept on the disk", TuningRanges.Checks, Defaults.Checks);

    private readonly NumberOption<int> _patience = new(
        "--patience", "So many looks in a row without a lower held-out loss end the training", TuningRanges.Patience, Defaults.Patience);

    private readonly NumberOption<ulong> _seed = new(
        "--seed", "Seed of the order of the windows, and of what the dense model writes", OptionRange.Seed, Defaults.Seed);

    private readonly ThreadsOption _threads = new();
    private readonly SizeOption _memoryBudget = new(
        "--memory-budget", "Memory for activations, beyond which they go to files or are computed again; the result does not depend on it", 1);

    private readonly Option<bool> _force = new("--force")
    {
        Description = "Replace OUT if it is empty or was written by decoupleq, once the new one is whole",
    };

    private readonly Option<bool> _resume = new("--resume") { Description = "Continue an interrupted job from OUT.partial, from its last look on" };
    private readonly ProgressOption _progress = new();

    public TuneCommand(ToolContext context)
        : base("tune", "Train a whole packed model against the dense one, into a more accurate packed folder", context)
    {
        Add(_model);
        Add(_against);
        Add(_output);
        Add(_data);
        Add(_integers);
        Add(_tables);
        Add(_loss);
        Add(_steps);
        Add(_batch);
        Add(_context);
        Add(_selfWindows);
        Add(_learningRate);
        Add(_integerLearningRate);
        Add(_tableLearningRate);
        Add(_warmUp);
        Add(_heldOut);
        Add(_checks);
        Add(_patience);
        Add(_seed);
        Add(_threads);
        Add(_memoryBudget);
        Add(_force);
        Add(_resume);
        Add(_progress);
        AddCommonOptions();
    }

    private static TuningOptions Defaults { get; } = new() { Model = "", Against = "", Output = "" };

    public override IReadOnlyList<string> Examples { get; } =
    [
        "tune PACKED --against MODEL --data text.txt -o OUT",
        "tune PACKED --against MODEL --data text.txt -o OUT --integers",
        "tune PACKED --against MODEL --data text.txt -o OUT --integers --resume",
    ];

    protected override int Execute(ParseResult parse)
    {
        TuningOptions options = ReadOptions(parse);
        using SpooledInput input = new(options.Data, _data.Name, Context.Cancellation);
        options = options with { Data = [.. input.Paths] };
        ProgressMode mode = parse.GetValue(_progress);
        Tell(mode == ProgressMode.Json, "started", line => line with { Command = Name, Model = options.Model, Output = options.Output });
        Context.Interruption.Patience = TimeSpan.FromSeconds(1.7);
        Context.Interruption.Kept = () => TuningJob.Interrupted(options.Output) is (string folder, int steps)
            ? $"What {steps} steps made is kept in {folder}; the same command with --resume goes on from there."
            : "Nothing is kept.";
        TuningReport report = input.WhileReading(() => ProgressDisplay.Run<TuningProgress, TuningReport>(
            Context.Terminal, mode, new TuningEvents(Context.Events), "tuning", TuningProgressText.Describe(),
            progress => TuningJob.Run(options, progress, Context.Cancellation)));
        Warn(options.Model, report.Warnings, mode == ProgressMode.Json);
        if (WantsJson(parse))
        {
            JsonOutput.Write(Context.Terminal.Output, TuneDocument.From(report), ToolJson.Default.TuneDocument);
        }
        else
        {
            TuningView.Write(Context.Terminal.OutputConsole, report);
        }
        Tell(mode == ProgressMode.Json, "finished", line => line with { Output = options.Output, ExitCode = ExitCodes.Success });
        return ExitCodes.Success;
    }

    private TuningOptions ReadOptions(ParseResult parse)
    {
        bool integers = parse.GetValue(_integers);
        if (!integers && parse.GetResult(_integerLearningRate) is { Implicit: false })
        {
            throw new UsageException("The integers are not trained.", _integerLearningRate.Name, "--integers with it");
        }
        if (!parse.GetValue(_tables) && parse.GetResult(_tableLearningRate) is { Implicit: false })
        {
            throw new UsageException("Embedding and head are not trained.", _tableLearningRate.Name, "--tables with it");
        }
        IReadOnlyList<string> data = parse.GetResult(_data) is not null ? parse.GetRequiredValue(_data) : Defaults.Data;
        if (!data.Contains("self") && parse.GetResult(_selfWindows) is { Implicit: false })
        {
            throw new UsageException("The dense model writes no text.", _selfWindows.Name, "self in --data");
        }
        return new TuningOptions
        {
            Model = parse.GetRequiredValue(_model),
            Against = parse.GetRequiredValue(_against),
            Output = parse.GetRequiredValue(_output),
            Data = data,
            Integers = integers,
            Tables = parse.GetValue(_tables),
            TableLearningRate = _tableLearningRate.ValueIn(parse),
            Loss = _loss.ValueIn(parse),
            Steps = _steps.ValueIn(parse),
            Batch = _batch.ValueIn(parse),
            Context = parse.GetValue(_context),
            SelfWindows = _selfWindows.ValueIn(parse),
            LearningRate = _learningRate.ValueIn(parse),
            IntegerLearningRate = _integerLearningRate.ValueIn(parse),
            WarmUp = _warmUp.ValueIn(parse),
            HeldOut = _heldOut.ValueIn(parse),
            Checks = _checks.ValueIn(parse),
            Patience = _patience.ValueIn(parse),
            Seed = _seed.ValueIn(parse),
            Threads = _threads.ValueIn(parse),
            MemoryBudget = parse.GetValue(_memoryBudget),
            Force = parse.GetValue(_force),
            Resume = parse.GetValue(_resume),
        };
    }
}
