using DecoupleQ.Checkpoints;
using DecoupleQ.Kernels;
using DecoupleQ.Models;
using DecoupleQ.Models.Architectures;
using DecoupleQ.Quantization.Calibration;
using DecoupleQ.Quantization.Jobs;
using DecoupleQ.Quantization.Settings;
using DecoupleQ.Quantization.Training;
using DecoupleQ.Tensors;

namespace DecoupleQ.Quantization.Tests.Jobs;

/// <summary>What blocks are trained towards, on a model of four blocks of which the first and the third may be skipped.</summary>
public sealed class TrainingTargetTests : IDisposable
{
    private readonly TinyModel _model = new(tied: true, blocks: 4);

    [Theory]
    [InlineData(TrainingTarget.QuantizedStream, "")]
    [InlineData(TrainingTarget.QuantizedStream, "layers.0.* layers.2.*")]
    [InlineData(TrainingTarget.DenseStream, "")]
    [InlineData(TrainingTarget.DenseStream, "layers.0.* layers.2.*")]
    public void The_held_out_loss_is_the_distance_from_the_target(TrainingTarget target, string skipped)
    {
        // Training that changes next to nothing: what is stored is what was judged.
        QuantizationOptions options = Options(_model.Options(_model.NewOutput()), target, skipped);
        QuantizationReport report = QuantizationJob.Run(
            options with { Minimisation = options.Minimisation with { LearningRate = 1e-12 } }, cancellationToken: TestContext.Current.CancellationToken);

        int[][] heldOut = CalibrationWindows.FromTensor(_model.Calibration, TinyModel.Vocabulary, options.Samples, options.HeldOutSamples, seed: 0).HeldOut;
        using var dense = new Blocks(_model.Folder);
        using var packed = new Blocks(options.Output);
        double[] expected = new double[4];
        foreach (int[] ids in heldOut)
        {
            float[] quantizedStream = dense.Embed(ids), denseStream = quantizedStream;
            for (int block = 0; block < 4; block++)
            {
                float[] output = packed.Run(block, quantizedStream);
                denseStream = dense.Run(block, denseStream);
                float[] aim = target == TrainingTarget.DenseStream ? denseStream : dense.Run(block, quantizedStream);
                expected[block] += output.Zip(aim, (a, b) => (double)(a - b) * (a - b)).Average() / heldOut.Length;
                quantizedStream = output;
            }
        }
        for (int block = 0; block < 4; block++)
        {
            BlockTrainingReport? training = report.Blocks[block].Training;
            if (training is null)
            {
                Assert.Contains($"layers.{block}.", skipped);
                continue;
            }
            Assert.Equal(1, training.HeldOutBefore!.Value / expected[block], 1e-3);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("layers.0.* layers.2.*")]
    public void A_job_towards_the_dense_stream_resumes_to_the_same_bytes_anywhere(string skipped)
    {
        int reports = 0;
        string expected = _model.Run(Towards(o => o), _ => reports++);
        for (int at = 5; at < reports; at += 1 + (reports / 9))
        {
            string output = _model.NewOutput();
            Assert.True(_model.Cancel(at, Towards(o => o with { Output = output })));
            JobProgress? last = null;
            _model.Run(Towards(o => o with { Output = output, Resume = true }), p => last = p);
            Folders.AssertSame(expected, output);
            Assert.Equal(1, last!.Fraction, 1e-9);
        }

        Func<QuantizationOptions, QuantizationOptions> Towards(Func<QuantizationOptions, QuantizationOptions> change) =>
            o => change(Options(o, TrainingTarget.DenseStream, skipped));
    }

    public void Dispose() => _model.Dispose();

    private static QuantizationOptions Options(QuantizationOptions options, TrainingTarget target, string skipped) => options with
    {
        Minimisation = options.Minimisation with { Target = target },
        Overrides = [.. skipped.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(match => new LayerOverride { Match = match, Skip = true })],
    };

    /// <summary>The blocks of a folder, one at a time.</summary>
    private sealed class Blocks : IDisposable
    {
        private readonly Checkpoint _checkpoint;
        private readonly ModelPlan _plan;
        private readonly WeightReader _weights;
        private readonly Workers _workers = new(1);

        public Blocks(string folder)
        {
            _checkpoint = Checkpoint.Open(folder);
            _plan = Architecture.Plan(_checkpoint.ConfigSection);
            _weights = new WeightReader(_checkpoint);
        }

        public float[] Embed(int[] ids)
        {
            var rows = new float[ids.Length * _plan.Width];
            new TokenEmbedding(_weights.Matrix(_plan.Embedding, _plan.VocabularySize, _plan.Width), _plan.EmbeddingScale).Read(ids, rows);
            return rows;
        }

        public float[] Run(int block, float[] input)
        {
            BlockPlan plan = _plan.Blocks[block];
            int tokens = input.Length / _plan.Width;
            var buffers = new BlockBuffers();
            input.CopyTo(buffers.Rows(plan.Input, tokens), 0);
            new BlockRunner(plan, _workers).Run(BlockWeights.Read(_weights, plan, _plan.BlockPrefix(block), LinearKernel.For), buffers, tokens);
            return buffers.Rows(plan.Output, tokens)[..input.Length];
        }

        public void Dispose()
        {
            _workers.Dispose();
            _checkpoint.Dispose();
        }
    }
}
