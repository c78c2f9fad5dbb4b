using DecoupleQ.Kernels.Threads;
using DecoupleQ.Models.Plans;
using DecoupleQ.Quantization.Gradients;
using DecoupleQ.Quantization.Training;

namespace DecoupleQ.Quantization.Tuning;

/// <summary>How a whole model is trained.</summary>
internal sealed record TuningSettings
{
    public int Steps { get; init; } = 800;

    public int Batch { get; init; } = 8;

    public double FloatRate { get; init; } = 3e-4;

    public double IntegerRate { get; init; } = 2e-3;

    public bool Integers { get; init; } = true;

    public double WarmUp { get; init; } = 0.05;

    public AdamOptions Adam { get; init; } = new() { Beta1 = 0.9, Beta2 = 0.95, Epsilon = 1e-8, WeightDecay = 0 };

    public AdamOptions LatentAdam { get; init; } = new() { Beta1 = 0.9, Beta2 = 0.95, Epsilon = 1e-12, WeightDecay = 0 };

    public ulong Seed { get; init; }

    public int KeptBlocks { get; init; }

    public double ScaleAt(int step) => step < WarmUp * Steps
        ? (step + 1) / (WarmUp * Steps)
        : 0.5 * (1 + Math.Cos(Math.PI * (step - (WarmUp * Steps)) / (Steps - (WarmUp * Steps))));
}

/// <summary>Trains a whole packed model against what the dense one makes of the same text.</summary>
internal sealed class ModelTuning
{
    private readonly TuningSettings _settings;
    private readonly Workers _workers;
    private readonly TunedModel _model;
    private readonly ModelPass _pass;
    private readonly Adam[] _floats;
    private readonly (TrainedLinear Layer, LatentAdam Adam)[][] _latents;
    private readonly List<float[]> _weightGradients = [];

    public ModelTuning(TunedModel model, TuningSettings settings, Workers workers)
    {
        (_model, _settings, _workers) = (model, settings, workers);
        _pass = new ModelPass(model, settings.KeptBlocks, workers);
        _floats = [.. model.Parts.Select(part => new Adam(part.Trained, settings.Adam))];
        _latents = [.. model.Parts.Select(part => part.Layers.Values.Where(layer => layer.Latents is not null)
            .Select(layer => (layer, new LatentAdam(layer, settings.LatentAdam))).ToArray())];
    }

    public ModelPass Pass => _pass;

    /// <summary>One step.</summary>
    public double Step(TuningBatch batch, IOutputLoss loss, int step)
    {
        double scale = _settings.ScaleAt(step);
        return _pass.Differentiate(batch, loss, Lend, part =>
        {
            foreach ((TrainedLinear layer, LatentAdam adam) in _latents[part])
            {
                TrainedLinearBackward.Finish(layer, _workers);
            }
            foreach ((TrainedLinear layer, LatentAdam adam) in _latents[part])
            {
                adam.Step(scale * _settings.IntegerRate, _workers);
                layer.Latents!.WeightGradient = null;
            }
            _floats[part].Step(scale * _settings.FloatRate);
        });
    }

    private void Lend(int part)
    {
        foreach ((int i, (TrainedLinear layer, _)) in _latents[part].Index())
        {
            int length = layer.Integers.Length;
            if (i == _weightGradients.Count)
            {
                _weightGradients.Add(new float[length]);
            }
            if (_weightGradients[i].Length < length)
            {
                _weightGradients[i] = new float[length];
            }
            layer.Latents!.WeightGradient = _weightGradients[i];
        }
    }
}
