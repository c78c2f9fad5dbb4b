using System.Text.Json.Nodes;
using DecoupleQ.Hardware;
using DecoupleQ.Models.Architectures;
using DecoupleQ.Pilot.Feasibility;
using DecoupleQ.Pilot.Ladders;
using DecoupleQ.Pilot.Results;
using DecoupleQ.Pilot.Thresholds;
using DecoupleQ.Quantization.Calibration;
using DecoupleQ.Quantization.Settings;
using DecoupleQ.Quantization.Solver;
using DecoupleQ.Statistics;
using DecoupleQ.Storage;
using DecoupleQ.Testing;

namespace DecoupleQ.Pilot.Tests.Feasibility;

/// <summary>What is found before anything is done.</summary>
public sealed class FeasibilityTests
{
    // 30 GB/s, and 200 billion operations a second.
    private static readonly MachineSpeed Speed = new(2, 200e9, 30e9);

    private static readonly LadderSetting TwoBits = new(2, 64, LadderSetting.AsStored, LadderSetting.AsStored, Preset.Fast);

    [Fact]
    public void A_large_model_is_a_good_pilot()
    {
        DenseModel model = Llama(width: 4096, feedForward: 14336, blocks: 32, vocabulary: 128256);
        Assert.InRange(model.Model.Parameters, 7_900_000_000, 8_100_000_000);
        Assert.Equal(2 * model.Model.Parameters, model.Model.Bytes);
        Finding share = ModelFindings.LinearShare(model), size = ModelFindings.Size(model), bound = ModelFindings.Bound(model, 1, Speed);
        Is(share, "linear-share", FindingLevel.Good);
        Assert.Equal((double)model.Weights.Layers / model.Weights.All, share.Values["share"], 1e-12);
        Is(size, "model-size", FindingLevel.Good);
        Assert.Equal(2, size.Values["suggestedBits"]);
        Is(bound, "memory-bound", FindingLevel.Good);
        // 15 GB at 30 GB/s, and 15 billion operations at 200: 6.7 requests multiply for as long as one reads.
        Assert.Equal(6, bound.Values["memoryBoundUpTo"]);
        Is(ModelFindings.Bound(model, 6, Speed), "memory-bound", FindingLevel.Good);
        Is(ModelFindings.Bound(model, 7, Speed), "compute-bound", FindingLevel.Caution);
    }

    [Fact]
    public void A_small_model_with_a_large_vocabulary_is_not()
    {
        DenseModel model = Llama(width: 256, feedForward: 512, blocks: 4, vocabulary: 32000);
        Finding share = ModelFindings.LinearShare(model);
        Is(share, "linear-share", FindingLevel.Caution);
        Assert.InRange(share.Values["share"], 0.1, 0.2);
        Finding size = ModelFindings.Size(model);
        Is(size, "model-size", FindingLevel.Caution);
        Assert.Equal(4, size.Values["suggestedBits"]);
        Assert.Equal(model.Model.Parameters, size.Values["parameters"]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Weights_are_counted_as_the_plan_has_them(bool tied)
    {
        DenseModel model = Llama(width: 256, feedForward: 512, blocks: 4, vocabulary: 1000, tied);
        const long Layers = 4 * ((2 * 256 * 256) + (2 * 256 * 128) + (3 * 256 * 512)), Table = 1000 * 256;
        Assert.Equal(Layers, model.Weights.Layers);
        Assert.Equal(4 * (256 + 128 + 128 + 256 + 512 + 512 + 256), model.Weights.Rows);
        Assert.Equal([256, 512], model.Weights.Inputs);
        Assert.Equal((Table, tied ? 0 : Table), (model.Weights.Embedding, model.Weights.Head));
        Assert.Equal((8 + 1) * 256, model.Weights.Others);
        Assert.Equal(model.Model.Parameters, model.Weights.All);
        Assert.Equal(2 * (Layers + Table + 256), model.TokenBytes);
        Assert.Equal(Layers + Table, model.MultiplyAdds);
        // Keys and values of two heads of 64, in four blocks.
        Assert.Equal(4 * 2 * 128 * 2, model.KeyValueBytes);
    }

    [Fact]
    public void The_sample_model_is_what_its_files_say()
    {
        var check = FamilyCheck.Of(Paths.Model);
        Is(check.Finding, "family-supported", FindingLevel.Good);
        DenseModel model = check.Model!;
        Assert.Equal(("books-8m", "llama", 256), (model.Model.Name, model.Model.Family, model.Model.Context));
        Assert.Equal(4096, check.Tokenizer!.VocabularySize);
        Assert.Equal(16, model.Weights.StoredBits);
        Assert.Equal(2 * model.Model.Parameters, model.Model.Bytes);
        Assert.Equal((double)model.Weights.Layers / model.Weights.All, model.Model.LinearShare, 1e-3);
    }

    [Fact]
    public void A_family_that_is_not_known_is_an_obstacle_in_the_words_of_the_error()
    {
        using var folder = new Folder();
        File.Copy(Path.Combine(Paths.Model, "model.safetensors"), folder["model.safetensors"]);
        File.WriteAllText(folder["config.json"], File.ReadAllText(Path.Combine(Paths.Model, "config.json")).Replace("\"llama\"", "\"mamba\""));
        var check = FamilyCheck.Of(folder.Path);
        Is(check.Finding, "family-supported", FindingLevel.Obstacle);
        Assert.Contains("mamba", check.Finding.Detail);
        Assert.Contains("llama", check.Finding.Detail);
        Assert.Null(check.Model);
        // A path at which nothing is says nothing of a family.
        Assert.Throws<DecoupleQException>(() => FamilyCheck.Of(folder["nothing"]));
    }

    [Theory]
    [InlineData(128 * 512, FindingLevel.Good)]
    [InlineData((128 * 512) - 1, FindingLevel.Caution)]
    [InlineData(512, FindingLevel.Caution)]
    [InlineData(511, FindingLevel.Obstacle)]
    public void Calibration_is_enough_for_the_windows_that_are_drawn(int tokens, FindingLevel level)
    {
        QuantizationOptions options = Preset.Fast.ApplyTo(new() { Model = "", Output = "", Calibration = ["text.txt"] });
        Finding finding = TextFindings.Calibration(options, 512, tokens);
        Is(finding, level == FindingLevel.Good ? "calibration-enough" : "calibration-little", level);
        Assert.Equal((tokens, 128.0 * 512), (finding.Values["tokens"], finding.Values["neededTokens"]));
    }

    [Fact]
    public void Windows_that_the_model_writes_need_no_text()
    {
        QuantizationOptions fast = Preset.Fast.ApplyTo(new() { Model = "", Output = "", Samples = 10, Context = 100, HeldOutSamples = 3 });
        QuantizationOptions trained = Preset.Paper.ApplyTo(fast);
        Assert.Equal(500 + 600, Needed(fast, 600, "text.txt", CalibrationSource.Self).Tokens);
        Assert.Equal(1000, Needed(fast, 600, "text.txt", CalibrationSource.Self).Needed);
        // Every other one of thirteen.
        Assert.Equal(1300, Needed(trained, 700, "text.txt", CalibrationSource.Self).Needed);
        Assert.Equal(FindingLevel.Good, Needed(trained, 700, "text.txt", CalibrationSource.Self).Level);
        Assert.Equal(FindingLevel.Caution, Needed(trained, 699, "text.txt", CalibrationSource.Self).Level);
        Assert.Equal(FindingLevel.Good, Needed(trained, 0, CalibrationSource.Self).Level);
        Assert.Equal(FindingLevel.Good, Needed(trained, 10, CalibrationSource.Builtin).Level);
        Assert.Equal(FindingLevel.Good, Needed(trained, 600, "ids.safetensors").Level);
    }

    [Fact]
    public void A_test_has_windows_for_a_narrow_interval()
    {
        Is(TextFindings.Test(50, 0, []), "test-enough", FindingLevel.Good);
        Is(TextFindings.Test(49, 0, []), "test-little", FindingLevel.Caution);
        Is(TextFindings.Test(0, 0, []), "test-little", FindingLevel.Obstacle);
        Finding thinned = Assert.Single(TextFindings.Overlap(new(0, 0, 0, true) { KeptShare = 0.25 }));
        Is(thinned, "overlap-thinned", FindingLevel.Caution);
        Assert.Equal(0.25, thinned.Values["share"]);
        Assert.Empty(TextFindings.Overlap(new(0, 0, 0, true)));
        Assert.Empty(TextFindings.Overlap(null));
    }

    [Fact]
    public void A_test_has_items_for_its_threshold()
    {
        Threshold limit = ThresholdKind.MaxAccuracyLoss.Parse("1pp");
        int needed = TextFindings.ItemsFor(0.01);
        Is(TextFindings.Test(50, needed, [limit]), "test-enough", FindingLevel.Good);
        Finding little = TextFindings.Test(50, needed - 1, [limit]);
        Is(little, "test-little", FindingLevel.Caution);
        Assert.Equal(needed, little.Values["neededItems"]);
        // With as many and none changed it passes, with a few less it does not.
        Assert.Equal(Verdict.Pass, Judge(needed));
        Assert.NotEqual(Verdict.Pass, Judge(needed - 2));
        Assert.InRange(needed, 50, 400);

        Verdict Judge(int items)
        {
            Estimate gain = Proportions.PairedDifference(items / 2, 0, 0, items - (items / 2));
            return limit.Judge(new Estimate(-gain.Value, -gain.High, -gain.Low), items).Verdict;
        }
    }

    [Theory]
    [InlineData(3, "guideline-near", FindingLevel.Good)]
    [InlineData(64, "guideline-far", FindingLevel.Caution)]
    public void A_model_is_held_against_the_guideline_as_far_as_that_has_one_of_its_size(int blocks, string code, FindingLevel level)
    {
        Finding finding = ModelFindings.Guideline(Llama(width: 512, feedForward: 1024, blocks, vocabulary: 4000));
        Is(finding, code, level);
        Assert.Equal((8_392_960, 3), (finding.Values["rowParameters"], finding.Values["holdingBits"]));
    }

    [Fact]
    public void Settings_that_the_model_cannot_have_are_told_with_the_reason()
    {
        Finding finding = LadderFindings.LeftOut([(TwoBits, "a layer has 96 inputs"), (TwoBits with { Bits = 3 }, "a layer has 96 inputs")], 4);
        Is(finding, "settings-left-out", FindingLevel.Caution);
        Assert.Equal((2, 4), (finding.Values["leftOut"], finding.Values["left"]));
        Assert.Equal($"{TwoBits}, {TwoBits with { Bits = 3 }}: a layer has 96 inputs.", finding.Detail);
    }

    [Fact]
    public void Room_is_for_the_largest_job_and_for_all_models()
    {
        DenseModel model = Llama(width: 256, feedForward: 512, blocks: 4, vocabulary: 1000);
        SettingEstimate[] settings =
        [
            new(TwoBits, 10, 300_000_000, 20_000_000, 5_000_000, 19_000_000, []),
            new(TwoBits with { Bits = 3 }, 20, 400_000_000, 30_000_000, 1_000_000, 29_000_000, []),
        ];
        Finding enough = RoomFindings.Memory(model, settings, 0, 400_000_000), little = RoomFindings.Memory(model, settings, 0, 399_999_999);
        Is(enough, "memory-enough", FindingLevel.Good);
        Is(little, "memory-little", FindingLevel.Obstacle);
        Assert.Equal((400_000_000, 399_999_999), (little.Values["needed"], little.Values["there"]));
        Is(RoomFindings.Disk(settings, 55_000_000), "disk-enough", FindingLevel.Good);
        Is(RoomFindings.Disk(settings, 54_999_999), "disk-little", FindingLevel.Obstacle);
        // Where nothing is quantized, both models are still in memory together.
        Assert.True(RoomFindings.Memory(model, [], 0, 1).Values["needed"] > model.Model.Bytes);
        Assert.Equal(7_000_000, RoomFindings.Memory(model, [], 7_000_000, 1).Values["needed"] - RoomFindings.Memory(model, [], 0, 1).Values["needed"]);
    }

    [Fact]
    public void A_pilot_on_the_sample_model_is_looked_at_as_a_whole()
    {
        using var folder = new Folder();
        DenseModel model = DenseModel.Of(Paths.Model);
        var question = new FeasibilityQuestion
        {
            Quantization = new()
            {
                Model = Paths.Model, Output = folder["pilot"], Calibration = [Path.Combine(Paths.Samples, "text", "validation.txt")], Samples = 4, Context = 64,
            },
            Settings = [TwoBits, TwoBits with { Bits = 4 }],
            Concurrency = [1, 4, 16],
            CalibrationTokens = 198_000,
            TestWindows = 60,
        };
        FeasibilityResult result = FeasibilityCheck.Of(model, question, Speed);
        Assert.Equal(
            [
                "family-supported", "linear-share", "model-size", "guideline-near", "compute-bound", "calibration-enough", "test-enough", "memory-enough",
                "disk-enough",
            ],
            result.Findings.Select(finding => finding.Code));
        Assert.True(result.IsPossible);
        Assert.Equal([.. question.Settings], result.Settings.Select(setting => setting.Setting));
        Assert.All(result.Settings, setting => Assert.True(setting.Seconds > 0 && setting.PeakMemoryBytes > 0));
        Assert.True(result.Settings[0].TensorBytes < result.Settings[1].TensorBytes);
        Assert.Equal(result.Settings.Sum(setting => setting.Seconds), result.QuantizingSeconds);
        Assert.False(Directory.Exists(folder["pilot"]));
        // A calibration that a job would refuse is said, and nothing is reckoned with it.
        FeasibilityResult refused = FeasibilityCheck.Of(model, question with { CalibrationTokens = 10 }, Speed);
        Assert.False(refused.IsPossible);
        Assert.Empty(refused.Settings);
    }

    [Fact]
    public void The_machine_has_a_name()
    {
        PilotMachine machine = MachineFacts.Now(3);
        Assert.Equal(3, machine.Threads);
        Assert.False(string.IsNullOrWhiteSpace(machine.Processor));
        Assert.DoesNotContain(machine.Processor, char.IsControl);
        Assert.False(string.IsNullOrWhiteSpace(machine.Instructions));
        Assert.True(machine.MemoryBytes > 0 && machine.Cores > 0);
    }

    private static void Is(Finding finding, string code, FindingLevel level)
    {
        Assert.Equal((code, level), (finding.Code, finding.Level));
        Assert.All(finding.Values.Values, value => Assert.True(double.IsFinite(value)));
    }

    private static (double Tokens, double Needed, FindingLevel Level) Needed(QuantizationOptions options, long tokens, params string[] sources)
    {
        Finding finding = TextFindings.Calibration(options with { Calibration = sources }, 512, tokens);
        return (finding.Values["tokens"], finding.Values["neededTokens"], finding.Level);
    }

    private static DenseModel Llama(int width, int feedForward, int blocks, int vocabulary, bool tied = false) => DenseModel.Of("made-up", Architecture.Plan(
        new JsonSection("", new JsonObject
        {
            ["model_type"] = "llama",
            ["hidden_size"] = width,
            ["intermediate_size"] = feedForward,
            ["num_hidden_layers"] = blocks,
            ["num_attention_heads"] = width / 64,
            ["num_key_value_heads"] = width == 4096 ? 16 : 2,
            ["head_dim"] = 64,
            ["vocab_size"] = vocabulary,
            ["max_position_embeddings"] = 2048,
            ["rms_norm_eps"] = 1e-5,
            ["rope_theta"] = 500000,
            ["tie_word_embeddings"] = tied,
        })));

    private sealed class Folder : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("decoupleq-").FullName;

        public string this[string name] => System.IO.Path.Combine(Path, name);

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
