using DecoupleQ.Checkpoints;
using DecoupleQ.ModelFiles;
using DecoupleQ.Models;
using DecoupleQ.Quantization.Estimates;
using DecoupleQ.Quantization.Jobs;
using DecoupleQ.Tensors;

namespace DecoupleQ.Quantization.Tests.Jobs;

/// <summary>Folders whose config ties the embedding and the head, and which store both.</summary>
public sealed class TiedHeadTests
{
    private static readonly int[] Ids = [1, 5, 77, 3, 150, 8];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void A_head_that_differs_from_the_embedding_is_kept_with_a_warning()
    {
        using TinyModel apart = new(tied: false), contradictory = new(tied: false, changeConfig: config => config["tie_word_embeddings"] = true);
        using LanguageModel expected = LanguageModel.Load(apart.Folder), model = LanguageModel.Load(contradictory.Folder);
        Assert.Empty(expected.Warnings);
        Assert.Contains("lm_head.weight", Assert.Single(model.Warnings));
        Assert.Equal(expected.Logits(Ids), model.Logits(Ids));
    }

    [Fact]
    public void A_head_that_is_the_embedding_stays_tied()
    {
        using TinyModel tied = new(
            tied: false,
            weights => weights["model.embed_tokens.weight"].CopyTo(weights["lm_head.weight"], 0),
            changeConfig: config => config["tie_word_embeddings"] = true);
        using LanguageModel model = LanguageModel.Load(tied.Folder);
        Assert.Empty(model.Warnings);
        string output = tied.Run();
        using Checkpoint packed = CheckpointFiles.Open(output);
        Assert.False(packed.Contains("lm_head.weight"));
    }

    [Fact]
    public void What_is_made_of_a_contradictory_folder_has_its_head_and_says_so()
    {
        using TinyModel apart = new(tied: false), contradictory = new(tied: false, changeConfig: config => config["tie_word_embeddings"] = true);
        JobEstimate estimate = JobEstimate.Of(contradictory.Options(contradictory.NewOutput()), cancellationToken: Token);
        Assert.Contains(estimate.Warnings, warning => warning.Contains("lm_head.weight"));
        var warnings = new List<string>();
        string packed = contradictory.Run(progress: report => warnings.AddRange(report.Warnings)), expected = apart.Run();
        Assert.Contains("lm_head.weight", Assert.Single(warnings));
        string converted = contradictory.NewOutput(), rounded = contradictory.NewOutput();
        ConversionOptions options = new() { Model = contradictory.Folder, Output = converted, Type = ElementType.F32 };
        Assert.Single(ConversionJob.Run(options, cancellationToken: Token).Warnings);
        Assert.Empty(ConversionJob.Run(options with { Model = packed, Output = rounded }, cancellationToken: Token).Warnings);
        foreach ((string folder, string same) in ((string, string)[])[(packed, expected), (converted, apart.Folder), (rounded, expected)])
        {
            using LanguageModel model = LanguageModel.Load(folder), other = LanguageModel.Load(same, new() { Arithmetic = Arithmetic.Float32 });
            Assert.Empty(model.Warnings);
            float worst = model.Logits(Ids).Zip(other.Logits(Ids), (a, b) => Math.Abs(a - b)).Max();
            Assert.True(worst < 1e-3, $"The largest difference is {worst}.");
        }
    }

    [Fact]
    public void Tables_of_other_types_or_shapes_are_held_against_each_other_by_value()
    {
        using var folder = new TemporaryFolder();
        float[] values = [1, 2, 3, 4], others = [1, 2, 3, 5];
        Assert.False(Differs(folder, ElementType.F32, values, [2, 2]));
        Assert.True(Differs(folder, ElementType.F32, others, [2, 2]));
        Assert.True(Differs(folder, ElementType.F16, others, [2, 2]));
        Assert.True(Differs(folder, ElementType.F16, values, [1, 4]));
        Assert.False(Differs(folder, ElementType.F16, values, [2, 2]));

        static bool Differs(TemporaryFolder folder, ElementType type, float[] head, long[] shape)
        {
            File.WriteAllText(folder["config.json"], "{}");
            SafetensorsWriter.Write(
                folder["model.safetensors"],
                [
                    TensorPayload.Floats("model.embed_tokens.weight", ElementType.F16, [2, 2], new float[] { 1, 2, 3, 4 }),
                    TensorPayload.Floats("lm_head.weight", type, shape, head),
                ]);
            using Checkpoint checkpoint = CheckpointFiles.Open(folder.Path, TensorAccess.Read);
            return TiedHead.Differs(checkpoint);
        }
    }
}
