using DecoupleQ.Kernels.Threads;
using DecoupleQ.Quantization.Gradients;
using DecoupleQ.Quantization.Training;

namespace DecoupleQ.Quantization.Tuning;

/// <summary>Trains a whole packed model, a step at a time.</summary>
internal sealed class ModelTuning
{
    private readonly TuningOptions _options;
    private readonly Workers _workers;
    private readonly ModelPass _pass;
    private readonly Adam[] _floats;
    private readonly LatentAdam[][] _integers;
    private readonly Adam _tables;
    private readonly List<float[]> _weightGradients = [];

    /// <param name="model">The model, as it is changed.</param>
    /// <param name="options">How.</param>
    /// <param name="kept">Of how many blocks values are kept between the ways forward and back.</param>
    /// <param name="workers">The team.</param>
    public ModelTuning(TunedModel model, TuningOptions options, int kept, Workers workers)
    {
        (_options, _workers) = (options, workers);
        _pass = new ModelPass(model, kept, workers);
        _floats = [.. model.Parts.Select(part => new Adam(part.Trained, TuningOptions.Adam))];
        _integers = [.. model.Parts.Select(part => part.Layers.Values.Where(layer => layer.Latents is not null)
            .Select(layer => new LatentAdam(layer, TuningOptions.IntegerAdam)).ToArray())];
        _tables = new Adam(model.Tables, TuningOptions.Adam);
    }

    /// <summary>All numbers that the next step depends on, in one order: what a job keeps to go on later.</summary>
    public IEnumerable<float[]> State =>
        _floats.SelectMany(adam => adam.State).Concat(_integers.SelectMany(part => part.SelectMany(adam => adam.State))).Concat(_tables.State);

    /// <summary>Goes on from numbers that were put into <see cref="State"/>.</summary>
    /// <param name="steps">Steps that had been made.</param>
    public void Resume(int steps)
    {
        Array.ForEach(_floats, adam => adam.Resume(steps));
        _tables.Resume(steps);
        foreach (LatentAdam adam in _integers.SelectMany(part => part))
        {
            adam.Resume(steps);
        }
    }

    /// <summary>The mean loss of a batch.</summary>
    public double Evaluate(TuningBatch batch, IOutputLoss loss) => _pass.Evaluate(batch, loss);

    /// <summary>Makes a step. Every block changes as soon as its gradients are whole, so that only one block's are held.</summary>
    /// <param name="batch">Windows.</param>
    /// <param name="loss">The loss.</param>
    /// <param name="step">The step's number, from 0.</param>
    /// <returns>The mean loss before the step; where it is not finite, nothing has changed.</returns>
    public double Step(TuningBatch batch, IOutputLoss loss, int step)
    {
        double rate = _options.RateAt(step);
        double mean = _pass.Differentiate(batch, loss, LendGradients, part =>
        {
            foreach (LatentAdam adam in _integers[part])
            {
                TrainedLinearBackward.Finish(adam.Layer, _workers);
                adam.Step(rate * _options.IntegerLearningRate, _workers);
                adam.Layer.Latents!.WeightGradient = null;
            }
            _floats[part].Step(rate * _options.LearningRate);
        });
        if (double.IsFinite(mean))
        {
            _tables.Step(rate * _options.TableLearningRate);
        }
        return mean;
    }

    private void LendGradients(int part)
    {
        foreach ((int i, LatentAdam adam) in _integers[part].Index())
        {
            int length = adam.Layer.Integers.Length;
            if (i == _weightGradients.Count)
            {
                _weightGradients.Add([]);
            }
            if (_weightGradients[i].Length < length)
            {
                _weightGradients[i] = new float[length];
            }
            adam.Layer.Latents!.WeightGradient = _weightGradients[i];
        }
    }
}
