using System.Numerics.Tensors;
using DecoupleQ.Kernels.Products;
using DecoupleQ.Kernels.Threads;
using DecoupleQ.Models.Plans;
using DecoupleQ.Quantization.Gradients;
using DecoupleQ.Quantization.Training;

namespace DecoupleQ.Quantization.Tuning;

/// <summary>
/// A batch of windows through the whole model and back. Of the way forward only what enters each block is kept, and the values of as many of the last blocks as
/// there is room for; the others run again when their turn comes on the way back (arXiv 1604.06174).
/// </summary>
internal sealed class ModelPass
{
    // Positions whose logits are held at once, as numbers: of both models.
    private const int LogitNumbers = 1 << 21;

    // Positions that a thread works on at once.
    private const int RowsAtOnce = 8;

    private readonly TunedModel _model;
    private readonly Workers _workers;
    private readonly BlockRunner[] _forward;
    private readonly BlockBackward[] _backward;
    private readonly BlockBuffers[] _values;
    private readonly int _firstKept;
    private readonly ValueGradients _gradients = new();
    private readonly float[][] _inputs;
    private float[] _outputGradient = [];
    private float[] _logits = [];
    private float[] _reference = [];
    private float[] _states = [];

    /// <param name="model">The model.</param>
    /// <param name="kept">Of how many blocks, from the last on, values are kept on the way forward; 0 for none.</param>
    /// <param name="workers">The team.</param>
    public ModelPass(TunedModel model, int kept, Workers workers)
    {
        (_model, _workers) = (model, workers);
        int blocks = model.Parts.Count - 1;
        _firstKept = Math.Max(0, blocks - kept);
        var shared = new BlockBuffers();
        _values = [.. Enumerable.Range(0, model.Parts.Count).Select(part => part >= _firstKept ? new BlockBuffers() : shared)];
        _forward = [.. model.Parts.Select(part => new BlockRunner(part.Block.Plan, workers))];
        _backward = [.. model.Parts.Select(part => new BlockBackward(part.Block, workers))];
        _inputs = new float[model.Parts.Count][];
        Array.Fill(_inputs, []);
    }

    /// <summary>The mean loss of a batch.</summary>
    public double Evaluate(TuningBatch batch, IOutputLoss loss) => Forward(batch, loss, differentiate: false);

    /// <summary>The mean loss of a batch; the gradients of every part's parameters.</summary>
    /// <param name="batch">Windows.</param>
    /// <param name="loss">The loss.</param>
    /// <param name="before">Called with a part's number before its gradients are made, from the last to the first.</param>
    /// <param name="after">Called with a part's number when its gradients are whole: its parameters may change at once, nothing reads them any more.</param>
    public double Differentiate(TuningBatch batch, IOutputLoss loss, Action<int> before, Action<int> after)
    {
        double mean = Forward(batch, loss, differentiate: true);
        if (!double.IsFinite(mean))
        {
            return mean;
        }
        int rows = batch.Rows;
        float[] gradient = _outputGradient;
        for (int part = _forward.Length - 1; part >= 0; part--)
        {
            BlockPlan plan = _forward[part].Plan;
            before(part);
            if (part < _firstKept)
            {
                Run(part, batch);
            }
            float[] given = _gradients.Rent(plan.Output, rows);
            gradient.AsSpan(0, rows * plan.Output.Width).CopyTo(given);
            _gradients.Give(plan.Output, given, rows);
            _backward[part].Run(_values[part], _gradients, batch.Tokens, batch.Sequences);
            float[] taken = _gradients.Take(plan.Input)!;
            taken.AsSpan(0, rows * plan.Input.Width).CopyTo(gradient);
            _gradients.Return(taken);
            after(part);
        }
        EmbedBackward(batch.Ids, gradient);
        return mean;
    }

    private void Embed(int[] ids, float[] rows)
    {
        int width = _model.Plan.Width;
        for (int t = 0; t < ids.Length; t++)
        {
            _model.Embedding.ReadRow(ids[t], rows.AsSpan(t * width, width));
        }
        Scale(rows.AsSpan(0, ids.Length * width));
    }

    private void EmbedBackward(int[] ids, float[] gradient)
    {
        int width = _model.Plan.Width;
        Scale(gradient.AsSpan(0, ids.Length * width));
        for (int t = 0; t < ids.Length; t++)
        {
            _model.Embedding.AccumulateRow(ids[t], gradient.AsSpan(t * width, width));
        }
    }

    private void Scale(Span<float> rows)
    {
        if (_model.Plan.EmbeddingScale != 1)
        {
            TensorPrimitives.Multiply(rows, _model.Plan.EmbeddingScale, rows);
        }
    }

    private double Forward(TuningBatch batch, IOutputLoss loss, bool differentiate)
    {
        int rows = batch.Rows, width = _model.Plan.Width;
        Room(ref _inputs[0], rows * width);
        Embed(batch.Ids, _inputs[0]);
        for (int part = 0; part < _forward.Length; part++)
        {
            BlockPlan plan = _forward[part].Plan;
            Run(part, batch);
            if (part + 1 < _forward.Length)
            {
                Room(ref _inputs[part + 1], rows * width);
                _values[part].Rows(plan.Output, rows).AsSpan(0, rows * width).CopyTo(_inputs[part + 1]);
            }
        }
        return Output(batch, loss, _values[^1].Rows(_forward[^1].Plan.Output, rows), differentiate);
    }

    private void Run(int part, TuningBatch batch)
    {
        BlockPlan plan = _forward[part].Plan;
        _inputs[part].AsSpan(0, batch.Rows * plan.Input.Width).CopyTo(_values[part].Rows(plan.Input, batch.Rows));
        _forward[part].Run(_model.Parts[part].Block.Weights, _values[part], batch.Tokens, batch.Sequences);
    }

    // The head's product, the loss and the way back through the head, some positions at a time.
    private double Output(TuningBatch batch, IOutputLoss loss, float[] hidden, bool differentiate)
    {
        int rows = batch.Rows, width = _model.Plan.Width, vocabulary = _model.Plan.VocabularySize;
        Room(ref _outputGradient, rows * width);
        int atOnce = Math.Clamp(LogitNumbers / vocabulary, 1, rows);
        Room(ref _logits, atOnce * vocabulary);
        Room(ref _reference, batch.Reference is null ? 0 : atOnce * vocabulary);
        Room(ref _states, atOnce * width);
        (float[] logits, float[] reference, float[] states) = (_logits, _reference, _states);
        double sum = 0;
        float weight = 1f / batch.Counted;
        for (int first = 0; first < rows; first += atOnce)
        {
            int count = Math.Min(atOnce, rows - first);
            hidden.AsSpan(first * width, count * width).CopyTo(states);
            _model.Head.Multiply(states, count, logits, _workers);
            batch.Reference?.Head.Multiply(batch.ReferenceRows.AsSpan(first * width, count * width), count, reference, _workers);
            var sums = new double[count];
            _workers.For((count + RowsAtOnce - 1) / RowsAtOnce, item =>
            {
                int from = item * RowsAtOnce, length = Math.Min(RowsAtOnce, count - from);
                sums[item] = loss.Run(
                    logits.AsSpan(from * vocabulary, length * vocabulary),
                    batch.Reference is null ? Span<float>.Empty : reference.AsSpan(from * vocabulary, length * vocabulary),
                    batch.Targets.AsSpan(first + from, length),
                    weight);
            });
            sum += sums.Sum();
            if (differentiate)
            {
                _model.Head.Accumulate(logits, states, count, _workers);
                _model.Head.MultiplyTransposed(logits, count, _outputGradient.AsSpan(first * width, count * width), Destination.Overwrite, _workers);
            }
        }
        return sum / batch.Counted;
    }

    private static void Room(ref float[] array, int length) => array = array.Length >= length ? array : new float[length];
}
