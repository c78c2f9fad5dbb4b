using DecoupleQ.Checkpoints;
using DecoupleQ.ModelFiles;
using DecoupleQ.Models;
using DecoupleQ.Tensors;
using DecoupleQ.Testing;
using DecoupleQ.Tests.Checkpoints.Gguf;

namespace DecoupleQ.Tests.Checkpoints;

/// <summary>Weights that are not finite are refused by name, whatever type they are stored in and however they are read.</summary>
public sealed class FiniteTensorsTests
{
    private static readonly string Tiny = Paths.Golden("golden", "tiny", "tiny-qwen3");

    public static TheoryData<ElementType, string, float> Broken
    {
        get
        {
            var data = new TheoryData<ElementType, string, float>();
            string[] tensors =
            [
                "model.embed_tokens.weight", "lm_head.weight", "model.norm.weight", "model.layers.1.mlp.up_proj.weight",
                "model.layers.0.self_attn.q_norm.weight",
            ];
            foreach (ElementType type in Enum.GetValues<ElementType>())
            {
                foreach ((int i, string tensor) in tensors.Index())
                {
                    data.Add(type, tensor, i % 3 == 0 ? float.NaN : i % 3 == 1 ? float.PositiveInfinity : float.NegativeInfinity);
                }
            }
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Broken))]
    public void A_folder_whose_weights_are_not_finite_is_refused_by_name(ElementType type, string tensor, float value)
    {
        using var folder = new TemporaryFolder();
        Write(folder, type, tensor, value);
        DecoupleQException error = Assert.Throws<DecoupleQException>(() => LanguageModel.Load(folder.Path));
        Assert.Equal((folder.File("model.safetensors"), tensor), (error.File, error.Field));
        Assert.Contains(float.IsNaN(value) ? "NaN" : "infinity", error.Message);
        foreach (TensorAccess access in Enum.GetValues<TensorAccess>())
        {
            using Checkpoint checkpoint = CheckpointFiles.Open(folder.Path, access);
            Assert.Equal(tensor, Assert.Throws<DecoupleQException>(() => checkpoint.CopyTensor(tensor, Stream.Null, Token)).Field);
            Assert.Equal(tensor, Assert.Throws<DecoupleQException>(() => checkpoint.Source.ReadFloats(tensor)).Field);
        }
    }

    [Theory]
    [InlineData("F32")]
    [InlineData("F16")]
    [InlineData("BF16")]
    [InlineData("Q4_0")]
    [InlineData("Q4_1")]
    [InlineData("Q5_0")]
    [InlineData("Q5_1")]
    [InlineData("IQ4_NL")]
    [InlineData("Q8_0")]
    [InlineData("Q2_K")]
    [InlineData("Q3_K")]
    [InlineData("Q4_K")]
    [InlineData("Q5_K")]
    [InlineData("Q6_K")]
    public void A_gguf_file_whose_weights_are_not_finite_is_refused_by_name(string type)
    {
        using var folder = new TemporaryFolder();
        // The second head's rows are interleaved, and every number is broken: the place that is named is the first.
        string file = Image(type).Save(folder);
        DecoupleQException error = Assert.Throws<DecoupleQException>(() => LanguageModel.Load(file));
        Assert.Equal((file, "model.layers.0.self_attn.q_proj.weight"), (error.File, error.Field));
        using Checkpoint checkpoint = CheckpointFiles.Open(file, TensorAccess.Read);
        Assert.Equal(error.Field, Assert.Throws<DecoupleQException>(() => checkpoint.CopyTensor(error.Field!, Stream.Null, Token)).Field);
        Assert.Equal(error.Field, Assert.Throws<DecoupleQException>(() => checkpoint.ReadWeight("model.layers.0.self_attn.q_proj")).Field);
    }

    [Fact]
    public void The_place_of_the_number_is_named()
    {
        using var folder = new TemporaryFolder();
        var values = new float[3 * 40_000];
        values[^2] = float.NaN;
        File.WriteAllText(folder.File("config.json"), "{}");
        SafetensorsWriter.Write(folder.File("model.safetensors"), [TensorPayload.Floats("a.weight", ElementType.F16, [3, 40_000], values)], Token);
        using Checkpoint checkpoint = CheckpointFiles.Open(folder.Path);
        Assert.Contains("[2, 39998]", Assert.Throws<DecoupleQException>(() => checkpoint.ReadWeight("a")).Message);
        Assert.Contains("[2, 39998]", Assert.Throws<DecoupleQException>(() => checkpoint.CopyTensor("a.weight", Stream.Null, Token)).Message);
    }

    [Fact]
    public void Scales_that_give_weights_beyond_float32_are_refused()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("config.json"), """{"quantization": {"bits": 2, "group_size": 32}}""");
        SafetensorsWriter.Write(
            folder.File("model.safetensors"),
            [
                TensorPayload.Words("a.weight", [1, 2], new uint[2]), TensorPayload.Floats("a.scales", ElementType.F32, [1, 1], new[] { 3e38f }),
                TensorPayload.Floats("a.biases", ElementType.F32, [1, 1], new[] { 0f }),
            ],
            Token);
        using Checkpoint checkpoint = CheckpointFiles.Open(folder.Path);
        Assert.Equal("a.scales", Assert.Throws<DecoupleQException>(() => checkpoint.ReadWeight("a")).Field);
    }

    [Fact]
    public void Every_pattern_of_16_bits_is_known_for_what_it_is_at_every_place()
    {
        foreach (ElementType type in (ElementType[])[ElementType.F16, ElementType.BF16])
        {
            var value = new float[1];
            var bits = new ushort[67];
            for (int pattern = 0; pattern <= ushort.MaxValue; pattern++)
            {
                int at = pattern % bits.Length;
                bits[at] = (ushort)pattern;
                FloatFormat.Decode(type, bits.AsSpan(at, 1), value);
                Assert.Equal(float.IsFinite(value[0]) ? -1 : at, FloatFormat.IndexOfNotFinite(type, bits));
                Assert.Equal(float.IsNaN(value[0]), FloatFormat.IsNaN(type, bits[at]));
                bits[at] = 0;
            }
        }
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static void Write(TemporaryFolder folder, ElementType type, string tensor, float value)
    {
        using Checkpoint source = CheckpointFiles.Open(Tiny);
        File.Copy(Path.Combine(Tiny, "config.json"), folder.File("config.json"));
        SafetensorsWriter.Write(
            folder.File("model.safetensors"),
            [
                .. source.Tensors.Values.Select(info =>
                {
                    float[] values = source.Source.ReadFloats(info.Name);
                    if (info.Name == tensor)
                    {
                        values[^1] = value;
                    }
                    return TensorPayload.Floats(info.Name, type, info.Shape, values);
                }),
            ]);
    }

    private static GgufImage Image(string type)
    {
        // 0xFF bytes are NaN in all plain types, and scales that are NaN in all blocks; 256 columns are whole blocks of each.
        GgufImage image = GgufImage.Llama(width: 256, feedForward: 256, heads: 2).Tensor("token_embd.weight", [256, 16], "F16")
            .Tensor("output_norm.weight", [256], "F32").Tensor("blk.0.attn_norm.weight", [256], "F32").Tensor("blk.0.ffn_norm.weight", [256], "F32")
            .Tensor("blk.0.attn_k.weight", [256, 128], "F16").Tensor("blk.0.attn_v.weight", [256, 128], "F16")
            .Tensor("blk.0.attn_output.weight", [256, 256], "F16").Tensor("blk.0.ffn_gate.weight", [256, 256], "F16")
            .Tensor("blk.0.ffn_up.weight", [256, 256], "F16").Tensor("blk.0.ffn_down.weight", [256, 256], "F16");
        DecoupleQ.Checkpoints.Gguf.GgmlType known = DecoupleQ.Checkpoints.Gguf.GgmlType.All.Single(t => t.Name == type);
        byte[] broken = new byte[256 * 256 / known.BlockLength * known.BlockBytes];
        Array.Fill(broken, (byte)0xFF);
        return image.Tensor("blk.0.attn_q.weight", [256, 256], type, broken);
    }
}
