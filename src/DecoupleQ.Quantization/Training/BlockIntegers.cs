using DecoupleQ.Kernels.Threads;
using DecoupleQ.Models.Plans;
using DecoupleQ.Quantization.Gradients;

namespace DecoupleQ.Quantization.Training;

/// <summary>The integers of a block while they are trained; nothing where they are not.</summary>
internal sealed class BlockIntegers : IDisposable
{
    // Gradients of single integers are tiny.
    private const double Epsilon = 1e-12;

    private readonly IntegerSteps[] _layers = [];
    private readonly double _rate;
    private readonly Workers _workers;

    /// <param name="problem">The block.</param>
    /// <param name="options">How it is trained.</param>
    /// <param name="parameters">Its parameters; its layers are given latents.</param>
    /// <param name="workers">The team.</param>
    public BlockIntegers(BlockTrainingProblem problem, BlockMinimisationOptions options, TrainedParameters parameters, Workers workers)
    {
        (_rate, _workers) = (options.IntegerRate, workers);
        if (options.Integers == IntegerTraining.None || options.Epochs == 0)
        {
            return;
        }
        Func<LinearOperation, float[]> dense = problem.Dense ?? throw new ArgumentException("Integers are trained from the dense weights.", nameof(problem));
        foreach ((LinearOperation operation, TrainedLinear layer) in parameters.Layers)
        {
            layer.Latents = LatentIntegers.Of(problem.Start.Layers[operation], dense(operation), layer.Inputs);
            layer.Latents.WeightGradient = new float[layer.Integers.Length];
        }
        _layers = [.. parameters.Layers.Values.Select(layer => options.Integers == IntegerTraining.SignedGradient
            ? (IntegerSteps)new LatentSigns(layer)
            : new LatentAdam(layer, options.Adam with { Epsilon = Epsilon, WeightDecay = 0 }))];
    }

    /// <summary>Makes the sums for s and z from what was gathered, then a step.</summary>
    /// <param name="share">The learning rate over the highest.</param>
    public void Step(double share)
    {
        foreach (IntegerSteps layer in _layers)
        {
            TrainedLinearBackward.Finish(layer.Layer, _workers);
            layer.Step(_rate * share, _workers);
        }
    }

    /// <summary>Gives the gradients' memory back.</summary>
    public void Dispose()
    {
        foreach (IntegerSteps layer in _layers)
        {
            layer.Layer.Latents!.WeightGradient = null;
        }
    }
}
