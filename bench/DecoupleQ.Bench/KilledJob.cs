using System.Globalization;
using System.Text.Json.Nodes;
using DecoupleQ.Checkpoints;
using DecoupleQ.Quantization.Jobs;
using DecoupleQ.Quantization.Settings;

namespace DecoupleQ.Bench;

/// <summary>What <see cref="KillResumeBenchmark"/> kills: a job on a tiny random model, in a process of its own.</summary>
/// <param name="Folder">Where the model and its calibration are.</param>
internal sealed record KilledJob(string Folder)
{
    /// <summary>What the process prints when a block is on the disk, and the number of it.</summary>
    public const string Finished = "finished";

    /// <summary>What the process prints when all work is done but the last steps.</summary>
    public const string Ending = "ending";

    private const int Blocks = 3, Vocabulary = 256, Context = 16, Windows = 8;

    private string Model => Path.Combine(Folder, "model");

    private string Calibration => Path.Combine(Folder, "ids.safetensors");

    /// <summary>Writes the model and its calibration.</summary>
    public void Prepare()
    {
        Directory.CreateDirectory(Model);
        JsonObject config = new()
        {
            ["model_type"] = "llama", ["hidden_size"] = 64, ["intermediate_size"] = 128, ["num_hidden_layers"] = Blocks, ["num_attention_heads"] = 4,
            ["vocab_size"] = Vocabulary, ["max_position_embeddings"] = 64, ["tie_word_embeddings"] = false,
        };
        RandomLlama.Write(Model, config, format: null, packedHead: false);
        var random = new Random(1);
        int[] ids = [.. Enumerable.Range(0, Windows * Context).Select(_ => random.Next(Vocabulary))];
        SafetensorsWriter.Write(Calibration, [new TensorPayload(
            "ids", TensorType.I32, [Windows, Context], (stream, _) => stream.Write(System.Runtime.InteropServices.MemoryMarshal.AsBytes<int>(ids)))]);
    }

    /// <summary>Runs the job that <paramref name="arguments"/> describe, in this process: a command, an output and flags.</summary>
    public void Run(string command, string output, IReadOnlyCollection<string> flags)
    {
        bool force = flags.Contains("--force"), resume = flags.Contains("--resume");
        if (command == "convert")
        {
            ConversionJob.Run(
                new() { Model = Model, Output = output, Force = force, Resume = resume, ShardBytes = 40_000 },
                new Reports<ConversionProgress>(p => Say(p.Bytes >= p.TotalBytes ? Ending : "tensor")));
            return;
        }
        QuantizationOptions options = new()
        {
            Model = Model,
            Output = output,
            Calibration = [Calibration],
            Format = new(int.Parse(command, CultureInfo.InvariantCulture), 64),
            Samples = 4,
            HeldOutSamples = 2,
            Minimisation = new() { Epochs = 1 },
            Threads = 1,
            Force = force,
            Resume = resume,
        };
        QuantizationJob.Run(options, new Reports<JobProgress>(p =>
        {
            if (p.Finished is not null)
            {
                Say($"{Finished} {p.Block}");
                if (p.Block == Blocks)
                {
                    Say(Ending);
                }
            }
        }));
    }

    private static void Say(string line)
    {
        Console.Out.WriteLine(line);
        Console.Out.Flush();
    }

    private sealed class Reports<T>(Action<T> action) : IProgress<T>
    {
        public void Report(T value) => action(value);
    }
}
