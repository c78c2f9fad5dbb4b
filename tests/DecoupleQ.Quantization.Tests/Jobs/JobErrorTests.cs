using DecoupleQ.Models;
using DecoupleQ.Quantization.Estimates;
using DecoupleQ.Quantization.Settings;
using DecoupleQ.Quantization.Solver;
using DecoupleQ.Quantization.Tests.Calibration;
using DecoupleQ.Testing;

namespace DecoupleQ.Quantization.Tests.Jobs;

public sealed class JobErrorTests(TinyModel model) : IClassFixture<TinyModel>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("model.layers.1.mlp.up_proj.weight", float.NaN)]
    [InlineData("model.layers.0.self_attn.o_proj.weight", float.PositiveInfinity)]
    [InlineData("model.layers.0.input_layernorm.weight", float.NaN)]
    [InlineData("model.embed_tokens.weight", float.NaN)]
    [InlineData("lm_head.weight", float.NegativeInfinity)]
    [InlineData("model.norm.weight", float.NaN)]
    public void A_weight_that_is_not_finite_is_refused_by_name(string tensor, float value)
    {
        using var broken = new TinyModel(tied: false, weights => Array.Fill(weights[tensor], value));
        string output = broken.NewOutput();
        DecoupleQException error = Assert.Throws<DecoupleQException>(() => broken.Run(o => o with { Output = output }));
        Assert.Equal(tensor, error.Field);
        Assert.DoesNotContain('\n', error.Message);
        Assert.False(Directory.Exists(output));
    }

    public static TheoryData<Func<QuantizationOptions, QuantizationOptions>, string> OutOfRange => new()
    {
        { o => o with { Format = new(5, 32) }, "bits" },
        { o => o with { Format = new(2, 48) }, "group-size" },
        { o => o with { Format = new(2, 64) }, "group-size" }, // does not divide the 96 inputs of down_proj
        { o => o with { Calibration = [] }, "calibration" },
        { o => o with { Samples = 0 }, "samples" },
        { o => o with { Samples = TinyModel.Windows + 1 }, "samples" },
        { o => o with { Context = TinyModel.Context + 1 }, "context" },
        { o => o with { Context = 65 }, "context" },
        { o => o with { Context = 1 }, "context" },
        { o => o with { Threads = -1 }, "threads" },
        { o => o with { Blocks = 0 }, "blocks" },
        { o => o with { Blocks = 3 }, "blocks" }, // of two
        { o => o with { EmbeddingBits = 2 }, "embedding-bits" },
        { o => o with { HeadBits = 3 }, "head-bits" },
        { o => o with { HeldOutSamples = -1 }, "held-out-samples" },
        { o => o with { Minimisation = o.Minimisation with { Epochs = -1 } }, "block-epochs" },
        { o => o with { Minimisation = o.Minimisation with { LearningRate = 0 } }, "block-lr" },
        { o => o with { Solver = o.Solver with { Damping = double.NaN } }, "damping" },
        { o => o with { Solver = o.Solver with { Rounding = (IntegerSolver)7 } }, "rounding" },
        { o => o with { Threads = 1025 }, "threads" },
        { o => o with { MemoryBudget = 1000 }, "memory-budget" },
    };

    [Theory]
    [MemberData(nameof(OutOfRange), DisableDiscoveryEnumeration = true)]
    public void An_option_out_of_its_range_is_refused_by_name_before_any_work(Func<QuantizationOptions, QuantizationOptions> change, string field)
    {
        string output = model.NewOutput();
        int reports = 0;
        DecoupleQException error = Assert.Throws<DecoupleQException>(() => model.Run(o => change(o) with { Output = output }, _ => reports++));
        Assert.Equal(field, error.Field);
        Assert.NotNull(error.Expected);
        Assert.Equal(0, reports);
        Assert.False(Directory.Exists(output + ".partial"));
    }

    [Fact]
    public void A_tokenizer_whose_ids_have_no_rows_is_refused_before_anything_is_written_where_none_is_needed_too()
    {
        using var folder = new TemporaryFolder();
        string source = Paths.Golden("golden", "tiny", "tiny-llama-spm");
        foreach (string name in (string[])["config.json", "model.safetensors", "tokenizer.model"])
        {
            File.Copy(Path.Combine(source, name), folder[name]);
        }
        File.WriteAllText(folder["added_tokens.json"], """{"once upon": 4096}""");
        File.WriteAllText(folder["text.txt"], string.Concat(Enumerable.Repeat("Once upon a time. ", 100)));
        QuantizationOptions options = model.Options(model.NewOutput()) with { Model = folder.Path, Context = 16, Calibration = [folder["text.txt"]] };
        foreach (string calibration in (string[])[folder["text.txt"], model.Calibration])
        {
            DecoupleQException error = Assert.Throws<DecoupleQException>(
                () => JobEstimate.Of(options with { Calibration = [calibration] }, cancellationToken: Token));
            Assert.Equal((folder["config.json"], "vocab_size"), (error.File, error.Field));
            Assert.Contains("4097", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_layer_that_is_packed_already_is_refused_by_name()
    {
        string packed = model.Run(), output = model.NewOutput();
        DecoupleQException error = Assert.Throws<DecoupleQException>(() => model.Run(o => o with { Model = packed, Output = output }));
        Assert.Equal((packed, "model.layers.0.self_attn.k_proj"), (error.File, error.Field));
        Assert.Contains("2 bits", error.Message);
        Assert.False(Directory.Exists(output + ".partial"));
        Assert.Throws<DecoupleQException>(() => JobEstimate.Of(model.Options(output) with { Model = packed }, cancellationToken: Token));
    }

    [Fact]
    public void Windows_longer_than_the_models_context_are_refused()
    {
        string file = Ids.Write(Path.Combine(model.Outputs, "..", "long.safetensors"), windows: 2, context: 65, TinyModel.Vocabulary);
        DecoupleQException error = Assert.Throws<DecoupleQException>(() => model.Run(o => o with { Calibration = [file], Samples = null }));
        Assert.Equal((file, "context"), (error.File, error.Field));
    }

    [Fact]
    public void A_tied_head_takes_its_bits_from_the_embedding()
    {
        using var tied = new TinyModel(tied: true);
        DecoupleQException error = Assert.Throws<DecoupleQException>(() => tied.Run(o => o with { HeadBits = 8 }));
        Assert.Equal((Path.Combine(tied.Folder, "config.json"), "head-bits"), (error.File, error.Field));
        Assert.Contains("--embedding-bits", error.Expected);
        using LanguageModel packed = LanguageModel.Load(tied.Run(o => o with { EmbeddingBits = 8 }));
        Assert.All(packed.Logits([1, 2, 3]), logit => Assert.True(float.IsFinite(logit)));
    }
}
