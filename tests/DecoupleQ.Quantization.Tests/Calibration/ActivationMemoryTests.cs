using DecoupleQ.Quantization.Calibration;

namespace DecoupleQ.Quantization.Tests.Calibration;

public sealed class ActivationMemoryTests
{
    private const int Sequences = 3, Tokens = 4, Width = 5, Bytes = Sequences * Tokens * Width * sizeof(float);

    [Fact]
    public void What_is_beyond_the_budget_goes_to_files_which_go_with_it()
    {
        using var folder = new TemporaryFolder();
        using (var memory = new ActivationMemory(2 * Bytes + 1, folder.Path))
        {
            ActivationStore[] stores = [.. Enumerable.Range(0, 4).Select(_ => memory.Allocate(Sequences, Tokens, Width))];
            Assert.Equal(
                [typeof(MemoryActivationStore), typeof(MemoryActivationStore), typeof(FileActivationStore), typeof(FileActivationStore)],
                stores.Select(s => s.GetType()));
            Assert.Equal(2, Directory.GetFiles(folder.Path).Length);
        }
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(long.MaxValue)]
    public void Every_store_gives_back_what_was_put_in(long budget)
    {
        using var folder = new TemporaryFolder();
        using var memory = new ActivationMemory(budget, folder.Path);
        ActivationStore a = memory.Allocate(Sequences, Tokens, Width), b = memory.Allocate(Sequences, Tokens, Width);
        for (int i = Sequences - 1; i >= 0; i--)
        {
            a.Write(i, Values(i));
            b.Write(i, Values(10 + i));
        }
        a.Write(1, Values(7));
        // Buffers may be longer than a sequence.
        var read = new float[(Tokens * Width) + 3];
        foreach ((ActivationStore store, int sequence, int seed) in new[] { (a, 0, 0), (a, 1, 7), (a, 2, 2), (b, 1, 11), (b, 2, 12) })
        {
            store.Read(sequence, read);
            Assert.Equal(Values(seed).AsSpan(0, Tokens * Width), read.AsSpan(0, Tokens * Width));
        }
    }

    [Fact]
    public void A_folder_that_cannot_be_written_is_named()
    {
        using var folder = new TemporaryFolder();
        using var memory = new ActivationMemory(0, folder["missing"]);
        DecoupleQException error = Assert.Throws<DecoupleQException>(() => memory.Allocate(Sequences, Tokens, Width));
        Assert.StartsWith(folder["missing"], error.File);
        Assert.Contains("--resume", error.Expected);
    }

    private static float[] Values(int seed) => [.. Enumerable.Range(0, (Tokens * Width) + 3).Select(i => (seed * 1000f) + i)];
}
