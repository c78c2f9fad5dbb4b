using System.CommandLine;
using DecoupleQ.Cli.Invocation;
using DecoupleQ.Cli.Json;
using DecoupleQ.Cli.Options;
using DecoupleQ.Cli.Progress;
using DecoupleQ.Cli.Rendering;
using DecoupleQ.Quantization.Jobs;
using DecoupleQ.Quantization.Solver;

namespace DecoupleQ.Cli.Commands;

/// <summary><c>decoupleq quantize MODEL -o OUT --calibration FILE...</c></summary>
internal sealed class QuantizeCommand : ToolCommand
{
    private readonly PathArgument _model = new("MODEL", "The dense model's folder", "a folder with config.json, *.safetensors and a tokenizer");
    private readonly PathOption _output = new("--output", ["-o"], "OUT", "The folder to write", "a folder that does not exist yet") { Required = true };
    private readonly PathsOption _calibration = new(
        "--calibration",
        "FILE...",
        "Text files to calibrate on, or one .safetensors with an integer tensor 'ids' (windows x context)",
        "one or more text files, or one .safetensors with a tensor 'ids'") { Required = true };

    private readonly NumberOption<int> _bits = NumberOption<int>.OneOf("--bits", "Bits of a quantized weight", [2, 3, 4, 8], 2);
    private readonly NumberOption<int> _groupSize = NumberOption<int>.OneOf(
        "--group-size", "Inputs that share a scale and a bias; -1 for the whole row (per channel)", [QuantizationFormat.PerChannel, 32, 64, 128], 64);

    private readonly NumberOption<int> _samples = new(
        "--samples", "Calibration windows [default: 128 of a text, all of a .safetensors]", "a whole number, at least 1", samples => samples >= 1);

    private readonly NumberOption<int> _context = SharedOptions.Context("Ids in a calibration window");
    private readonly NumberOption<ulong> _seed = SharedOptions.Seed("Seed of the calibration windows' offsets");
    private readonly NumberOption<int> _embeddingBits = NumberOption<int>.OneOf(
        "--embedding-bits", "Bits of the token embedding: 16 as stored, 8 or 4 in groups of 64", [16, 8, 4], 16);

    private readonly NumberOption<int> _headBits = NumberOption<int>.OneOf(
        "--head-bits", "Bits of the output head: 16 as stored, 8 or 4 in groups of 64", [16, 8, 4], 16);

    private readonly NumberOption<int> _blocks = new(
        "--blocks", "Quantize only the first N blocks; the rest stay dense [default: all]", "a whole number, at least 1", blocks => blocks >= 1);

    private readonly NumberOption<int> _blockEpochs = new(
        "--block-epochs", "Epochs of training each block's scales, offsets and norms after its layers are solved; 0 for none", "a whole number, at least 0", epochs => epochs >= 0, 4);

    private readonly NumberOption<double> _blockLearningRate = new(
        "--block-lr", "Learning rate of that training", "a number above 0", rate => rate > 0, 1e-5);

    private readonly Option<bool> _trainBiases = new("--train-biases")
    {
        Description = "Train the biases of linear layers too",
    };

    private readonly MemorySizeOption _memoryBudget = new(
        "--memory-budget", "What Hessians, slabs and activations may take; beyond it activations spill to files [default: no bound]");

    private readonly Option<bool> _resume = new("--resume")
    {
        Description = "Continue an interrupted job from OUT.partial; the result has the same bytes",
    };

    private readonly NumberOption<int> _threads = SharedOptions.Threads();
    private readonly Option<bool> _force = new("--force")
    {
        Description = "Replace OUT if it is empty or was written by decoupleq, once the new one is whole",
    };

    public QuantizeCommand(ToolContext context)
        : base("quantize", "Quantize a dense model to a packed one", context)
    {
        Add(_model);
        Add(_output);
        Add(_calibration);
        Add(_bits);
        Add(_groupSize);
        Add(_samples);
        Add(_context);
        Add(_seed);
        Add(_embeddingBits);
        Add(_headBits);
        Add(_blocks);
        Add(_blockEpochs);
        Add(_blockLearningRate);
        Add(_trainBiases);
        Add(_memoryBudget);
        Add(_resume);
        Add(_threads);
        Add(_force);
        AddCommonOptions();
    }

    protected override int Execute(ParseResult parse)
    {
        QuantizationOptions options = new()
        {
            Model = parse.GetRequiredValue(_model),
            Output = parse.GetRequiredValue(_output),
            Calibration = parse.GetRequiredValue(_calibration),
            Format = new(_bits.ValueIn(parse), _groupSize.ValueIn(parse)),
            Samples = parse.GetValue(_samples),
            Context = parse.GetValue(_context),
            Seed = _seed.ValueIn(parse),
            Threads = parse.GetValue(_threads) ?? 0,
            EmbeddingBits = _embeddingBits.ValueIn(parse),
            HeadBits = _headBits.ValueIn(parse),
            Blocks = parse.GetValue(_blocks),
            Minimisation = new()
            {
                Epochs = _blockEpochs.ValueIn(parse),
                LearningRate = _blockLearningRate.ValueIn(parse),
                TrainBiases = parse.GetValue(_trainBiases),
            },
            MemoryBudget = parse.GetValue(_memoryBudget),
            Resume = parse.GetValue(_resume),
            Force = parse.GetValue(_force),
        };
        QuantizationReport report = ProgressDisplay.Run<JobProgress, QuantizationReport>(
            Context.Terminal,
            "reading the model",
            JobProgressText.Describe,
            progress => QuantizationJob.Run(options, progress, Context.Cancellation));
        if (WantsJson(parse))
        {
            JsonOutput.Write(Context.Terminal.Output, QuantizeDocument.From(report), ToolJson.Default.QuantizeDocument);
        }
        else
        {
            QuantizationView.Write(Context.Terminal.OutputConsole, report);
        }
        return ExitCodes.Success;
    }
}
