using DecoupleQ.Kernels.Threads;
using DecoupleQ.Models.Plans;
using DecoupleQ.Quantization.Calibration;
using DecoupleQ.Quantization.Gradients;
using DecoupleQ.Quantization.Jobs;
using DecoupleQ.Quantization.Training;
using DecoupleQ.Quantization.Tests.Gradients;
using DecoupleQ.Quantization.Tests.Jobs;
using DecoupleQ.Quantization.Tuning;
using DecoupleQ.Storage;

namespace DecoupleQ.Quantization.Tests.Tuning;

/// <summary>Gradients of whole models against finite differences of a float64 oracle, and their independence of how memory is used.</summary>
public sealed class ModelPassTests
{
    private const int Sequences = 2;

    [Theory]
    [InlineData(TuningLoss.Divergence, false, 16, 32, false)]
    [InlineData(TuningLoss.NextToken, false, 16, -1, true)]
    [InlineData(TuningLoss.Divergence, true, 16, 32, false)]
    [InlineData(TuningLoss.Divergence, false, 4, 32, false)]
    [InlineData(TuningLoss.Divergence, true, 4, -1, false)]
    public void The_gradient_of_the_whole_model_equals_finite_differences(TuningLoss kind, bool tied, int tableBits, int groupSize, bool biases)
    {
        using var packed = new PackedTinyModel(tied, groupSize, tableBits, biases);
        using var pass = new Pass(packed, kind, tables: true, kept: 0);
        double loss = pass.Differentiate();

        var oracle = new Oracle(pass);
        Assert.Equal(oracle.Loss(), loss, 5e-5 * loss);
        foreach ((TrainedTensor tensor, double[] copy) in oracle.Copies)
        {
            FiniteDifferences.AssertGradient($"a tensor of {copy.Length}", tensor.Gradient, copy, oracle.Loss, most: 4);
        }
    }

    [Fact]
    public void Blocks_that_run_again_give_the_gradients_of_blocks_whose_values_are_kept()
    {
        using var packed = new PackedTinyModel();
        using Pass again = new(packed, TuningLoss.Divergence, tables: true, kept: 0), kept = new(packed, TuningLoss.Divergence, tables: true, kept: 2);
        Assert.Equal(again.Differentiate(), kept.Differentiate());
        Assert.Equal(Gradients(again), Gradients(kept));
    }

    [Fact]
    public void What_integers_are_trained_by_gives_the_gradients_of_scales_and_offsets()
    {
        using var packed = new PackedTinyModel();
        using Pass frozen = new(packed, TuningLoss.Divergence, tables: false, kept: 1), trained = new(packed, TuningLoss.Divergence, tables: false, kept: 1);
        frozen.Differentiate();
        foreach (TrainedLinear layer in trained.Model.Parts.SelectMany(part => part.Layers.Values))
        {
            Assert.NotNull(layer.Latents);
            layer.Latents.WeightGradient = new float[layer.Integers.Length];
        }
        trained.Differentiate();
        foreach (TrainedLinear layer in trained.Model.Parts.SelectMany(part => part.Layers.Values))
        {
            TrainedLinearBackward.Finish(layer, trained.Workers);
            Assert.Contains(layer.Latents!.WeightGradient!, g => g != 0);
        }
        foreach ((float expected, float actual) in Gradients(frozen).Zip(Gradients(trained)))
        {
            Assert.Equal(expected, actual, 1e-7f + (1e-4f * Math.Abs(expected)));
        }
    }

    private static float[] Gradients(Pass pass) =>
        [.. pass.Model.Parts.SelectMany(part => part.Trained).Concat(pass.Model.Tables).SelectMany(tensor => tensor.Gradient)];

    /// <summary>A model and a batch of two windows.</summary>
    private sealed class Pass : IDisposable
    {
        private readonly TuningInput _input;
        private readonly ActivationMemory _memory;
        private readonly ModelPass _pass;

        public Pass(PackedTinyModel packed, TuningLoss kind, bool tables, int kept)
        {
            _input = TuningInput.Open(
                packed.Options(packed.Model.NewOutput()) with { Tables = tables, Integers = !tables }, TestContext.Current.CancellationToken);
            _memory = new ActivationMemory(long.MaxValue, packed.Model.Outputs, new DurableWriter(DurableWriter.Room));
            Model = _input.Model().Model;
            Loss = kind == TuningLoss.Divergence ? new DivergenceLoss() : new NextTokenLoss();
            ReferenceHidden? reference = kind == TuningLoss.Divergence
                ? ReferenceHidden.Of(_input.DenseWeights, _input.DensePlan, _input.Texts, _memory, Workers)
                : null;
            Batch = new TuningBatch(_input.Texts[..Sequences], reference, [0, 1]);
            _pass = new ModelPass(Model, kept, Workers);
        }

        public Workers Workers { get; } = new(2);

        public TunedModel Model { get; }

        public TuningBatch Batch { get; }

        public IOutputLoss Loss { get; }

        public double Differentiate() => _pass.Differentiate(Batch, Loss, _ => { }, _ => { });

        public void Dispose()
        {
            _memory.Dispose();
            Workers.Dispose();
            _input.Dispose();
        }
    }

    /// <summary>The loss in float64, over copies of all that is trained.</summary>
    private sealed class Oracle
    {
        private readonly Pass _pass;
        private readonly DoubleBlock[] _parts;
        private readonly Dictionary<TrainedTensor, double[]> _tables;

        public Oracle(Pass pass)
        {
            _pass = pass;
            double[] frequencies = RotaryEmbedding.Frequencies(16, 10000);
            _parts = [.. pass.Model.Parts.Select(part => new DoubleBlock(part.Block, frequencies))];
            _tables = pass.Model.Tables.ToDictionary(tensor => tensor, tensor => tensor.Values.Select(v => (double)v).ToArray());
            Copies = [.. _parts.SelectMany(part => part.Copies).Concat(_tables)];
        }

        public IReadOnlyList<KeyValuePair<TrainedTensor, double[]>> Copies { get; }

        public double Loss()
        {
            TuningBatch batch = _pass.Batch;
            double sum = 0;
            for (int sequence = 0; sequence < Sequences; sequence++)
            {
                int first = sequence * batch.Tokens;
                double[] values = [.. Enumerable.Range(first, batch.Tokens).SelectMany(t => Row(_pass.Model.Embedding, batch.Ids[t]))];
                foreach (DoubleBlock part in _parts)
                {
                    values = part.Forward(values);
                }
                double[][] head = [.. Enumerable.Range(0, TinyModel.Vocabulary).Select(id => Row(_pass.Model.Head, id))];
                for (int t = 0; t < batch.Tokens; t++)
                {
                    double[] hidden = values[(t * TinyModel.Width)..((t + 1) * TinyModel.Width)];
                    double[] logits = [.. head.Select(row => row.Zip(hidden, (a, b) => a * b).Sum())];
                    sum += At(batch, first + t, logits);
                }
            }
            return sum / batch.Counted;
        }

        private double At(TuningBatch batch, int row, double[] logits)
        {
            if (batch.Reference is not ReferenceHidden reference)
            {
                return batch.Targets[row] < 0 ? 0 : -LogProbabilities(logits)[batch.Targets[row]];
            }
            var dense = new float[TinyModel.Vocabulary];
            reference.Head.Multiply(batch.ReferenceRows.AsSpan(row * TinyModel.Width, TinyModel.Width), 1, dense, Workers.Alone);
            double[] t = LogProbabilities([.. dense.Select(v => (double)v)]), q = LogProbabilities(logits);
            return t.Zip(q, (a, b) => Math.Exp(a) * (a - b)).Sum();
        }

        private double[] Row(DifferentiableLinear table, int id) => table switch
        {
            TrainedMatrix matrix => _tables[matrix.Weights][(id * TinyModel.Width)..((id + 1) * TinyModel.Width)],
            TrainedLinear affine => [.. Enumerable.Range(0, TinyModel.Width).Select(j =>
            {
                int pair = (id * (TinyModel.Width / affine.GroupSize)) + (j / affine.GroupSize);
                return (_tables[affine.Scales][pair] * affine.Integers[(id * TinyModel.Width) + j]) + _tables[affine.Offsets][pair];
            })],
            _ => throw new NotSupportedException(),
        };

        private static double[] LogProbabilities(double[] logits)
        {
            double max = logits.Max(), log = max + Math.Log(logits.Sum(v => Math.Exp(v - max)));
            return [.. logits.Select(v => v - log)];
        }
    }
}
