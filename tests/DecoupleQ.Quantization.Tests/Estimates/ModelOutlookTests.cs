using DecoupleQ.Hardware;
using DecoupleQ.Quantization.Estimates;
using DecoupleQ.Quantization.Tests.Jobs;
using DecoupleQ.Testing;

namespace DecoupleQ.Quantization.Tests.Estimates;

public sealed class ModelOutlookTests(TinyModel model) : IClassFixture<TinyModel>
{
    private static readonly MachineSpeed Speed = new(2, 2e11, 4e10);

    [Fact]
    public void Usual_shapes_have_their_published_numbers_of_weights()
    {
        IReadOnlyList<ModelOutlook> usual = ModelOutlook.Usual(Speed);
        Assert.Equal([1_235_814_400, 8_030_261_248, 70_553_706_496], usual.Select(m => m.Parameters));
        Assert.All(usual, m => Assert.Equal(2 * m.Parameters, m.Dense!.Bytes));
    }

    [Fact]
    public void Each_size_has_the_shape_of_its_model()
    {
        Assert.Equal(["1b", "3b", "8b", "14b", "70b"], ModelShape.All.Select(shape => shape.Name));
        // As the publishers count them.
        Assert.Equal(
            [1_235_814_400, 3_212_749_824, 8_030_261_248, 14_768_307_200, 70_553_706_496],
            ModelShape.All.Select(shape => ModelOutlook.OfShape(shape, Speed).Parameters));
    }

    [Fact]
    public void More_cores_multiply_faster_and_read_as_fast()
    {
        MachineSpeed many = Speed.WithCores(16), one = Speed.WithCores(1);
        Assert.Equal(new MachineSpeed(16, 16e11, 4e10), many);
        Assert.Equal(new MachineSpeed(1, 1e11, 2e10), one);
        ModelOutlook two = ModelOutlook.OfShape(ModelShape.All[2], Speed), sixteen = ModelOutlook.OfShape(ModelShape.All[2], many);
        Assert.InRange(two.Quantization!.Seconds / sixteen.Quantization!.Seconds, 7.9, 8);
        Assert.Equal(two.Packed.DecodeTokensPerSecond, sixteen.Packed.DecodeTokensPerSecond);
        Assert.InRange(two.PrefillTokensPerSecond * 8, 0.999 * sixteen.PrefillTokensPerSecond, 1.001 * sixteen.PrefillTokensPerSecond);
    }

    [Fact]
    public void Decoding_is_bound_by_the_bytes_that_a_token_reads()
    {
        ModelOutlook large = ModelOutlook.Usual(Speed)[1];
        // All but the embedding, at 95 % of 40 GB/s, and a little for the loops of 32 blocks.
        double bytes = large.Dense!.Bytes - (2.0 * 128256 * 4096);
        Assert.InRange(large.Dense.DecodeTokensPerSecond, 0.95 * 0.95 * 4e10 / bytes, 0.95 * 4e10 / bytes);
        Assert.InRange(large.Packed.DecodeTokensPerSecond / large.Dense.DecodeTokensPerSecond, 2.5, 6.4);
        ModelOutlook slower = ModelOutlook.Usual(Speed with { ReadBytesPerSecond = 2e10 })[1];
        Assert.InRange(large.Packed.DecodeTokensPerSecond / slower.Packed.DecodeTokensPerSecond, 1.9, 2.0);
        Assert.Equal(large.PrefillTokensPerSecond, slower.PrefillTokensPerSecond);
    }

    [Fact]
    public void Of_a_packed_model_there_is_no_dense_form_and_nothing_to_quantize()
    {
        ModelOutlook dense = ModelOutlook.OfModel(model.Folder, Speed);
        Assert.NotNull(dense.Dense);
        Assert.NotNull(dense.Quantization);
        ModelOutlook packed = ModelOutlook.OfModel(model.Run(), Speed);
        Assert.Null(packed.Dense);
        Assert.Null(packed.Quantization);
        Assert.Equal(dense.Parameters, packed.Parameters);
        Assert.True(packed.Packed.Bytes < dense.Dense.Bytes);
    }

    [Fact]
    public void Blocks_of_a_gguf_file_are_run_as_they_are_stored()
    {
        string path = Paths.Golden("models", "smollm2-135m-instruct", "model.gguf");
        ModelOutlook outlook = ModelOutlook.OfModel(path, Speed);
        Assert.InRange(outlook.Dense!.Bytes, 0.9 * new FileInfo(path).Length, new FileInfo(path).Length);
        // The embedding, which is the head too, takes a byte a weight, and a layer half of what it took.
        Assert.InRange(outlook.Packed.Bytes, 49152 * 576, 0.7 * outlook.Dense.Bytes);
        Assert.True(outlook.Dense.DecodeTokensPerSecond > 100);
    }
}
