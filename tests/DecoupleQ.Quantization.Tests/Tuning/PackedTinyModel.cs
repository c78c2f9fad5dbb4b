using DecoupleQ.Quantization.Jobs;
using DecoupleQ.Quantization.Solver;
using DecoupleQ.Quantization.Tests.Calibration;
using DecoupleQ.Quantization.Tests.Jobs;
using DecoupleQ.Quantization.Tuning;

namespace DecoupleQ.Quantization.Tests.Tuning;

/// <summary>A tiny model, packed, and windows to train it on: tunings of it take a fraction of a second.</summary>
public sealed class PackedTinyModel : IDisposable
{
    public const int Windows = 40;

    internal PackedTinyModel(bool tied, int groupSize, int tableBits, bool biases = false)
    {
        Model = new TinyModel(tied, biases: biases);
        Packed = Model.Run(o => o with
        {
            Format = new QuantizationFormat(2, groupSize),
            EmbeddingBits = tableBits,
            HeadBits = tied ? 16 : tableBits,
            Minimisation = o.Minimisation with { Epochs = 0 },
        });
        Data = Ids.Write(Path.Combine(Model.Outputs, "..", "data.safetensors"), Windows, TinyModel.Context, TinyModel.Vocabulary, seed: 3);
    }

    public PackedTinyModel()
        : this(tied: false, groupSize: 32, tableBits: 16)
    {
    }

    public TinyModel Model { get; }

    public string Packed { get; }

    public string Data { get; }

    /// <summary>A short job: twelve steps of four windows, looked at every three.</summary>
    public TuningOptions Options(string output) => new()
    {
        Model = Packed,
        Against = Model.Folder,
        Output = output,
        Data = [Data],
        Integers = true,
        Steps = 12,
        Batch = 4,
        HeldOut = 4,
        Checks = 4,
        LearningRate = 1e-3,
        IntegerLearningRate = 2e-2,
        Threads = 1,
    };

    /// <summary>Runs the short job into a new folder, changed by <paramref name="change"/>.</summary>
    public TuningReport Run(
        Func<TuningOptions, TuningOptions>? change = null, Action<TuningProgress>? progress = null, CancellationTokenSource? cancellation = null)
    {
        TuningOptions options = Options(Model.NewOutput());
        options = change?.Invoke(options) ?? options;
        return TuningJob.Run(
            options, progress is null ? null : new Listener(progress), cancellation?.Token ?? TestContext.Current.CancellationToken);
    }

    public void Dispose() => Model.Dispose();

    private sealed class Listener(Action<TuningProgress> action) : IProgress<TuningProgress>
    {
        public void Report(TuningProgress value) => action(value);
    }
}
