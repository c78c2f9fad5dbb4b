using DecoupleQ.Checkpoints;
using DecoupleQ.Inference.Engines;
using DecoupleQ.ModelFiles;
using DecoupleQ.Models;
using DecoupleQ.Pilot.Layers;
using DecoupleQ.Pilot.Results;
using DecoupleQ.Pilot.TestData;
using DecoupleQ.Quantization.Jobs;
using DecoupleQ.Tensors;
using DecoupleQ.Testing;

namespace DecoupleQ.Pilot.Tests;

public sealed class LayerErrorTests(TinyModels models) : IClassFixture<TinyModels>
{
    private const string First = "model.layers.0.self_attn.q_proj", Embedding = "model.embed_tokens";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Errors_are_those_of_dense_matrices_multiplied_out()
    {
        using var folder = new TemporaryFolder();
        string packed = PackedFolder.Write(models.DenseFolder, folder["packed"], 3, 32, packs: module => module is First or Embedding);
        Dictionary<string, LayerRisk> layers = Measure(packed, new() { Tokens = 60, Worst = 0 }).ToDictionary(layer => layer.Name);
        TestWindow[] windows = [models.Windows[0], models.Windows[models.Windows.Count / 2]];
        using Checkpoint dense = CheckpointFiles.Open(models.DenseFolder, TensorAccess.Read), stored = CheckpointFiles.Open(packed, TensorAccess.Read);

        // What enters the first layer, by hand: rows of the embedding after their norm.
        double[][] table = Rows(dense.ReadWeight(Embedding));
        float[] norm = dense.ReadVector("model.layers.0.input_layernorm.weight");
        double[][] inputs = [.. windows.SelectMany(window => window.Ids).Select(id => Normed(table[id], norm))];
        Assert.Equal(Relative(inputs, Rows(dense.ReadWeight(First)), Rows(stored.ReadWeight(First))), layers[First].RelativeError, 1e-5);

        // What enters the head, as the engine that generates text has it.
        double[][] hidden = [.. windows.SelectMany(window => Hidden(models.Dense, [.. window.Ids]))];
        Assert.Equal(Relative(hidden, table, Rows(stored.ReadWeight(Embedding))), layers[Embedding].RelativeError, 1e-5);

        Assert.Equal((2 * 7) + 1, layers.Count);
        Assert.All(layers.Values.Where(layer => layer.Name is not (First or Embedding)), layer => Assert.Equal(0, layer.RelativeError));
        Assert.True(layers[First].RelativeError > 0.01 && layers[Embedding].RelativeError > 0.01);
    }

    [Fact]
    public void More_bits_are_solved_for_the_worst_layers_alone()
    {
        var reports = new Reports();
        IReadOnlyList<LayerRisk> layers = LayerErrors.Measure(
            models.DenseFolder, models.PackedFolderPath, models.Windows, new() { Worst = 2, Threads = 2 }, reports, Token);
        Assert.Equal(layers.OrderByDescending(layer => layer.RelativeError).Select(layer => layer.Name), layers.Select(layer => layer.Name));
        Assert.All(layers.Skip(2), layer => Assert.Null(layer.MoreBits));
        using Checkpoint dense = CheckpointFiles.Open(models.DenseFolder, TensorAccess.Read);
        foreach (LayerRisk layer in layers.Take(2))
        {
            WeightMatrix weight = dense.ReadWeight(layer.Name);
            Assert.Equal(3, layer.MoreBits);
            Assert.InRange(layer.RelativeErrorThere!.Value, 1e-3, layer.RelativeError / 1.5);
            Assert.Equal(weight.Rows * weight.Columns / 8, layer.ExtraBytes);
        }
        Assert.Equal((reports.Seen[^1].Total, TimeSpan.Zero), (reports.Seen[^1].Done, reports.Seen[^1].Remaining));
    }

    // A layer that is solved with as many bits as it has is what the job stores, so that the job's folder says what the solver's error is worth.
    [Fact]
    public void The_error_that_more_bits_would_have_is_the_one_that_they_have()
    {
        using var folder = new TemporaryFolder();
        string table = IdTable.Write(folder["ids.safetensors"], [.. models.Windows.Select(window => window.Ids)]);
        LayerRisk before = Measure(
            PackedFolder.Write(models.DenseFolder, folder["packed"], 2, 32, packs: module => module == First), new() { Worst = 1 })[0];
        Assert.Equal(First, before.Name);
        QuantizationJob.Run(
            Quantization.Settings.Preset.Fast.ApplyTo(new()
            {
                Model = models.DenseFolder,
                Output = folder["more"],
                Calibration = [table],
                Format = new(3, 32),
                Overrides = [new() { Match = "model.layers.1.*", Skip = true }],
                Threads = 2,
            }),
            cancellationToken: Token);
        LayerRisk after = Measure(folder["more"], new() { Worst = 0 }).Single(layer => layer.Name == First);
        // Solved on three quarters of the text and judged on the rest; the job's has seen all of what it is judged on here.
        Assert.InRange(before.RelativeErrorThere!.Value, after.RelativeError, 1.5 * after.RelativeError);
    }

    [Fact]
    public void A_layer_whose_scales_are_halved_is_named_first()
    {
        const string Damaged = "model.layers.5.mlp.up_proj";
        using var folder = new TemporaryFolder();
        string packed = PackedFolder.Write(
            Paths.Model, folder["packed"], 2, 64, (module, matrix) => module == Damaged ? PackedFolder.HalveScales(matrix) : matrix,
            module => module.StartsWith("model.layers.5.", StringComparison.Ordinal) && module.EndsWith("_proj", StringComparison.Ordinal));
        IReadOnlyList<LayerRisk> layers = LayerErrors.Measure(
            Paths.Model, packed, BookWindows(), new() { Tokens = 128, Worst = 1, Threads = 2 }, cancellationToken: Token);
        Assert.Equal(Damaged, layers[0].Name);
        Assert.True(layers[0].RelativeError > 1.3 * layers[1].RelativeError, $"{layers[0]} {layers[1]}");
        Assert.True(layers[0].RelativeErrorThere < layers[1].RelativeError);
    }

    [Theory]
    [InlineData(ElementType.F32)]
    [InlineData(ElementType.F16)]
    public void Models_with_the_same_weights_have_no_error_anywhere(ElementType type)
    {
        using var folder = new TemporaryFolder();
        ConversionJob.Run(new() { Model = models.DenseFolder, Output = folder["same"], Type = type }, cancellationToken: Token);
        foreach (string same in (string[])[models.DenseFolder, folder["same"]])
        {
            IReadOnlyList<LayerRisk> layers = Measure(same, new());
            Assert.All(layers, layer => Assert.Equal((0d, null), (layer.RelativeError, layer.MoreBits)));
        }
    }

    [Fact]
    public void A_model_of_another_shape_is_refused()
    {
        Assert.Throws<DecoupleQException>(() => LayerErrors.Measure(models.DenseFolder, Paths.Model, models.Windows, cancellationToken: Token));
        Assert.Throws<ArgumentException>(() => LayerErrors.Measure(models.DenseFolder, models.PackedFolderPath, [], cancellationToken: Token));
        Assert.Throws<DecoupleQException>(() => Measure(models.PackedFolderPath, new() { Tokens = 1 }));
    }

    private IReadOnlyList<LayerRisk> Measure(string packed, LayerErrorOptions options) =>
        LayerErrors.Measure(models.DenseFolder, packed, models.Windows, options with { Threads = 2 }, cancellationToken: Token);

    private static IReadOnlyList<TestWindow> BookWindows()
    {
        using LanguageModel books = LanguageModel.Load(Paths.Model);
        return TestSet.Read(books.Tokenizer, [TinyModels.Text], new() { Context = 128, MaxWindows = 4 }, calibration: null, Token).Judge;
    }

    private static double[][] Rows(WeightMatrix matrix)
    {
        var elements = new float[matrix.Rows * matrix.Columns];
        matrix.DequantizeRows(0, matrix.Rows, elements);
        return [.. elements.Chunk(matrix.Columns).Select(row => Array.ConvertAll(row, element => (double)element))];
    }

    private static double[] Normed(double[] row, float[] weight)
    {
        double scale = 1 / Math.Sqrt(row.Average(x => x * x) + 1e-5);
        return [.. row.Zip(weight, (x, w) => x * scale * w)];
    }

    private static double[][] Hidden(LanguageModel model, int[] ids)
    {
        var rows = new List<double[]>();
        using Sequence sequence = model.Begin(new() { KeyValues = KeyValueFormat.F32, Products = ProductArithmetic.Float32 });
        sequence.AppendAll(
            ids, StepOutput.Hidden,
            (_, _, hidden) => rows.AddRange(hidden.ToArray().Chunk(model.Width).Select(row => Array.ConvertAll(row, x => (double)x))), Token);
        return [.. rows];
    }

    private static double Relative(double[][] inputs, double[][] dense, double[][] packed)
    {
        double error = 0, energy = 0;
        foreach (double[] x in inputs)
        {
            for (int i = 0; i < dense.Length; i++)
            {
                double expected = 0, actual = 0;
                for (int j = 0; j < x.Length; j++)
                {
                    expected += x[j] * dense[i][j];
                    actual += x[j] * packed[i][j];
                }
                error += (expected - actual) * (expected - actual);
                energy += expected * expected;
            }
        }
        return Math.Sqrt(error / energy);
    }
}
