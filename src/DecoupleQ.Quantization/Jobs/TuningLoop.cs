using DecoupleQ.Quantization.Training;
using DecoupleQ.Quantization.Tuning;
using DecoupleQ.Tensors;

namespace DecoupleQ.Quantization.Jobs;

/// <summary>A tuned model as it is stored.</summary>
/// <param name="Parts">Its blocks in order, and what comes after them.</param>
/// <param name="Tables">Embedding and head, by module.</param>
internal sealed record StoredParameters(IReadOnlyList<BlockParameters> Parts, IReadOnlyDictionary<string, WeightMatrix> Tables);

/// <summary>The steps of a tuning, and its looks at the held-out windows.</summary>
/// <param name="model">The model, as it is changed.</param>
/// <param name="tables">Its embedding and head.</param>
/// <param name="tuning">Trains it.</param>
/// <param name="windows">The data.</param>
/// <param name="reference">What the dense model makes of it; null where the loss does not ask.</param>
/// <param name="options">The job's options.</param>
/// <param name="meter">Is told.</param>
internal sealed class TuningLoop(
    TunedModel model,
    IReadOnlyList<TunedTable> tables,
    ModelTuning tuning,
    TuningWindows windows,
    ReferenceHidden? reference,
    TuningOptions options,
    TuningMeter meter)
{
    private readonly IOutputLoss _loss = options.Loss == TuningLoss.Divergence ? new DivergenceLoss() : new NextTokenLoss();
    private readonly List<TuningCheck> _checks = [];
    private double _sum;
    private int _steps;

    /// <summary>Keeps what there is: all looks so far, and the parameters as they are stored if the last look was the best.</summary>
    public delegate void Keep(IReadOnlyList<TuningCheck> checks, StoredParameters? best);

    /// <summary>Trains to the end, or until it does not help any more.</summary>
    /// <param name="before">Looks that have been taken.</param>
    /// <param name="first">Steps that have been made.</param>
    /// <param name="keep">Called at every look.</param>
    /// <param name="cancellationToken">Ends the work between steps.</param>
    /// <returns>All looks.</returns>
    /// <exception cref="DecoupleQException">The packed model's logits are not finite to begin with.</exception>
    public IReadOnlyList<TuningCheck> Run(IReadOnlyList<TuningCheck> before, int first, Keep keep, CancellationToken cancellationToken)
    {
        _checks.AddRange(before);
        if (_checks.Count == 0)
        {
            if (!Check(0, keep, cancellationToken))
            {
                throw new DecoupleQException("The packed model's logits are not finite.", options.Model, expected: "a model that can be evaluated");
            }
        }
        int every = Math.Max(1, options.Steps / options.Checks);
        for (int step = first; step < options.Steps && !IsHopeless; step++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int[] numbers = windows.Step(step, options.Batch, options.Seed);
            double loss = tuning.Step(new TuningBatch([.. numbers.Select(i => windows.Training[i])], reference, numbers), _loss, step);
            if (!double.IsFinite(loss))
            {
                break;
            }
            (_sum, _steps) = (_sum + loss, _steps + 1);
            meter.Made(loss);
            ResidentMemory.Trim();
            if (((step + 1) % every == 0 || step + 1 == options.Steps) && !Check(step + 1, keep, cancellationToken))
            {
                break;
            }
        }
        return _checks;
    }

    private bool IsHopeless => _checks.Count - 1 - BestLook >= options.Patience;

    private int BestLook => _checks.Index().Aggregate(0, (best, check) => check.Item.HeldOutLoss < _checks[best].HeldOutLoss ? check.Index : best);

    /// <summary>Looks at the held-out windows; false, and nothing kept, if their loss is not finite: training has led astray.</summary>
    private bool Check(int step, Keep keep, CancellationToken cancellationToken)
    {
        float[][][] copies = [.. model.Parts.Select(part => part.Copy())];
        float[][] tableCopies = [.. model.Tables.Select(table => (float[])table.Values.Clone())];
        var stored = new StoredParameters(
            [.. model.Parts.Select(part => part.Store())], tables.ToDictionary(table => table.Module, table => table.Store()));
        double loss = HeldOut(cancellationToken);
        if (!double.IsFinite(loss))
        {
            return false;
        }
        var check = new TuningCheck(step, loss, _steps == 0 ? null : _sum / _steps);
        (_sum, _steps) = (0, 0);
        _checks.Add(check);
        foreach ((int i, float[][] copy) in copies.Index())
        {
            model.Parts[i].Restore(copy);
        }
        foreach ((int i, float[] copy) in tableCopies.Index())
        {
            copy.CopyTo(model.Tables[i].Values, 0);
        }
        keep(_checks, BestLook == _checks.Count - 1 ? stored : null);
        meter.Checked(check);
        return true;
    }

    private double HeldOut(CancellationToken cancellationToken)
    {
        double sum = 0;
        foreach (int[] numbers in Enumerable.Range(0, windows.HeldOut.Length).Chunk(options.Batch))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var batch = new TuningBatch(
                [.. numbers.Select(i => windows.HeldOut[i])], reference, [.. numbers.Select(i => windows.Training.Length + i)]);
            sum += tuning.Evaluate(batch, _loss) * numbers.Length;
            meter.Advance(numbers.Length);
        }
        return sum / windows.HeldOut.Length;
    }
}
