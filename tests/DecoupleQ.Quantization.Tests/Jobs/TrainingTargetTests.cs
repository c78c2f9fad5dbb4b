using DecoupleQ.Quantization.Calibration;
using DecoupleQ.Quantization.Jobs;
using DecoupleQ.Quantization.Settings;
using DecoupleQ.Quantization.Training;

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
        using var dense = new FolderBlocks(_model.Folder);
        using var packed = new FolderBlocks(options.Output);
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
    [InlineData("", TrainingTarget.DenseStream, 0, 1)]
    [InlineData("layers.0.* layers.2.*", TrainingTarget.DenseStream, 0, 1)]
    [InlineData("", TrainingTarget.DenseStream, 0.5, 1)]
    [InlineData("layers.0.* layers.2.*", TrainingTarget.QuantizedStream, 0.5, 1)]
    [InlineData("layers.3.*", TrainingTarget.QuantizedStream, 1, 0)]
    public void A_job_beside_the_dense_stream_resumes_to_the_same_bytes_anywhere(string skipped, TrainingTarget target, double asymmetric, int epochs)
    {
        int reports = 0;
        string expected = _model.Run(Towards(o => o), _ => reports++);
        Folders.AssertSame(expected, _model.Run(Towards(o => o with { Threads = 2 })));
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
            o => change(Options(
                o with { Solver = new() { AsymmetricTarget = asymmetric }, Minimisation = o.Minimisation with { Epochs = epochs } }, target, skipped));
    }

    public void Dispose() => _model.Dispose();

    private static QuantizationOptions Options(QuantizationOptions options, TrainingTarget target, string skipped) => options with
    {
        Minimisation = options.Minimisation with { Target = target },
        Overrides = [.. skipped.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(match => new LayerOverride { Match = match, Skip = true })],
    };
}
