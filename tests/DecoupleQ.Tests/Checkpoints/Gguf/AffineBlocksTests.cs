using DecoupleQ.Checkpoints;
using DecoupleQ.Checkpoints.Gguf;
using DecoupleQ.ModelFiles;
using DecoupleQ.Tensors;
using DecoupleQ.Testing;

namespace DecoupleQ.Tests.Checkpoints.Gguf;

/// <summary>Block-quantized matrices as the kernels run them, and in affine form: the weights that decoding the blocks gives, to the bit.</summary>
public sealed class AffineBlocksTests
{
    [Theory]
    [MemberData(nameof(BlockFormatTests.BlockTypes), MemberType = typeof(BlockFormatTests))]
    public void A_mapped_matrix_has_the_weights_that_its_blocks_decode_to(string name)
    {
        GgmlType type = GgmlType.All.Single(t => t.Name == name);
        using var folder = new TemporaryFolder();
        string path = folder.File("model.gguf");
        File.WriteAllBytes(path, Model(name).ToBytes());
        using Checkpoint mapped = CheckpointFiles.Open(path, TensorAccess.Mapped), read = CheckpointFiles.Open(path, TensorAccess.Read);
        foreach (string module in (string[])["model.embed_tokens", "model.layers.0.self_attn.q_proj", "model.layers.0.mlp.up_proj"])
        {
            WeightMatrix matrix = mapped.ReadWeight(module);
            Assert.IsType(name.EndsWith("_K", StringComparison.Ordinal) ? typeof(SuperBlockMatrix) : typeof(AffineMatrix), matrix);
            AffineMatrix affine = mapped.Source.ReadBlocks(module + ".weight");
            DenseMatrix dense = Assert.IsType<DenseMatrix>(read.ReadWeight(module));
            Assert.Equal((dense.Rows, dense.Columns, type.Format!.Bits, type.Format.GroupSize), (affine.Rows, affine.Columns, affine.Bits, affine.GroupSize));
            Assert.Contains(dense.Singles.ToArray(), weight => weight != 0);
            var weights = new float[affine.Rows * affine.Columns];
            affine.DequantizeRows(0, affine.Rows, weights);
            Assert.Equal(dense.Singles.ToArray(), weights);
            matrix.DequantizeRows(0, matrix.Rows, weights);
            Assert.Equal(dense.Singles.ToArray(), weights);
        }
    }

    [Fact]
    public void Scales_are_kept_in_16_bits_only_where_that_loses_nothing()
    {
        Assert.Equal(ElementType.F16, Scales((Half)1f));
        // 128 times this is beyond F16.
        Assert.Equal(ElementType.F32, Scales((Half)600f));

        static ElementType Scales(Half d)
        {
            using var folder = new TemporaryFolder();
            string path = folder.File("model.gguf");
            byte[] block = [.. BitConverter.GetBytes(d), .. Enumerable.Range(0, 32).Select(i => (byte)i)];
            File.WriteAllBytes(path, GgufImage.Model().Remove("token_embd.weight").Tensor("token_embd.weight", [32, 16], "Q8_0", Repeat(block, 16)).ToBytes());
            using Checkpoint mapped = CheckpointFiles.Open(path);
            AffineMatrix matrix = Assert.IsType<AffineMatrix>(mapped.ReadWeight("model.embed_tokens"));
            var row = new float[32];
            matrix.DequantizeRows(3, 1, row);
            Assert.Equal(Enumerable.Range(0, 32).Select(i => (float)d * i), row);
            return matrix.ScaleType;
        }
    }

    [Fact]
    public void A_scale_that_is_not_finite_is_refused()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("model.gguf");
        byte[] block = [.. BitConverter.GetBytes(Half.NaN), .. new byte[32]];
        File.WriteAllBytes(path, GgufImage.Model().Remove("token_embd.weight").Tensor("token_embd.weight", [32, 16], "Q8_0", Repeat(block, 16)).ToBytes());
        using Checkpoint mapped = CheckpointFiles.Open(path);
        var error = Assert.Throws<DecoupleQException>(() => mapped.ReadWeight("model.embed_tokens"));
        Assert.Equal((path, "model.embed_tokens.weight"), (error.File, error.Field));
    }

    public static TheoryData<string> BlockTypes => [.. GgmlType.All.Where(type => type.Format is not null).Select(type => type.Name)];

    [Theory]
    [MemberData(nameof(BlockTypes))]
    public void A_scale_that_is_not_finite_is_refused_however_the_matrix_is_read(string name)
    {
        GgmlType type = GgmlType.All.Single(t => t.Name == name);
        (byte[] golden, _) = BlockFormatTests.Golden(name);
        int refused = 0;
        // All else is as it was, or nothing: codes and scales of zero must not hide it.
        foreach ((ushort bits, byte[] rest) in ((ushort, byte[])[])[(0x7E00, golden[..type.BlockBytes]), (0xFC00, new byte[type.BlockBytes])])
        {
            for (int at = 0; at < type.BlockBytes; at += 2)
            {
                byte[] block = [.. rest];
                BitConverter.TryWriteBytes(block.AsSpan(at), bits);
                refused += CheckAllAgree(type, block) ? 0 : 1;
            }
        }
        Assert.InRange(refused, 2, 4);
    }

    // Whether the matrix is read; all ways of reading it say the same.
    private static bool CheckAllAgree(GgmlType type, byte[] block)
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("model.gguf"), tensor = "model.embed_tokens.weight";
        int columns = Math.Max(type.BlockLength, 32);
        byte[] data = Repeat(block, 16 * columns / type.BlockLength);
        File.WriteAllBytes(path, GgufImage.Llama((uint)columns, 512, heads: 8).Tensor("token_embd.weight", [columns, 16], type.Name, data).ToBytes());
        using Checkpoint mapped = CheckpointFiles.Open(path), read = CheckpointFiles.Open(path, TensorAccess.Read);
        var row = new float[columns];
        bool[] readable =
        [
            IsRead(() => mapped.ReadWeight("model.embed_tokens").DequantizeRows(3, 1, row)),
            IsRead(() => read.ReadWeight("model.embed_tokens").DequantizeRows(3, 1, row)),
            IsRead(() => mapped.Source.ReadFloats(tensor)),
            IsRead(() => mapped.Source.ReadBlocks(tensor)),
            IsRead(() => read.CopyTensor(tensor, Stream.Null, TestContext.Current.CancellationToken)),
        ];
        Assert.True(readable.All(one => one == readable[0]), $"{type.Name}: {string.Join(' ', readable)} of {Convert.ToHexString(block)}");
        Assert.True(!readable[0] || row.All(float.IsFinite));
        return readable[0];
    }

    private static bool IsRead(Action read)
    {
        try
        {
            read();
            return true;
        }
        catch (DecoupleQException)
        {
            return false;
        }
    }

    // A llama of one block, 256 wide, with heads of 32 whose rows of Q are interleaved; blocks are ggml's own.
    private static GgufImage Model(string type)
    {
        GgufImage image = GgufImage.Llama(width: 256, feedForward: 512, heads: 8)
            .Tensor("output_norm.weight", [256], "F32").Tensor("blk.0.attn_norm.weight", [256], "F32").Tensor("blk.0.ffn_norm.weight", [256], "F32")
            .Tensor("blk.0.attn_k.weight", [256, 32], "F16").Tensor("blk.0.attn_v.weight", [256, 32], "F16").Tensor(
                "blk.0.attn_output.weight", [256, 256], "F16")
            .Tensor("blk.0.ffn_gate.weight", [256, 512], "F16").Tensor("blk.0.ffn_down.weight", [512, 256], "F16");
        GgmlType known = GgmlType.All.Single(t => t.Name == type);
        (byte[] blocks, _) = BlockFormatTests.Golden(type);
        foreach ((string name, int rows) in ((string, int)[])[("token_embd", 16), ("blk.0.attn_q", 256), ("blk.0.ffn_up", 512)])
        {
            int bytes = rows * 256 / known.BlockLength * known.BlockBytes;
            image.Tensor(name + ".weight", [256, rows], type, Repeat(blocks, ((bytes + blocks.Length - 1) / blocks.Length))[..bytes]);
        }
        return image;
    }

    private static byte[] Repeat(byte[] bytes, int times) => [.. Enumerable.Repeat(bytes, times).SelectMany(b => b)];
}
