using System.Text.Json.Nodes;
using CsCheck;
using DecoupleQ.Checkpoints;
using DecoupleQ.ModelFiles;
using DecoupleQ.Storage;
using DecoupleQ.Tensors;

namespace DecoupleQ.Tests.Checkpoints;

public sealed class PackedFolderTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void A_packed_matrix_is_read_back_exactly_for_all_bits_groups_and_scale_types()
    {
        using var folder = new TemporaryFolder();
        Gen.Select(
            Gen.OneOf(Gen.Const(2), Gen.Const(3), Gen.Const(4), Gen.Const(8)),
            Gen.OneOf(Gen.Const(AffineFormat.PerChannel), Gen.Const(32), Gen.Const(64), Gen.Const(128)), Gen.Enum<ElementType>(), Gen.Int[1, 5],
            Gen.Int[1, 4], Gen.Int).Sample(
            x =>
            {
                (int bits, int group, ElementType type, int rows, int blocks, int seed) = x;
                AffineMatrix matrix = Random(rows, blocks * (group == AffineFormat.PerChannel ? 32 : group), bits, group, type, seed);
                Write(
                    folder, PackedConfig.Create([], new AffineFormat(bits, group), new Dictionary<string, AffineFormat?>(), []),
                    AffineTensors.Of("model.layers.0.mlp.up_proj", matrix));
                using Checkpoint checkpoint = CheckpointFiles.Open(folder.Path, seed % 2 == 0 ? TensorAccess.Mapped : TensorAccess.Read);
                AffineMatrix back = Assert.IsType<AffineMatrix>(checkpoint.ReadWeight("model.layers.0.mlp.up_proj"));
                Assert.Equal((matrix.Rows, matrix.Columns, bits, matrix.GroupSize, type), (back.Rows, back.Columns, back.Bits, back.GroupSize, back.ScaleType));
                Assert.True(matrix.Codes.Span.SequenceEqual(back.Codes.Span));
                Assert.True(matrix.Scales.Span.SequenceEqual(back.Scales.Span));
                Assert.True(matrix.Biases.Span.SequenceEqual(back.Biases.Span));
            },
            iter: 150,
            threads: 1);
    }

    [Fact]
    public void A_folder_spelled_as_mlx_lm_spells_it_is_read()
    {
        using var folder = new TemporaryFolder();
        AffineMatrix up = Random(3, 64, 4, 32, ElementType.BF16, 1), head = Random(5, 128, 8, 128, ElementType.BF16, 2);
        const string Section =
            """{"group_size": 32, "bits": 4, "mode": "affine", "lm_head": {"group_size": 128, "bits": 8}, "model.down": false, "model.up": true}""";
        JsonObject config = JsonNode.Parse($$"""{"quantization": {{Section}}, "quantization_config": {{Section}}}""")!.AsObject();
        Write(
            folder, config,
            [
                .. AffineTensors.Of("model.up", up), .. AffineTensors.Of("lm_head", head),
                TensorPayload.Floats("model.down.weight", ElementType.BF16, [1, 2], (float[])[1, 2])
            ]);
        using Checkpoint checkpoint = CheckpointFiles.Open(folder.Path);
        Assert.Equal(new AffineFormat(4, 32), checkpoint.Quantization!.Format);
        Assert.Equal(new AffineFormat(4, 32), checkpoint.Quantization.FormatOf("model.up"));
        Assert.Equal(new AffineFormat(8, 128), checkpoint.Quantization.FormatOf("lm_head"));
        Assert.Null(checkpoint.Quantization.FormatOf("model.down"));
        Assert.Equal(Dequantized(up), Dequantized(checkpoint.ReadWeight("model.up")));
        Assert.Equal(Dequantized(head), Dequantized(checkpoint.ReadWeight("lm_head")));
        Assert.Equal([1f, 2f], Dequantized(Assert.IsType<DenseMatrix>(checkpoint.ReadWeight("model.down"))));
    }

    [Fact]
    public void Codes_are_laid_out_as_in_MLX()
    {
        // Codes 0 to 31 at 8 bits: four a word, the first in the lowest bits.
        using var folder = new TemporaryFolder();
        var config = new JsonObject { ["quantization"] = new JsonObject { ["group_size"] = 32, ["bits"] = 8 } };
        uint[] words = [.. Enumerable.Range(0, 8).Select(i => (uint)((4 * i) | ((4 * i + 1) << 8) | ((4 * i + 2) << 16) | ((4 * i + 3) << 24)))];
        Write(folder, config,
        [
            TensorPayload.Words("a.weight", [1, 8], words),
            TensorPayload.Floats("a.scales", ElementType.F16, [1, 1], (float[])[0.5f]),
            TensorPayload.Floats("a.biases", ElementType.F16, [1, 1], (float[])[-1]),
        ]);
        using Checkpoint checkpoint = CheckpointFiles.Open(folder.Path);
        Assert.Equal(Enumerable.Range(0, 32).Select(j => (0.5f * j) - 1), Dequantized(checkpoint.ReadWeight("a")));
    }

    [Fact]
    public void A_written_config_reads_back_and_tells_MLX_only_what_it_knows()
    {
        var dense = new JsonObject { ["hidden_size"] = 64, ["quantization"] = "old" };
        var exceptions = new Dictionary<string, AffineFormat?> { ["lm_head"] = new(8, 64), ["model.layers.7.mlp.up_proj"] = null, ["same"] = new(2, 64) };
        var provenance = new JsonObject { ["seed"] = 7, ["calibration"] = new JsonObject { ["windows"] = 128 } };

        JsonObject grouped = PackedConfig.Create(dense, new(2, 64), exceptions, provenance);
        Assert.Equal(
            """{"hidden_size":64,"quantization":"""
                + """{"group_size":64,"bits":2,"mode":"affine","lm_head":"""
                + """{"group_size":64,"bits":8},"model.layers.7.mlp.up_proj":false},"quantization_config":"""
                + """{"quant_method":"decoupleq","bits":2,"group_size":64,"sym":false,"modules":"""
                + """{"lm_head":{"group_size":64,"bits":8},"model.layers.7.mlp.up_proj":false},"seed":7,"calibration":{"windows":128}}}""",
            grouped.ToJsonString());
        Check(grouped, new(2, 64));

        JsonObject perChannel = PackedConfig.Create(dense, new(3, AffineFormat.PerChannel), exceptions, provenance);
        Assert.False(perChannel.ContainsKey("quantization"));
        Assert.Equal(-1, (int)perChannel["quantization_config"]!["group_size"]!);
        Check(perChannel, new(3, AffineFormat.PerChannel));

        Assert.Equal("old", (string)dense["quantization"]!);
        Assert.Throws<ArgumentException>(() => PackedConfig.Create(dense, new(2, 64), exceptions, new() { ["bits"] = 2 }));

        void Check(JsonObject config, AffineFormat format)
        {
            QuantizationConfig back = Parse(config.ToJsonString())!;
            Assert.Equal(format, back.Format);
            Assert.Equal(new AffineFormat(8, 64), back.FormatOf("lm_head"));
            Assert.Null(back.FormatOf("model.layers.7.mlp.up_proj"));
            Assert.Equal(new AffineFormat(2, 64), back.FormatOf("same"));
            Assert.True(JsonNode.DeepEquals(provenance, back.Provenance));
        }
    }

    [Theory]
    [InlineData("""{"quantization":{"bits":5,"group_size":64}}""", "quantization.bits")]
    [InlineData("""{"quantization":{"bits":6,"group_size":64}}""", "quantization.bits")]
    [InlineData("""{"quantization":{"bits":4,"group_size":16}}""", "quantization.group_size")]
    [InlineData("""{"quantization":{"bits":4,"group_size":32,"mode":"mxfp4"}}""", "quantization.mode")]
    [InlineData("""{"quantization":{"group_size":32}}""", "quantization.bits")]
    [InlineData("""{"quantization":{"bits":"4","group_size":32}}""", "quantization.bits")]
    [InlineData("""{"quantization":{"bits":4,"group_size":32,"lm_head":{"bits":6,"group_size":64}}}""", "quantization.lm_head.bits")]
    [InlineData("""{"quantization":[]}""", "quantization")]
    [InlineData("""{"quantization_config":{"quant_method":"gptq","bits":4,"group_size":128}}""", "quantization_config.quant_method")]
    [InlineData("""{"quantization_config":{"quant_method":"awq","bits":4,"group_size":128}}""", "quantization_config.quant_method")]
    [InlineData("""{"quantization_config":{"quant_method":"bitsandbytes","load_in_4bit":true}}""", "quantization_config.quant_method")]
    [InlineData("""{"quantization_config":{"quant_method":"decoupleq","bits":2,"group_size":64,"sym":true}}""", "quantization_config.sym")]
    [InlineData("""{"quantization_config":{"quant_method":"decoupleq","bits":2,"group_size":64,"modules":{"a":3}}}""", "quantization_config.modules.a")]
    [InlineData("""{"quantization":{"bits":4,"group_size":64},"quantization_config":{"quant_method":"decoupleq","bits":2,"group_size":64}}""", "quantization")]
    public void Quantization_that_is_not_supported_is_refused_by_name(string config, string field)
    {
        DecoupleQException error = Assert.Throws<DecoupleQException>(() => Parse(config));
        Assert.Equal(("config.json", field), (error.File, error.Field));
        Assert.NotNull(error.Expected);
    }

    [Fact]
    public void What_mlx_lm_reads_first_is_read_first()
    {
        Assert.Equal(
            new AffineFormat(4, 64),
            Parse("""{"quantization":{"bits":4,"group_size":64},"quantization_config":{"quant_method":"gptq","bits":8}}""")!.Format);
        Assert.Null(Parse("{}"));
        Assert.Null(Parse("""{"quantization":null}"""));
    }

    [Fact]
    public void Packed_tensors_that_do_not_fit_their_config_are_refused()
    {
        AffineMatrix good = Random(2, 64, 3, 32, ElementType.F16, 1);
        TensorPayload[] tensors = [.. AffineTensors.Of("a", good)];
        TensorPayload weight = tensors[0], scales = tensors[1], biases = tensors[2];
        Refused([scales, biases], "a.weight", "missing");
        Refused([weight, scales], "a.biases", "missing");
        Refused([TensorPayload.Floats("a.weight", ElementType.F32, [2, 6], new float[12]), scales, biases], "a.weight", "packed codes");
        Refused([TensorPayload.Words("a.weight", [2, 7], new uint[14]), scales, biases], "a.weight", "multiple of 3 words");
        Refused([TensorPayload.Words("a.weight", [12], new uint[12]), scales, biases], "a.weight", "packed codes");
        Refused([TensorPayload.Words("a.weight", [2, 9], new uint[18]), scales, biases], "a.scales", "[2, 3]");
        Refused([weight, TensorPayload.Words("a.scales", [2, 2], new uint[4]), biases], "a.scales", "F16");
        Refused([weight, scales, TensorPayload.Floats("a.biases", ElementType.F32, [2, 2], new float[4])], "a.biases", "type and shape of the scales");
        Refused([weight, scales, TensorPayload.Floats("a.biases", ElementType.F16, [2, 1], new float[2])], "a.biases", "type and shape of the scales");
        Refused([weight, TensorPayload.Floats("a.scales", ElementType.F16, [2, 2], (float[])[1, float.NaN, 1, 1]), biases], "a.scales", "NaN");
        Refused(
            [weight, scales, TensorPayload.Floats("a.biases", ElementType.F16, [2, 2], (float[])[1, 1, float.PositiveInfinity, 1])], "a.biases",
            "infinity");

        static void Refused(TensorPayload[] tensors, string field, string message)
        {
            using var folder = new TemporaryFolder();
            Write(folder, new() { ["quantization"] = new JsonObject { ["bits"] = 3, ["group_size"] = 32 } }, tensors);
            using Checkpoint checkpoint = CheckpointFiles.Open(folder.Path);
            DecoupleQException error = Assert.Throws<DecoupleQException>(() => checkpoint.ReadWeight("a"));
            Assert.Equal((folder.File("model.safetensors"), field), (error.File, error.Field));
            Assert.Contains(message, error.Message);
        }
    }

    [Fact]
    public void Packed_tensors_without_a_quantization_or_declared_dense_are_refused()
    {
        using var folder = new TemporaryFolder();
        IReadOnlyList<TensorPayload> tensors = AffineTensors.Of("a", Random(2, 64, 4, 32, ElementType.F16, 1));
        Write(folder, [], tensors);
        using (Checkpoint checkpoint = CheckpointFiles.Open(folder.Path))
        {
            Assert.Equal(folder.File("config.json"), Assert.Throws<DecoupleQException>(() => checkpoint.ReadWeight("a")).File);
        }
        Write(folder, PackedConfig.Create([], new(4, 32), new Dictionary<string, AffineFormat?> { ["a"] = null }, []), tensors);
        using (Checkpoint checkpoint = CheckpointFiles.Open(folder.Path))
        {
            Assert.Equal("a", Assert.Throws<DecoupleQException>(() => checkpoint.ReadWeight("a")).Field);
        }
    }

    private static QuantizationConfig? Parse(string config) =>
        QuantizationConfig.Parse(new JsonSection("config.json", JsonFile.Parse(System.Text.Encoding.UTF8.GetBytes(config), "config.json")));

    private static void Write(TemporaryFolder folder, JsonObject config, IReadOnlyList<TensorPayload> tensors)
    {
        File.WriteAllText(folder.File("config.json"), config.ToJsonString());
        SafetensorsWriter.Write(folder.File("model.safetensors"), tensors, Token);
    }

    private static AffineMatrix Random(int rows, int columns, int bits, int group, ElementType type, int seed)
    {
        var random = new Random(seed);
        int groupSize = group == AffineFormat.PerChannel ? columns : group;
        var words = new uint[rows * columns * bits / 32];
        random.NextBytes(System.Runtime.InteropServices.MemoryMarshal.AsBytes(words.AsSpan()));
        float[] Values() => [.. Enumerable.Range(0, rows * columns / groupSize).Select(_ => FloatFormat.Round(type, (float)(random.NextDouble() - 0.5)))];
        return new AffineMatrix(rows, columns, bits, groupSize, words, type, Values(), Values());
    }

    private static float[] Dequantized(WeightMatrix matrix)
    {
        var values = new float[matrix.Rows * matrix.Columns];
        matrix.DequantizeRows(0, matrix.Rows, values);
        return values;
    }
}
