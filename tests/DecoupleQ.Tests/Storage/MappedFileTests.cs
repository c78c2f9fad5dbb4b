using DecoupleQ.Checkpoints;
using DecoupleQ.ModelFiles;
using DecoupleQ.Storage;
using DecoupleQ.Tensors;
using DecoupleQ.Testing;
using DecoupleQ.Tests.Checkpoints.Gguf;
using Microsoft.Win32.SafeHandles;

namespace DecoupleQ.Tests.Storage;

/// <summary>Files are mapped for as long as what was opened is, and no longer.</summary>
public sealed class MappedFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_checkpoint_unmaps_its_files_when_it_is_disposed()
    {
        foreach (string path in (string[])[Folder(), GgufImage.Model().Save(_folder)])
        {
            Checkpoint checkpoint = CheckpointFiles.Open(path);
            WeightMatrix weight = checkpoint.ReadWeight("model.embed_tokens");
            var rows = new float[weight.Columns];
            weight.DequantizeRows(0, 1, rows);
            AssertMaps(1);
            checkpoint.Dispose();
            AssertMaps(0);
            Assert.Throws<ObjectDisposedException>(() => checkpoint.ReadWeight("model.embed_tokens"));
        }
    }

    [Theory]
    [InlineData("config.json", """{"quantization": {"bits": 5, "group_size": 64}}""")]
    [InlineData("config.json", "{")]
    [InlineData("more.safetensors", "\u0001")]
    public void A_load_that_fails_leaves_no_map(string file, string content)
    {
        string folder = Folder();
        if (file == "more.safetensors")
        {
            File.Move(Path.Combine(folder, "model.safetensors"), Path.Combine(folder, "first.safetensors"));
            File.WriteAllText(
                Path.Combine(folder, "model.safetensors.index.json"),
                """{"weight_map": {"model.embed_tokens.weight": "first.safetensors", "b": "more.safetensors"}}""");
        }
        File.WriteAllText(Path.Combine(folder, file), content);
        for (int i = 0; i < 20; i++)
        {
            Assert.Throws<DecoupleQException>(() => CheckpointFiles.Open(folder));
        }
        AssertMaps(0);
    }

    [Fact]
    public void A_pinned_view_keeps_the_map_until_it_is_unpinned()
    {
        string path = _folder.File("bytes");
        File.WriteAllBytes(path, [1, 2, 3, 4]);
        using SafeFileHandle handle = StoredFile.Open(path, FileKind.Weights);
        var file = new MappedFile(handle, path);
        ReadOnlyMemory<byte> view = file.View<byte>(0, 4)!.Value;
        using (System.Buffers.MemoryHandle pin = view.Pin())
        {
            ReadOnlySpan<byte> span = view.Span;
            file.Dispose();
            Assert.Equal([1, 2, 3, 4], span.ToArray());
            AssertMaps(1);
            Assert.Throws<ObjectDisposedException>(() => view.Span[0]);
            Assert.Throws<ObjectDisposedException>(() => view.Pin());
        }
        AssertMaps(0);
        file.Dispose();
    }

    [Fact]
    public void Rows_that_are_read_while_the_file_is_disposed_are_right_or_an_error()
    {
        string path = _folder.File("a.safetensors");
        float[] values = [.. Enumerable.Range(0, 64_000).Select(i => (float)i)];
        SafetensorsWriter.Write(path, [TensorPayload.Floats("a", ElementType.F32, [64, 1000], values)], TestContext.Current.CancellationToken);
        for (int round = 0; round < 50; round++)
        {
            SafetensorsFile file = SafetensorsFile.Open(path, TensorAccess.Mapped);
            DenseMatrix matrix = file.ReadMatrix("a");
            using var started = new ManualResetEventSlim();
            var reader = new Thread(() =>
            {
                var rows = new float[values.Length];
                try
                {
                    for (int i = 0; i < 1000; i++)
                    {
                        matrix.DequantizeRows(0, 64, rows);
                        started.Set();
                        Assert.Equal(63_999, rows[^1]);
                    }
                }
                catch (ObjectDisposedException)
                {
                }
            });
            reader.Start();
            started.Wait(TestContext.Current.CancellationToken);
            file.Dispose();
            reader.Join();
        }
        AssertMaps(0);
    }

    private string Folder()
    {
        string folder = _folder.File("model");
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "config.json"), """{"model_type": "llama"}""");
        SafetensorsWriter.Write(
            Path.Combine(folder, "model.safetensors"),
            [TensorPayload.Floats("model.embed_tokens.weight", ElementType.F32, [4, 8], new float[32])],
            TestContext.Current.CancellationToken);
        return folder;
    }

    // Where the system tells.
    private void AssertMaps(int expected)
    {
        if (File.Exists("/proc/self/maps"))
        {
            Assert.Equal(expected, File.ReadLines("/proc/self/maps").Count(line => line.Contains(_folder.Path, StringComparison.Ordinal)));
        }
    }
}
