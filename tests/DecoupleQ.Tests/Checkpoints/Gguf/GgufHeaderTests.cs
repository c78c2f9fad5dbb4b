using DecoupleQ.Checkpoints;
using DecoupleQ.Checkpoints.Gguf;
using DecoupleQ.ModelFiles;
using DecoupleQ.Models;

namespace DecoupleQ.Tests.Checkpoints.Gguf;

/// <summary>What a GGUF file may be, and how others are refused.</summary>
public sealed class GgufHeaderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(2u)]
    [InlineData(3u)]
    public void Versions_2_and_3_are_read(uint version)
    {
        GgufImage image = GgufImage.Model();
        image.Version = version;
        using LanguageModel model = LanguageModel.Load(image.Save(_folder));
        Assert.All(model.Logits([1, 2, 3]), logit => Assert.True(float.IsFinite(logit)));
    }

    [Fact]
    public void Every_kind_of_value_is_read()
    {
        string path = GgufImage.Model()
            .Add("x.u8", (byte)200).Add("x.i8", (sbyte)-3).Add("x.u16", (ushort)60000).Add("x.i16", (short)-300).Add("x.u32", 4_000_000_000u).Add("x.i32", -5)
            .Add("x.f32", 0.1f).Add("x.bool", true).Add("x.text", "größer 🐢").Add("x.u64", ulong.MaxValue).Add("x.i64", -7L).Add("x.f64", 0.25)
            .Add(
                "x.texts",
                new object[] { "a", "", "b" }).Add("x.ints", new object[] { 1, 2 }).Add(
                    "x.uints", new object[] { 3u, 4u }).Add("x.floats", new object[] { 1.5f })
            .Add("x.none", Array.Empty<object>()).Add("x.nested", new object[] { new object[] { (byte)1 }, new object[] { (byte)2, (byte)3 } })
            .Save(_folder);
        using GgufFile file = GgufFile.Open(path, TensorAccess.Read);
        GgufMetadata metadata = file.Metadata;
        Assert.Equal([200, -3, 60000, -300, -5, -7], new[] { "x.u8", "x.i8", "x.u16", "x.i16", "x.i32", "x.i64" }.Select(key => metadata.Integer(key)!.Value));
        Assert.Equal(4_000_000_000u, metadata.Values["x.u32"].Content);
        Assert.Equal(ulong.MaxValue, metadata.Values["x.u64"].Content);
        Assert.Equal(0.1, metadata.Number("x.f32"));
        Assert.Equal(0.25, metadata.Number("x.f64"));
        Assert.True(metadata.Flag("x.bool"));
        Assert.Equal("größer 🐢", metadata.Text("x.text"));
        Assert.Equal(["a", "", "b"], metadata.Texts("x.texts")!);
        Assert.Equal([1, 2], metadata.Integers("x.ints")!);
        Assert.Equal([3, 4], metadata.Integers("x.uints")!);
        Assert.Equal([1.5f], metadata.Numbers("x.floats")!);
        Assert.Equal([2, 3], (byte[])((GgufArray)((GgufArray)metadata.Values["x.nested"].Content).Elements.GetValue(1)!).Elements);
    }

    [Fact]
    public void Another_alignment_is_honoured()
    {
        GgufImage image = GgufImage.Model().Add("general.alignment", 64u);
        image.Alignment = 64;
        using Checkpoint aligned = CheckpointFiles.Open(image.Save(_folder)), usual = CheckpointFiles.Open(GgufImage.Model().Save(_folder, "usual.gguf"));
        Assert.All(usual.Tensors.Keys, name => Assert.Equal(usual.Source.ReadFloats(name), aligned.Source.ReadFloats(name)));
    }

    public static TheoryData<string> WrongFiles => [.. Wrong.Keys];

    private static Dictionary<string, (string Field, string Message, Func<byte[]> Bytes)> Wrong { get; } = new()
    {
        ["empty"] = ("", "GGUF", () => []),
        ["not a GGUF file"] = ("", "letters GGUF", () => Change(i => i.Magic = 7)),
        ["version 1"] = ("", "version 1", () => Change(i => i.Version = 1)),
        ["version 4"] = ("", "version 4", () => Change(i => i.Version = 4)),
        ["big-endian"] = ("", "big-endian", () => Change(i => i.Version = 3u << 24)),
        ["too many tensors"] = ("", "claims", () => Change(i => i.TensorCount = 1UL << 60)),
        ["too many values"] = ("", "claims", () => Change(i => i.ValueCount = ulong.MaxValue)),
        ["some more tensors than there are"] = ("", "", () => Change(i => i.TensorCount = 12)),
        ["some more values than there are"] = ("", "", () => Change(i => i.ValueCount = 9)),
        ["a text longer than the file"] = ("", "claims", () => Change(i => i.AddRaw("x", 8, BitConverter.GetBytes(1L << 40)))),
        ["an array longer than the file"] = ("", "claims", () => Change(i => i.AddRaw("x", 9, [4, 0, 0, 0, .. BitConverter.GetBytes(1L << 40)]))),
        ["arrays nested without end"] = (
            "x", "nested",
            () => Change(i => i.AddRaw("x", 9, [.. Enumerable.Repeat<byte[]>([9, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0], 50).SelectMany(b => b)]))),
        ["an unknown value type"] = ("x", "type 13", () => Change(i => i.AddRaw("x", 13, [0]))),
        ["an unknown element type"] = ("x", "type 99", () => Change(i => i.AddRaw("x", 9, [99, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]))),
        ["a bool that is 2"] = ("x", "0 or 1", () => Change(i => i.AddRaw("x", 7, [2]))),
        ["a text that is not UTF-8"] = ("x", "UTF-8", () => Change(i => i.AddRaw("x", 8, [2, 0, 0, 0, 0, 0, 0, 0, 0xC3, 0x28]))),
        ["a licence that is not UTF-8"] = (
            "general.license", "a text in UTF-8", () => Change(i => i.AddRaw("general.license", 8, [2, 0, 0, 0, 0, 0, 0, 0, 0xC3, 0x28]))),
        ["a key twice"] = ("llama.block_count", "twice", () => Change(i => i.Add("llama.block_count", 1u))),
        ["an empty key"] = ("", "empty", () => Change(i => i.Add("", 1u))),
        ["an alignment of 24"] = ("general.alignment", "power of two", () => Change(i => i.Add("general.alignment", 24u))),
        ["an alignment of 0"] = ("general.alignment", "at least 8", () => Change(i => i.Add("general.alignment", 0u))),
        ["an alignment that is a text"] = ("general.alignment", "integer", () => Change(i => i.Add("general.alignment", "32"))),
        ["a tensor twice"] = ("output_norm.weight", "twice", () => Change(i => i.Tensor("output_norm.weight", [32], "F32"))),
        ["a tensor without sizes"] = ("t", "0 sizes", () => Change(i => i.Tensor("t", [], 0, []))),
        ["a tensor of five sizes"] = ("t", "5 sizes", () => Change(i => i.Tensor("t", [1, 1, 1, 1, 1], "F32"))),
        ["a tensor with a size of 0"] = ("t", "is 0", () => Change(i => i.Tensor("t", [0], 0, []))),
        ["a product of sizes that overflows"] = ("t", "truncated", () => Change(i => i.Tensor("t", [1L << 30, 1L << 30, 1L << 30], 0, []))),
        ["rows that are no whole blocks"] = ("t", "multiple of 32", () => Change(i => i.Tensor("t", [33], 2, new byte[18]))),
        ["an unsupported tensor type"] = ("t", "IQ2_XS (17)", () => Change(i => i.Tensor("t", [256], 17, new byte[74]))),
        ["an unknown tensor type"] = ("t", "number 77", () => Change(i => i.Tensor("t", [32], 77, new byte[64]))),
        ["an offset that is not aligned"] = ("t", "multiple of the alignment", () => Change(i => i.Tensor("t", [32], "F32", offset: 8))),
        ["an offset outside the file"] = ("t", "truncated", () => Change(i => i.Tensor("t", [32], "F32", offset: 1UL << 40))),
        ["an offset beyond 63 bits"] = ("t", "truncated", () => Change(i => i.Tensor("t", [32], "F32", offset: ulong.MaxValue - 31))),
        ["a tensor that ends outside the file"] = ("t", "truncated", () => Change(i => i.Tensor("t", [1 << 14], "F32", offset: 0))),
        ["overlapping tensors"] = ("", "overlap", () => Change(i => i.Tensor("t", [32], "F32", offset: 64))),
        ["no architecture"] = ("general.architecture", "missing", () => Change(i => i.Remove("general.architecture"))),
        ["an unknown architecture"] = ("general.architecture", "\"llama\"", () => Change(i => i.Set("general.architecture", "bert"))),
        ["a size that is a text"] = ("llama.block_count", "integer", () => Change(i => i.Set("llama.block_count", "1"))),
        ["a size that is negative"] = ("llama.block_count", "integer", () => Change(i => i.Set("llama.block_count", -1))),
        ["a size that is huge"] = ("llama.block_count", "integer", () => Change(i => i.Set("llama.block_count", uint.MaxValue))),
        ["a missing size"] = ("llama.feed_forward_length", "missing", () => Change(i => i.Remove("llama.feed_forward_length"))),
        ["an epsilon that is an integer"] = (
            "llama.attention.layer_norm_rms_epsilon", "float", () => Change(i => i.Set("llama.attention.layer_norm_rms_epsilon", 1))),
        ["an epsilon that is no number"] = (
            "llama.attention.layer_norm_rms_epsilon", "finite", () => Change(i => i.Set("llama.attention.layer_norm_rms_epsilon", float.NaN))),
        ["blocks with other heads"] = (
            "llama.attention.head_count_kv", "equal",
            () => Change(i => i.Set("llama.block_count", 2u).Set("llama.attention.head_count_kv", new object[] { 1u, 2u }))),
        ["heads of too many blocks"] = (
            "llama.attention.head_count_kv", "one a block", () => Change(i => i.Set("llama.attention.head_count_kv", new object[] { 1u, 1u }))),
        ["heads that do not divide"] = ("llama.attention.head_count_kv", "divisor", () => Change(i => i.Set("llama.attention.head_count_kv", 3u))),
        ["heads of each layer that are texts"] = (
            "llama.attention.head_count", "integer", () => Change(i => i.Set("llama.attention.head_count", new object[] { "2" }))),
        ["heads of an odd size"] = ("llama.attention.key_length", "even", () => Change(i => i.Add("llama.attention.key_length", 15u))),
        ["values of another size than keys"] = ("llama.attention.value_length", "16", () => Change(i => i.Add("llama.attention.value_length", 8u))),
        ["a partial rotary embedding"] = ("llama.rope.dimension_count", "16", () => Change(i => i.Add("llama.rope.dimension_count", 8u))),
        ["experts"] = ("llama.expert_count", "not supported", () => Change(i => i.Add("llama.expert_count", 8u))),
        ["a sliding window"] = ("llama.attention.sliding_window", "not supported", () => Change(i => i.Add("llama.attention.sliding_window", 4096u))),
        ["YaRN scaling"] = ("llama.rope.scaling.type", "linear", () => Change(i => i.Add("llama.rope.scaling.type", "yarn"))),
        ["a key that is not known"] = ("llama.attention.novelty", "not known", () => Change(i => i.Add("llama.attention.novelty", 1u))),
        ["a negative theta"] = ("llama.rope.freq_base", "from 1", () => Change(i => i.Add("llama.rope.freq_base", -1f))),
        ["a theta whose powers are not finite"] = ("llama.rope.freq_base", "from 1", () => Change(i => i.Add("llama.rope.freq_base", 1e-40f))),
        ["a factor that is next to nothing"] = ("llama.rope.scaling.factor", "from 1e-6", () => Change(i => i.Add("llama.rope.scaling.factor", 1e-40f))),
        ["a factor without bounds"] = ("llama.rope.scaling.factor", "from 1e-6", () => Change(i => i.Add("llama.rope.scaling.factor", 1e38f))),
        ["an epsilon of 0"] = (
            "llama.attention.layer_norm_rms_epsilon", "from 1e-30", () => Change(i => i.Set("llama.attention.layer_norm_rms_epsilon", 0f))),
        ["a tensor of another architecture"] = ("blk.0.ffn_gate_inp.weight", "no place", () => Change(i => i.Tensor("blk.0.ffn_gate_inp.weight", [32], "F32"))),
        ["a tensor of a block beyond the last"] = ("blk.1.attn_norm.weight", "no place", () => Change(i => i.Tensor("blk.1.attn_norm.weight", [32], "F32"))),
        ["a block's number in another spelling"] = ("blk.00.attn_norm.weight", "no place", () => Change(i => i.Tensor("blk.00.attn_norm.weight", [32], "F32"))),
        ["query rows that are no heads"] = (
            "blk.0.attn_q.weight", "32 rows", () => Change(i => i.Remove("blk.0.attn_q.weight").Tensor("blk.0.attn_q.weight", [32, 24], "F32"))),
        ["no embedding"] = ("token_embd.weight", "missing", () => Change(i => i.Remove("token_embd.weight"))),
        ["a missing layer"] = ("model.layers.0.mlp.up_proj.weight", "missing", () => Change(i => i.Remove("blk.0.ffn_up.weight"))),
        ["a layer of another shape"] = (
            "model.layers.0.mlp.up_proj.weight", "64 x 32",
            () => Change(i => i.Remove("blk.0.ffn_up.weight").Tensor("blk.0.ffn_up.weight", [32, 32], "F32"))),
        ["a bias on the queries alone"] = ("model.layers.0.self_attn.k_proj.bias", "missing", () => Change(i => i.Tensor("blk.0.attn_q.bias", [32], "F32"))),
        ["divisors of another number"] = ("rope_freqs.weight", "8 floats", () => Change(i => i.Tensor("rope_freqs.weight", [16], "F32"))),
        ["divisors that no config can state"] = (
            "rope_freqs.weight", "Llama 3.1", () => Change(i => i.Tensor("rope_freqs.weight", [8], "F32", Floats(1, 2, 3, 4, 5, 6, 7, 8)))),
        ["divisors below 0"] = ("rope_freqs.weight", "above 0", () => Change(i => i.Tensor("rope_freqs.weight", [8], "F32", Floats(1, 1, 1, 1, 1, 1, 1, -8)))),
        ["two scalings"] = (
            "rope_freqs.weight", "one scaling",
            () => Change(i => i.Add("llama.rope.scaling.factor", 2f).Tensor("rope_freqs.weight", [8], "F32", Floats(2, 2, 2, 2, 2, 2, 2, 2)))),
        ["a shard whose name is no shard's"] = (
            "split.count", "-00002-of-00003.gguf", () => Change(i => i.Add("split.no", (ushort)1).Add("split.count", (ushort)3))),
        ["an end id that is a text"] = ("tokenizer.ggml.eos_token_id", "integer", () => Change(i => i.Add("tokenizer.ggml.eos_token_id", "2"))),
    };

    [Theory]
    [MemberData(nameof(WrongFiles))]
    public void Wrong_files_are_refused_in_one_line_that_says_why(string name)
    {
        (string field, string message, Func<byte[]> bytes) = Wrong[name];
        string path = _folder.File("wrong.gguf");
        File.WriteAllBytes(path, bytes());
        DecoupleQException error = Assert.Throws<DecoupleQException>(() => LanguageModel.Load(path).Dispose());
        Assert.Contains(message, error.Message);
        Assert.DoesNotContain('\n', error.Message);
        Assert.Equal(path, error.File);
        if (field.Length > 0)
        {
            Assert.Equal(field, error.Field);
        }
    }

    [Fact]
    public void Sizes_may_be_arrays_of_equal_numbers_one_a_block()
    {
        using Checkpoint usual = CheckpointFiles.Open(GgufImage.Model().Save(_folder, "usual.gguf"));
        using Checkpoint arrays = CheckpointFiles.Open(
            GgufImage.Model().Set("llama.attention.head_count_kv", new object[] { 1u }).Set("llama.attention.head_count", new object[] { 2 })
                .Set("llama.feed_forward_length", new object[] { 64u }).Save(_folder, "arrays.gguf"));
        Assert.Equal(usual.Config.ToJsonString(), arrays.Config.ToJsonString());
    }

    [Fact]
    public void A_file_cut_off_anywhere_is_refused()
    {
        byte[] whole = GgufImage.Model().ToBytes();
        string path = _folder.File("cut.gguf");
        for (int length = 0; length < whole.Length; length += length < 900 ? 1 : 61)
        {
            File.WriteAllBytes(path, whole[..length]);
            DecoupleQException error = Assert.Throws<DecoupleQException>(() => CheckpointFiles.Open(path).Dispose());
            Assert.Equal(path, error.File);
        }
    }

    private static byte[] Change(Action<GgufImage> change)
    {
        GgufImage image = GgufImage.Model();
        change(image);
        return image.ToBytes();
    }

    private static byte[] Floats(params float[] values) => [.. values.SelectMany(BitConverter.GetBytes)];
}
