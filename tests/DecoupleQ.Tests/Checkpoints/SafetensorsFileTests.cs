using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using DecoupleQ.Checkpoints;
using DecoupleQ.Tensors;

namespace DecoupleQ.Tests.Checkpoints;

public sealed class SafetensorsFileTests
{
    [Theory]
    [InlineData(TensorAccess.Mapped)]
    [InlineData(TensorAccess.Read)]
    public void Every_type_is_read_as_it_was_written(TensorAccess access)
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("all.safetensors");
        TensorPayload[] payloads =
        [
            Raw("bytes", TensorType.U8, [3], (byte[])[1, 2, 255]),
            Raw("signed", TensorType.I8, [2], (sbyte[])[-1, 127]),
            Raw("halves", TensorType.F16, [1, 2], (Half[])[(Half)1.5f, (Half)(-0.25f)]),
            Raw("shorts", TensorType.I16, [1], (short[])[-300]),
            Raw("unsignedShorts", TensorType.U16, [1], (ushort[])[65535]),
            TensorPayload.Floats("brains", ElementType.BF16, [2, 1], (float[])[1, -2]),
            Raw("singles", TensorType.F32, [1, 2], (float[])[3.25f, float.NegativeInfinity]),
            Raw("integers", TensorType.I32, [2], (int[])[-5, int.MaxValue]),
            TensorPayload.Words("words", [1, 2], (uint[])[7, uint.MaxValue]),
            Raw("doubles", TensorType.F64, [2], (double[])[0.1, 1e300]),
            Raw("longs", TensorType.I64, [1], (long[])[long.MinValue]),
            Raw("unsignedLongs", TensorType.U64, [1], (ulong[])[42]),
            Raw("tooLong", TensorType.U64, [1], (ulong[])[ulong.MaxValue]),
            Raw("flags", TensorType.Bool, [1], (byte[])[1]),
        ];
        SafetensorsWriter.Write(path, payloads, TestContext.Current.CancellationToken);
        using SafetensorsFile file = SafetensorsFile.Open(path, access);
        Assert.Equal(payloads.Select(p => p.Name).Order(), file.Tensors.Keys.Order());
        Assert.Equal([1, 2, 255], file.ReadIntegers("bytes"));
        Assert.Equal([-1, 127], file.ReadIntegers("signed"));
        Assert.Equal([1.5f, -0.25f], file.ReadFloats("halves"));
        Assert.Equal([-300], file.ReadIntegers("shorts"));
        Assert.Equal([65535], file.ReadIntegers("unsignedShorts"));
        Assert.Equal([1, -2], file.ReadFloats("brains"));
        Assert.Equal([3.25f, float.NegativeInfinity], file.ReadFloats("singles"));
        Assert.Equal([-5, int.MaxValue], file.ReadIntegers("integers"));
        Assert.Equal([7, uint.MaxValue], file.ReadWords("words").ToArray());
        Assert.Equal([7, uint.MaxValue], file.ReadIntegers("words"));
        Assert.Equal([0.1f, float.PositiveInfinity], file.ReadFloats("doubles"));
        Assert.Equal([long.MinValue], file.ReadIntegers("longs"));
        Assert.Equal([42], file.ReadIntegers("unsignedLongs"));

        DenseMatrix halves = file.ReadMatrix("halves");
        Assert.Equal((1, 2, ElementType.F16), (halves.Rows, halves.Columns, halves.Type));
        Assert.Equal([1.5f, -0.25f], Dequantized(halves));
        Assert.Equal([1, -2], Dequantized(file.ReadMatrix("brains")));
        Assert.Equal([3.25f, float.NegativeInfinity], Dequantized(file.ReadMatrix("singles")));

        Refused("tooLong", () => file.ReadIntegers("tooLong"));
        Refused("flags", () => file.ReadIntegers("flags"));
        Refused("flags", () => file.ReadFloats("flags"));
        Refused("integers", () => file.ReadFloats("integers"));
        Refused("singles", () => file.ReadIntegers("singles"));
        Refused("singles", () => file.ReadWords("singles"));
        Refused("doubles", () => file.ReadMatrix("doubles"));
        Refused("words", () => file.ReadMatrix("words"));
        Refused("nothing", () => file.ReadMatrix("nothing"));
        Refused("nothing", () => file.CopyBytes("nothing", Stream.Null, default));

        void Refused(string tensor, Action read)
        {
            DecoupleQException error = Assert.Throws<DecoupleQException>(read);
            Assert.Equal((path, tensor), (error.File, error.Field));
        }
    }

    [Fact]
    public void Mapped_matrices_are_views_of_the_file_and_read_ones_are_arrays()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("a.safetensors");
        SafetensorsWriter.Write(path, [Raw("a", TensorType.F32, [2, 2], (float[])[1, 2, 3, 4])], TestContext.Current.CancellationToken);
        using SafetensorsFile mapped = SafetensorsFile.Open(path, TensorAccess.Mapped), read = SafetensorsFile.Open(path, TensorAccess.Read);
        Assert.False(MemoryMarshal.TryGetArray(mapped.ReadMatrix("a").Singles, out _));
        Assert.True(MemoryMarshal.TryGetArray(read.ReadMatrix("a").Singles, out _));
        ref float first = ref MemoryMarshal.GetReference(
            mapped.ReadMatrix("a").Singles.Span), again = ref MemoryMarshal.GetReference(mapped.ReadMatrix("a").Singles.Span);
        Assert.True(Unsafe.AreSame(ref first, ref again));
    }

    [Fact]
    public void Data_that_is_not_aligned_for_its_type_is_copied()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("a.safetensors");
        // The header's length makes the data start at an odd position.
        string header = $"{{{SafetensorsBuilder.Entry("a", "U32", "[2]", 0, 8)}}}";
        header += new string(' ', (header.Length % 2) + 1);
        File.WriteAllBytes(path, SafetensorsBuilder.File(header, 8));
        using SafetensorsFile file = SafetensorsFile.Open(path, TensorAccess.Mapped);
        ReadOnlyMemory<uint> words = file.ReadWords("a");
        Assert.Equal([0x03020100, 0x07060504], words.ToArray());
        Assert.True(MemoryMarshal.TryGetArray(words, out _));
    }

    [Fact]
    public void A_mapped_matrix_cannot_be_read_once_its_file_is_disposed()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("a.safetensors");
        float[] values = [.. Enumerable.Range(0, 100_000).Select(i => (float)i)];
        SafetensorsWriter.Write(path, [Raw("a", TensorType.F32, [100, 1000], values)], TestContext.Current.CancellationToken);
        SafetensorsFile file = SafetensorsFile.Open(path, TensorAccess.Mapped);
        DenseMatrix matrix = file.ReadMatrix("a");
        Assert.Equal(values, Dequantized(matrix));
        file.Dispose();
        Assert.Contains(path, Assert.Throws<ObjectDisposedException>(() => Dequantized(matrix)).Message);
        Assert.Throws<ObjectDisposedException>(() => matrix.Singles.Span[0]);
        Assert.Throws<ObjectDisposedException>(() => matrix.Singles.Pin());
        Assert.Throws<ObjectDisposedException>(() => file.ReadMatrix("a"));
    }

    [Theory]
    [InlineData(TensorAccess.Mapped)]
    [InlineData(TensorAccess.Read)]
    public void A_disposed_file_refuses_to_read(TensorAccess access)
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("a.safetensors");
        SafetensorsWriter.Write(path, [Raw("a", TensorType.F32, [2, 2], (float[])[1, 2, 3, 4])], TestContext.Current.CancellationToken);
        SafetensorsFile file = SafetensorsFile.Open(path, access);
        file.Dispose();
        file.Dispose();
        Assert.Throws<ObjectDisposedException>(() => file.ReadMatrix("a"));
        Assert.Throws<ObjectDisposedException>(() => file.ReadFloats("a"));
    }

    [Fact]
    public void Copying_stops_when_it_is_cancelled()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("a.safetensors");
        SafetensorsWriter.Write(path, [Raw("a", TensorType.F32, [1], (float[])[1])], TestContext.Current.CancellationToken);
        using SafetensorsFile file = SafetensorsFile.Open(path, TensorAccess.Read);
        Assert.Throws<OperationCanceledException>(() => file.CopyBytes("a", Stream.Null, new CancellationToken(canceled: true)));
    }

    private static TensorPayload Raw<T>(string name, TensorType type, long[] shape, T[] values)
        where T : unmanaged => new(name, type, shape, (stream, _) => stream.Write(MemoryMarshal.AsBytes(values.AsSpan())));

    private static float[] Dequantized(WeightMatrix matrix)
    {
        var values = new float[matrix.Rows * matrix.Columns];
        matrix.DequantizeRows(0, matrix.Rows, values);
        return values;
    }
}
