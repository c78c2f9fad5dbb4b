using DecoupleQ.Hardware;
using DecoupleQ.Quantization.Calibration;
using DecoupleQ.Quantization.Estimates;
using DecoupleQ.Quantization.Jobs;
using DecoupleQ.Quantization.Settings;
using DecoupleQ.Quantization.Solver;
using DecoupleQ.Quantization.Tests.Solver;
using DecoupleQ.Quantization.Training;

namespace DecoupleQ.Quantization.Tests.Jobs;

/// <summary>Layers that make good what parts their inputs from the full-precision model's, on a model of four blocks.</summary>
public sealed class AsymmetricTargetTests : IDisposable
{
    private readonly TinyModel _model = new(tied: true, blocks: 4);

    [Theory]
    [InlineData("")]
    [InlineData("layers.0.* layers.2.* layers.3.*.q_proj")]
    public void Losses_are_those_of_the_weights_moved_by_what_the_dense_model_has_there(string skipped)
    {
        const double Share = 0.6;
        QuantizationOptions options = Options(_model.NewOutput(), Share, 0, TrainingTarget.QuantizedStream) with
        {
            Overrides = [.. skipped.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(match => new LayerOverride { Match = match, Skip = true })],
        };
        QuantizationReport report = QuantizationJob.Run(options, cancellationToken: TestContext.Current.CancellationToken);
        Dictionary<string, double> losses = report.Layers.ToDictionary(layer => layer.Name, layer => layer.Loss);
        int[][] windows = CalibrationWindows.FromTensor(_model.Calibration, TinyModel.Vocabulary, options.Samples, 0, seed: 0).Ids;
        using var dense = new FolderBlocks(_model.Folder);
        using var packed = new FolderBlocks(options.Output);
        float[][] quantizedStream = [.. windows.Select(dense.Embed)], denseStream = quantizedStream;
        int compared = 0;
        for (int block = 0; block < 4; block++)
        {
            IReadOnlyDictionary<string, float[]>[] inputs = [.. quantizedStream.Select(x => packed.LayerInputs(block, x))];
            IReadOnlyDictionary<string, float[]>[] denseInputs = [.. denseStream.Select(x => dense.LayerInputs(block, x))];
            foreach (string module in inputs[0].Keys.Where(losses.ContainsKey))
            {
                (float[] stored, int rows) = packed.Layer(block, module);
                double expected = Loss(
                    dense.Layer(block, module).Elements, stored, rows,
                    [.. inputs.SelectMany(of => of[module])], [.. denseInputs.SelectMany(of => of[module])], Share);
                Assert.Equal(1, losses[module] / expected, 2e-3);
                compared++;
            }
            quantizedStream = [.. quantizedStream.Select(x => packed.Run(block, x))];
            denseStream = [.. denseStream.Select(x => dense.Run(block, x))];
        }
        Assert.Equal(losses.Count, compared);
    }

    [Theory]
    [InlineData(0, TrainingTarget.QuantizedStream, 2)] // the stream and the dense one
    [InlineData(1, TrainingTarget.DenseStream, 2)]
    [InlineData(1, TrainingTarget.QuantizedStream, 3)] // and targets on the stream's own inputs
    public void Streams_that_spill_to_files_give_the_same_bytes_and_are_estimated(int epochs, TrainingTarget target, int stores)
    {
        QuantizationOptions free = Options(_model.NewOutput(), 1, epochs, target);
        QuantizationJob.Run(free, cancellationToken: TestContext.Current.CancellationToken);
        long least;
        using (JobInput input = JobInput.Open(free, TestContext.Current.CancellationToken))
        {
            least = MemoryShares.HessianBytes(input.Plan, input.Solver) + (1 << 20);
            Assert.True(MemoryShares.HessianBytes(input.Plan, new()) < least - (1 << 20));
        }
        QuantizationOptions bound = free with { Output = _model.NewOutput(), MemoryBudget = least };
        JobEstimate estimate = JobEstimate.Of(bound, new MachineSpeed(1, 1e11, 1e10), TestContext.Current.CancellationToken);
        int files = 0;
        long bytes = 0;
        _model.Run(
            _ => bound,
            _ =>
            {
                FileInfo[] spilled = [.. Directory.GetFiles(bound.Output + ".partial", "activations-*.tmp").Select(path => new FileInfo(path))];
                (files, bytes) = (Math.Max(files, spilled.Length), Math.Max(bytes, spilled.Sum(file => file.Length)));
            });
        Assert.Equal((stores, bytes), (files, estimate.Disk.SpilledBytes));
        Folders.AssertSame(free.Output, bound.Output);

        DecoupleQException error = Assert.Throws<DecoupleQException>(
            () => _model.Run(_ => bound with { Output = _model.NewOutput(), MemoryBudget = least - 1 }));
        Assert.Equal("memory-budget", error.Field);
    }

    [Fact]
    public void An_estimate_knows_what_the_second_stream_takes()
    {
        var speed = new MachineSpeed(1, 1e7, 1e10);
        JobEstimate plain = Estimate(0), beside = Estimate(0.5);
        Assert.InRange(beside.Seconds.Forward / plain.Seconds.Forward, 1.3, 3);
        Assert.InRange(beside.Seconds.Hessian / plain.Seconds.Hessian, 1.5, 3);
        Assert.True(beside.Seconds.Solve > plain.Seconds.Solve);
        Assert.True(beside.Memory.PeakBytes > plain.Memory.PeakBytes);

        JobEstimate Estimate(double share) =>
            JobEstimate.Of(Options(_model.NewOutput(), share, 0, TrainingTarget.QuantizedStream), speed, TestContext.Current.CancellationToken);
    }

    public void Dispose() => _model.Dispose();

    private QuantizationOptions Options(string output, double share, int epochs, TrainingTarget target)
    {
        QuantizationOptions options = _model.Options(output);
        return options with
        {
            Solver = new() { AsymmetricTarget = share },
            Minimisation = options.Minimisation with { Epochs = epochs, Target = target },
        };
    }

    /// <summary>The mean over rows of f, on weights moved as the definition says.</summary>
    private static double Loss(float[] weights, float[] stored, int rows, float[] x, float[] denseX, double share)
    {
        int n = weights.Length / rows, tokens = x.Length / n;
        double[] h = new double[n * n], cross = new double[n * n];
        for (int t = 0; t < tokens; t++)
        {
            for (int i = 0; i < n; i++)
            {
                for (int j = 0; j < n; j++)
                {
                    h[(i * n) + j] += (double)x[(t * n) + i] * x[(t * n) + j] / tokens;
                    cross[(i * n) + j] += (double)x[(t * n) + i] * denseX[(t * n) + j] / tokens;
                }
            }
        }
        double[,] damped = Oracle.Damped(new LayerHessian(n, h, tokens)), inverse = Oracle.Inverse(damped);
        double sum = 0;
        for (int row = 0; row < rows; row++)
        {
            double[] b = [.. weights.Skip(row * n).Take(n).Select(value => (double)value)], gap = new double[n], residual = new double[n];
            for (int i = 0; i < n; i++)
            {
                gap[i] = Enumerable.Range(0, n).Sum(j => (cross[(i * n) + j] - h[(i * n) + j]) * b[j]);
            }
            for (int i = 0; i < n; i++)
            {
                residual[i] = stored[(row * n) + i] - b[i] - (share * Enumerable.Range(0, n).Sum(j => inverse[i, j] * gap[j]));
            }
            sum += Oracle.Quadratic(damped, residual) / rows;
        }
        return sum;
    }
}
