using DecoupleQ.Pilot.Costs;
using DecoupleQ.Pilot.Measurements;
using DecoupleQ.Pilot.Results;
using DecoupleQ.Testing;

namespace DecoupleQ.Pilot.Tests.Measurements;

/// <summary>The sample model and the same in 2 bits, timed and weighed.</summary>
[Collection(nameof(PackedBooks))]
public sealed class ServedModelTests(PackedBooks books)
{
    private const int Width = 256, FeedForward = 768, Blocks = 8, Vocabulary = 4096, KeyValueWidth = 128;

    private const long LayerWeights = Blocks * ((2L * Width * Width) + (2L * Width * KeyValueWidth) + (3L * Width * FeedForward));

    [Fact]
    public void Both_models_are_timed()
    {
        SpeedFigures figures = SpeedMeasurement.Measure(
            Paths.Model, books.Folder,
            new() { Concurrency = [3], Seconds = 0.3, WarmUpSeconds = 0, PromptTokens = 24, DecodedTokens = 8, Threads = 2, Rounds = 5 }).Figures;
        Assert.True(figures.Rounds >= 3);
        Assert.Equal(8, figures.DecodedTokens);
        foreach (ModelSpeed model in (ModelSpeed[])[figures.Dense, figures.Packed])
        {
            IsOrdered(model.LoadSeconds);
            IsOrdered(model.FirstTokenSeconds);
            IsOrdered(model.PrefillTokensPerSecond);
            Assert.Equal([1, 3], model.Loads.Select(load => load.Requests));
            foreach (LoadSpeed load in model.Loads)
            {
                IsOrdered(load.TokensPerSecond);
                Assert.Equal(figures.Rounds * 8 * load.Requests, load.TokenSeconds.Times);
                Assert.True(load.TokenSeconds.Median > 0 && load.TokenSeconds.P99 < 60);
                Assert.InRange(load.TokenSeconds.P95.Value, load.TokenSeconds.Median, load.TokenSeconds.P99);
                // As many tokens as there are cannot take less time than the median says half of them took.
                Assert.True(load.TokensPerSecond.Low <= 2 * load.Requests / load.TokenSeconds.Median);
            }
            Assert.Equal(model.Loads[0].TokenSeconds, model.TokenSeconds);
        }
        IsOrdered(figures.DecodeRatio);
        IsOrdered(figures.PrefillRatio);
    }

    [Fact]
    public void Both_models_are_weighed()
    {
        SizeFigures sizes = SizeMeasurement.Measure(Paths.Model, books.Folder, new() { Requests = 2, PromptTokens = 16, DecodedTokens = 4, Threads = 2 });
        const long Table = (long)Vocabulary * Width;
        const long Norms = ((2 * Blocks) + 1) * Width;
        // Two bytes a weight, and norms in float32.
        Assert.Equal((2 * (LayerWeights + (2 * Table))) + (4 * Norms), sizes.DenseWeights);
        Assert.Equal((2 * (LayerWeights + Table)) + (2 * Width), sizes.DenseBytesPerToken);
        // 2 bits a weight, and two numbers of two bytes for each 64 of them.
        const long Packed = (LayerWeights / 4) + (LayerWeights / 64 * 4);
        Assert.Equal(Packed + (2 * 2 * Table) + (4 * Norms), sizes.PackedWeights);
        Assert.Equal(Packed + (2 * Table) + (2 * Width), sizes.PackedBytesPerToken);
        long dense = Directory.EnumerateFiles(Paths.Model).Sum(file => new FileInfo(file).Length);
        Assert.Equal(dense, sizes.DenseFiles);
        Assert.InRange(sizes.PackedFiles, Packed + (4 * Table), dense / 2);
        // What it consists of beside weights depends on the runtime.
        Assert.True(sizes.DensePeak > 0 && sizes.PackedPeak > 0);
    }

    [Fact]
    public async Task A_request_that_fails_keeps_no_other_waiting()
    {
        using var model = new ServedModel(Paths.Model, 2, TimeProvider.System);
        model.Open(default);
        DecoupleQException error = await Assert.ThrowsAsync<DecoupleQException>(() => model.WriteAsync(new RequestGroup(3, 500, 4, 1), default));
        Assert.Contains("500", error.Message);
        // A context that ends before the text does.
        error = await Assert.ThrowsAsync<DecoupleQException>(() => model.WriteAsync(new RequestGroup(2, 250, 20, 1), default));
        Assert.Contains("ended a text", error.Message);
        Assert.Equal(2 * 4, (await model.WriteAsync(new RequestGroup(2, 16, 4, 1), default)).TokenSeconds.Count);
    }

    [Fact]
    public async Task A_group_can_be_ended()
    {
        using var model = new ServedModel(Paths.Model, 2, TimeProvider.System);
        model.Open(default);
        using var source = new CancellationTokenSource();
        Task<GroupTimes> group = model.WriteAsync(new RequestGroup(4, 100, 150, 1), source.Token);
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => group);
    }

    [Fact]
    public void Memory_is_reckoned_before_models_are_loaded()
    {
        DecoupleQException error = Assert.Throws<DecoupleQException>(() => SpeedMeasurement.Measure(Paths.Model, books.Folder, new() { Memory = 1 << 20 }));
        Assert.Equal("memory", error.Field);
    }

    private static void IsOrdered(Spread spread)
    {
        Assert.True(double.IsFinite(spread.High) && spread.Low > 0, $"{spread}");
        Assert.InRange(spread.Value, spread.Low, spread.High);
    }
}
