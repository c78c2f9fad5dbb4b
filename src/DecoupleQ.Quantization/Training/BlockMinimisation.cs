using System.Numerics.Tensors;
using DecoupleQ.Kernels.Threads;

namespace DecoupleQ.Quantization.Training;

/// <summary>
/// Block-wise minimisation (arXiv 2404.12759, section 3.4): with the integers of all its layers frozen, or trained too, a block's s, z and norm weights are
/// trained so that its output approaches the full-precision block's.
/// </summary>
internal static class BlockMinimisation
{
    /// <summary>Trains a block, one sequence a step.</summary>
    /// <remarks>Pure: <paramref name="problem"/> is not changed, and the result does not depend on the number of threads.</remarks>
    /// <param name="problem">The block and its sequences.</param>
    /// <param name="options">How to train.</param>
    /// <param name="workers">The team.</param>
    /// <param name="progress">Told after every step.</param>
    /// <param name="cancellationToken">Ends the training between two steps.</param>
    /// <returns>What is to be stored. The held-out loss is measured with what is stored, and the start is kept where training did not lower it.</returns>
    /// <exception cref="DecoupleQException">The block's output is not finite to begin with, or an option is out of range.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static BlockTrainingResult Run(
        BlockTrainingProblem problem,
        BlockMinimisationOptions options,
        Workers workers,
        IProgress<BlockTrainingProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        options.Validate();
        var parameters = new TrainedParameters(problem, options.Kinds);
        var loss = new BlockLoss(parameters.Block, workers);
        IBlockSamples? heldOut = problem.HeldOut is { Count: > 0 } samples ? samples : null;

        double? before = heldOut is null ? null : loss.Evaluate(heldOut, cancellationToken);
        if (before is double start && !double.IsFinite(start))
        {
            throw NotFinite(problem.Name);
        }
        (List<double> epochs, bool diverged) = Train(problem, options, parameters, loss, workers, progress, cancellationToken);
        if (diverged)
        {
            return new BlockTrainingResult(problem.Start, new BlockTrainingReport(epochs, before, null, Kept: false, Diverged: true));
        }
        BlockParameters trained = parameters.Store();
        double? after = heldOut is null ? null : loss.Evaluate(heldOut, cancellationToken);
        // Not a number is not less.
        bool kept = options.Epochs > 0 && (heldOut is null || after < before);
        return new BlockTrainingResult(kept ? trained : problem.Start, new BlockTrainingReport(epochs, before, after, kept, Diverged: false));
    }

    private static (List<double> Epochs, bool Diverged) Train(
        BlockTrainingProblem problem,
        BlockMinimisationOptions options,
        TrainedParameters parameters,
        BlockLoss loss,
        Workers workers,
        IProgress<BlockTrainingProgress>? progress,
        CancellationToken cancellationToken)
    {
        using var integers = new BlockIntegers(problem, options, parameters, workers);
        var adam = new Adam(parameters.Trained, options.Adam, parameters.Rates);
        float weight = options.Loss == TrainingLoss.Relative && options.Epochs > 0 ? Weight(loss.TargetEnergy(problem.Training, cancellationToken)) : 1;
        var epochs = new List<double>();
        int sequences = problem.Training.Count, steps = options.Epochs * sequences, step = 0;
        int[] order = [.. Enumerable.Range(0, sequences)];
        var random = new SplitMix64(problem.OrderSeed);
        for (int epoch = 0; epoch < options.Epochs && sequences > 0; epoch++)
        {
            if (options.Order == SequenceOrder.Shuffled)
            {
                random.Shuffle(order);
            }
            double sum = 0;
            foreach (int sequence in order)
            {
                cancellationToken.ThrowIfCancellationRequested();
                double current = loss.Differentiate(problem.Training, sequence, weight);
                if (!double.IsFinite(current))
                {
                    return step == 0 ? throw NotFinite(problem.Name) : (epochs, true);
                }
                integers.Step(options.RateAt(step, steps) / options.LearningRate);
                adam.Step(options.RateAt(step, steps));
                step++;
                sum += current;
                progress?.Report(new BlockTrainingProgress(step, steps, current));
            }
            epochs.Add(sum / sequences);
        }
        return (epochs, !parameters.Trained.All(t => TensorPrimitives.IsFiniteAll<float>(t.Values)));
    }

    // A target of zeros has no energy to measure an error in.
    private static float Weight(double energy) => energy is > 1e-30 and < 1e30 ? (float)(1 / energy) : 1;

    private static DecoupleQException NotFinite(string block) => new(
        "The quantized block's output is not finite, so the block cannot be trained.",
        field: block,
        expected: "finite activations; without block epochs the model can still be quantized layer by layer");
}
