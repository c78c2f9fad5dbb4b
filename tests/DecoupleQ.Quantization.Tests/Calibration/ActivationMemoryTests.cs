using DecoupleQ.Quantization.Calibration;
using DecoupleQ.Storage;
using Microsoft.Win32.SafeHandles;

namespace DecoupleQ.Quantization.Tests.Calibration;

public sealed class ActivationMemoryTests
{
    private const int Sequences = 3, Tokens = 4, Width = 5, Bytes = Sequences * Tokens * Width * sizeof(float);

    private static readonly DurableWriter Disk = new("");

    [Fact]
    public void What_is_beyond_the_budget_goes_to_files_which_go_with_it()
    {
        using var folder = new TemporaryFolder();
        using (var memory = new ActivationMemory(2 * Bytes + 1, folder.Path, Disk))
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
        using var memory = new ActivationMemory(budget, folder.Path, Disk);
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
        using var memory = new ActivationMemory(0, folder["missing"], Disk);
        DecoupleQException error = Assert.Throws<DecoupleQException>(() => memory.Allocate(Sequences, Tokens, Width));
        Assert.StartsWith(folder["missing"], error.File);
        Assert.Contains("--resume", error.Expected);
    }

    [Theory]
    [InlineData(FileAccess.Write)]
    [InlineData(FileAccess.Read)]
    public void A_file_that_cannot_be_read_back_or_written_is_named(FileAccess access)
    {
        using var folder = new TemporaryFolder();
        using var memory = new ActivationMemory(0, folder.Path, new OneWayDisk(access));
        ActivationStore store = memory.Allocate(Sequences, Tokens, Width);
        var numbers = new float[Tokens * Width];
        DecoupleQException error = Assert.Throws<DecoupleQException>(() =>
        {
            store.Write(0, numbers);
            store.Read(0, numbers);
        });
        Assert.Equal(folder["activations-0.tmp"], error.File);
        Assert.Contains("--resume", error.Expected);
    }

    [Fact]
    public void A_file_that_became_shorter_is_named()
    {
        using var folder = new TemporaryFolder();
        using var memory = new ActivationMemory(0, folder.Path, new OneWayDisk(FileAccess.ReadWrite));
        ActivationStore store = memory.Allocate(Sequences, Tokens, Width);
        DecoupleQException error = Assert.Throws<DecoupleQException>(() => store.Read(1, new float[Tokens * Width]));
        Assert.Equal(folder["activations-0.tmp"], error.File);
    }

    [Theory]
    [InlineData("activations-0.tmp", true)]
    [InlineData("activations-17.tmp", true)]
    [InlineData("activations-.tmp", false)]
    [InlineData("activations-a.tmp", false)]
    [InlineData("activations- 1.tmp", false)]
    [InlineData("activations-1", false)]
    [InlineData("my-activations-1.tmp", false)]
    [InlineData("activations-1.tmp.tmp", false)]
    public void Files_of_activations_are_known_by_name(string name, bool isOne) => Assert.Equal(isOne, ActivationMemory.IsFile(name));

    private sealed class OneWayDisk(FileAccess access) : DurableWriter("")
    {
        public override SafeFileHandle CreateScratch(string path, long bytes)
        {
            File.WriteAllBytes(path, []);
            return File.OpenHandle(path, FileMode.Open, access);
        }
    }

    private static float[] Values(int seed) => [.. Enumerable.Range(0, (Tokens * Width) + 3).Select(i => (seed * 1000f) + i)];
}
