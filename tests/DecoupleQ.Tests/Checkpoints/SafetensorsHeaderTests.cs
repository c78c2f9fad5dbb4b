using System.Buffers.Binary;
using System.Text;
using DecoupleQ.Checkpoints;
using static DecoupleQ.Tests.Checkpoints.SafetensorsBuilder;

namespace DecoupleQ.Tests.Checkpoints;

public sealed class SafetensorsHeaderTests
{
    private static readonly string A = Entry("a", "F32", "[2,2]", 0, 16);
    private static readonly string B = Entry("b", "F16", "[3]", 16, 22);

    [Fact]
    public void Types_shapes_and_ranges_are_read()
    {
        using var folder = new TemporaryFolder();
        string path = Write(folder, File($"{{\"__metadata__\":{{\"format\":\"pt\"}},{A},{B}}}   ", 22));
        using SafetensorsFile file = SafetensorsFile.Open(path, TensorAccess.Read);
        TensorInfo a = file.Tensors["a"], b = file.Tensors["b"];
        Assert.Equal((TensorType.F32, 16L, path), (a.Type, a.ByteLength, a.File));
        Assert.Equal([2, 2], a.Shape);
        Assert.Equal((TensorType.F16, 6L), (b.Type, b.ByteLength));
        Assert.Equal([3], b.Shape);
        Assert.Equal(2, file.Tensors.Count);
    }

    [Fact]
    public void Scalars_and_empty_tensors_are_tensors()
    {
        using var folder = new TemporaryFolder();
        string path = Write(folder, File($"{{{Entry("scalar", "F32", "[]", 0, 4)},{Entry("empty", "F32", "[0,5]", 0, 0)}}}", 4));
        using SafetensorsFile file = SafetensorsFile.Open(path, TensorAccess.Mapped);
        Assert.Single(file.ReadFloats("scalar"));
        Assert.Empty(file.ReadFloats("empty"));
        Assert.Throws<DecoupleQException>(() => file.ReadMatrix("empty"));
    }

    [Fact]
    public void A_truncated_file_names_the_tensor_that_is_cut()
    {
        byte[] whole = File($"{{{A},{B}}}", 22);
        Refused(whole[..^1], "b", "truncated");
        Refused(whole[..^8], "a", "truncated");
    }

    [Fact]
    public void A_file_cut_inside_its_header_or_before_is_refused()
    {
        byte[] whole = File($"{{{A},{B}}}", 22);
        Refused(whole[..40], null, "truncated");
        Refused(whole[..8], null, "truncated");
        Refused(whole[..5], null, "5 bytes");
        Refused([], null, "0 bytes");
    }

    [Fact]
    public void An_oversized_header_is_refused_before_it_is_read()
    {
        byte[] file = File($"{{{A},{B}}}", 22);
        BinaryPrimitives.WriteUInt64LittleEndian(file, 100_000_001);
        Refused(file, null, "at most 100000000");
        BinaryPrimitives.WriteUInt64LittleEndian(file, ulong.MaxValue);
        Refused(file, null, "at most 100000000");
    }

    [Fact]
    public void Overlapping_tensors_are_refused() =>
        Refused(File($"{{{A},{Entry("b", "F16", "[3]", 12, 18)}}}", 18), "b", "overlap those of a");

    [Fact]
    public void Two_tensors_in_the_same_bytes_are_refused() =>
        Refused(File($"{{{A},{Entry("b", "F32", "[4]", 0, 16)}}}", 16), "b", "overlap");

    [Fact]
    public void A_hole_between_tensors_is_refused() =>
        Refused(File($"{{{A},{Entry("b", "F16", "[3]", 18, 24)}}}", 24), "b", "hole of 2 bytes");

    [Fact]
    public void Bytes_that_belong_to_no_tensor_are_refused() => Refused(File($"{{{A},{B}}}", 23), null, "1 bytes after");

    [Theory]
    [InlineData("F8_E4M3", "[16]")]
    [InlineData("f32", "[4]")]
    [InlineData("", "[4]")]
    [InlineData("12", "[4]")]
    public void Unknown_types_are_refused_by_name(string type, string shape) =>
        Refused(File($"{{{Entry("a", type, shape, 0, 16)}}}", 16), "a", $"'{type}' is not known");

    [Theory]
    [InlineData("F16")]
    [InlineData("F64")]
    [InlineData("U8")]
    public void A_type_that_does_not_fit_the_range_is_refused(string type) => Refused(File($"{{{Entry("a", type, "[2,2]", 0, 16)}}}", 16), "a", "16 bytes");

    [Theory]
    [InlineData("[4611686018427387904,4]")]
    [InlineData("[9223372036854775807,9223372036854775807]")]
    [InlineData("[65536,65536,65536,65536]")]
    public void A_shape_whose_size_overflows_is_refused(string shape) => Refused(File($"{{{Entry("a", "F32", shape, 0, 16)}}}", 16), "a", "63 bits");

    [Theory]
    [InlineData("[-2,-2]")]
    [InlineData("[2.5,2]")]
    [InlineData("[\"2\",2]")]
    [InlineData("4")]
    [InlineData("[99999999999999999999]")]
    [InlineData("[[2],2]")]
    public void A_malformed_shape_is_refused(string shape) => Refused(File($"{{{Entry("a", "F32", shape, 0, 16)}}}", 16), "a", "shape");

    [Theory]
    [InlineData(16, 0)]
    [InlineData(8, 24)]
    [InlineData(0, 9223372036854775807)]
    [InlineData(-16, 0)]
    public void A_range_outside_the_data_is_refused(long begin, long end) => Refused(File($"{{{Entry("a", "F32", "[2,2]", begin, end)}}}", 16), "a", "");

    [Fact]
    public void A_name_that_is_there_twice_is_refused() =>
        Refused(File($"{{{Entry("a", "F32", "[2]", 0, 8)},{Entry("a", "F32", "[2]", 8, 16)}}}", 16), "a", "twice");

    [Fact]
    public void A_field_that_is_there_twice_is_refused() =>
        Refused(File("""{"a":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 8), "a", "dtype");

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[2]}}""")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0]}}""")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8,8]}}""")]
    [InlineData("""{"a":{"dtype":7,"shape":[2],"data_offsets":[0,8]}}""")]
    [InlineData("""{"a":[]}""")]
    public void An_entry_without_its_fields_is_refused(string header) => Refused(File(header, 8), "a", "expected");

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData(" {}")]
    [InlineData("{")]
    [InlineData("{} {}")]
    [InlineData("{\"a\"")]
    [InlineData("{\"\\ud800\":{}}")]
    public void A_header_that_is_no_JSON_object_is_refused(string header) => Refused(File(header, 0), null, "header");

    [Fact]
    public void Names_that_are_not_UTF8_or_hold_control_characters_are_refused()
    {
        Refused(File([.. "{\""u8, 0xFF, .. "\":{}}"u8], 0), null, "header");
        Refused(File($"{{{Entry("a\\nb", "F32", "[1]", 0, 4)}}}", 4), null, "control characters");
        Refused(File($"{{{Entry("", "F32", "[1]", 0, 4)}}}", 4), null, "empty");
    }

    [Fact]
    public void A_missing_file_is_named()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("none.safetensors");
        Assert.Equal(path, Assert.Throws<DecoupleQException>(() => SafetensorsFile.Open(path, TensorAccess.Mapped)).File);
    }

    private static void Refused(byte[] content, string? tensor, string message)
    {
        using var folder = new TemporaryFolder();
        string path = Write(folder, content);
        foreach (TensorAccess access in Enum.GetValues<TensorAccess>())
        {
            DecoupleQException error = Assert.Throws<DecoupleQException>(() => SafetensorsFile.Open(path, access));
            Assert.Equal(path, error.File);
            Assert.Equal(tensor, error.Field);
            Assert.Contains(message, error.Message);
            Assert.DoesNotContain('\n', error.Message);
        }
    }

    private static string Write(TemporaryFolder folder, byte[] content)
    {
        string path = folder.File("model.safetensors");
        System.IO.File.WriteAllBytes(path, content);
        return path;
    }
}
