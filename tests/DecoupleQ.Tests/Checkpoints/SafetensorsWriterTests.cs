using System.Buffers.Binary;
using System.Text;
using CsCheck;
using DecoupleQ.Checkpoints;
using DecoupleQ.Tensors;

namespace DecoupleQ.Tests.Checkpoints;

public sealed class SafetensorsWriterTests
{
    [Fact]
    public void Whatever_is_written_is_read_back()
    {
        Gen<(TensorType Type, long[] Shape)> tensor = Gen.Select(Gen.Enum<TensorType>(), Gen.Long[0, 5].Array[0, 3]);
        using var folder = new TemporaryFolder();
        string path = folder.File("a.safetensors");
        tensor.Array[0, 8].Sample(
            tensors =>
            {
                byte[][] contents = [.. tensors.Select((t, i) => Bytes(TensorTypes.ByteLength(t.Type, t.Shape)!.Value, i))];
                SafetensorsWriter.Write(
                    path, [.. tensors.Select((t, i) => new TensorPayload($"t{i}", t.Type, t.Shape, (stream, _) => stream.Write(contents[i])))]);
                using SafetensorsFile file = SafetensorsFile.Open(path, TensorAccess.Read);
                Assert.Equal(tensors.Length, file.Tensors.Count);
                for (int i = 0; i < tensors.Length; i++)
                {
                    TensorInfo info = file.Tensors[$"t{i}"];
                    Assert.Equal(tensors[i].Type, info.Type);
                    Assert.Equal(tensors[i].Shape, info.Shape);
                    using var copy = new MemoryStream();
                    file.CopyBytes(info.Name, copy, default);
                    Assert.Equal(contents[i], copy.ToArray());
                }
            },
            iter: 100,
            threads: 1);
    }

    [Fact]
    public void The_header_is_padded_names_its_format_and_aligns_every_tensor()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("a.safetensors");
        TensorPayload[] payloads =
        [
            new("odd", TensorType.U8, [3], (stream, _) => stream.Write([1, 2, 3])),
            TensorPayload.Floats("halves", ElementType.F16, [1], (float[])[1]),
            TensorPayload.Words("words", [1], (uint[])[9]),
        ];
        SafetensorsWriter.Write(path, payloads, TestContext.Current.CancellationToken);
        byte[] bytes = File.ReadAllBytes(path);
        int length = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
        Assert.Equal(0, length % 8);
        Assert.Equal(
            """{"__metadata__":{"format":"pt"},"words":{"dtype":"U32","shape":[1],"data_offsets":[0,4]},"halves":"""
                + """{"dtype":"F16","shape":[1],"data_offsets":[4,6]},"odd":{"dtype":"U8","shape":[3],"data_offsets":[6,9]}}""",
            Encoding.UTF8.GetString(bytes, 8, length).TrimEnd(' '));
        Assert.Equal([9, 0, 0, 0, 0x00, 0x3C, 1, 2, 3], bytes[(8 + length)..]);

        SafetensorsWriter.Write(folder.File("b.safetensors"), payloads, TestContext.Current.CancellationToken);
        Assert.Equal(bytes, File.ReadAllBytes(folder.File("b.safetensors")));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(5)]
    public void A_tensor_that_writes_another_number_of_bytes_is_an_error_and_leaves_no_file(int count)
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("a.safetensors");
        var wrong = new TensorPayload("a", TensorType.F32, [1], (stream, _) => stream.Write(new byte[count]));
        Assert.Contains(
            "a has 4 bytes",
            Assert.Throws<InvalidOperationException>(() => SafetensorsWriter.Write(path, [wrong], TestContext.Current.CancellationToken)).Message);
        Assert.False(File.Exists(path));
    }

    [Fact]
    public void Two_tensors_of_the_same_name_are_an_error()
    {
        using var folder = new TemporaryFolder();
        TensorPayload a = TensorPayload.Words("a", [1], (uint[])[1]);
        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(folder.File("a.safetensors"), [a, a], TestContext.Current.CancellationToken));
    }

    [Fact]
    public void A_cancelled_writing_leaves_no_file()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("a.safetensors");
        using var source = new CancellationTokenSource();
        var cancels = new TensorPayload("a", TensorType.U8, [1], (stream, _) =>
        {
            stream.Write([1]);
            source.Cancel();
        });
        Assert.Throws<OperationCanceledException>(
            () => SafetensorsWriter.Write(path, [cancels, new("b", TensorType.U8, [1], (stream, _) => stream.Write([1]))], source.Token));
        Assert.False(File.Exists(path));
    }

    [Fact]
    public void A_folder_that_is_not_there_is_named()
    {
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, "none", "a.safetensors");
        Assert.Equal(path, Assert.Throws<DecoupleQException>(() => SafetensorsWriter.Write(path, [], TestContext.Current.CancellationToken)).File);
    }

    private static byte[] Bytes(long count, int seed)
    {
        var bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
