using DecoupleQ.Checkpoints;
using DecoupleQ.ModelFiles;
using DecoupleQ.Models;
using DecoupleQ.Quantization.Calibration;
using DecoupleQ.Quantization.Jobs;
using DecoupleQ.Quantization.Recipes;
using DecoupleQ.Quantization.Settings;
using DecoupleQ.Quantization.Tests.Settings;
using DecoupleQ.Tensors;

namespace DecoupleQ.Quantization.Tests.Jobs;

/// <summary>Every setting reaches what it sets.</summary>
public sealed class SettingEffectTests(TinyModel model) : IClassFixture<TinyModel>
{
    private static readonly int[] Ids = [.. Enumerable.Range(0, 40).Select(i => i * 37 % TinyModel.Vocabulary)];

    private static readonly string[] NotHere = ["context", "seed"]; // of a text; the windows of this model are given

    // A value that matters where any will not do, and what must be set beside it.
    private static readonly Dictionary<string, (string Value, string[] Beside)> Chosen = new()
    {
        ["group-size"] = ("-1", []),
        ["blocks"] = ("1", []),
        ["samples"] = ("3", []),
        ["held-out-samples"] = ("0", ["block-lr: 0.5"]), // a rate that only the held-out windows keep from harm
        ["rounds"] = ("1", []),
        ["minimum-improved-share"] = ("1", []),
        ["coordinate-sweeps"] = ("1", ["rounding: coordinate-descent"]),
        ["coordinate-order"] = ("decreasing", ["rounding: coordinate-descent"]),
        ["gradient-steps"] = ("3", ["rounding: projected-gradient"]),
        ["gradient-steps-per-column"] = ("1", ["rounding: projected-gradient", "gradient-steps: 20"]),
        ["gradient-step-length"] = ("0.5", ["rounding: projected-gradient", "gradient-steps: 20"]),
        ["block-target"] = ("dense-stream", ["held-out-samples: 0"]), // what is trained is kept
        ["block-lr"] = ("0.01", []),
        ["block-beta1"] = ("0.5", []),
        ["block-beta2"] = ("0.5", []),
        ["block-epsilon"] = ("0.5", []),
        ["block-weight-decay"] = ("1", []),
        ["block-integers"] = ("straight-through", ["block-lr-integers: 0.1", "held-out-samples: 0"]), // likewise
        ["block-lr-integers"] = ("0.2", ["block-integers: signed-gradient", "held-out-samples: 0"]),
        ["train-biases"] = ("true", ["held-out-samples: 0"]), // likewise
    };

    public static TheoryData<string> Names => [.. QuantizationSettings.OfResult.Select(setting => setting.Name).Except(NotHere)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_setting_changes_the_weights_where_it_says_that_it_acts(string name)
    {
        QuantizationSetting setting = QuantizationSettings.All.Single(setting => setting.Name == name);
        (string? text, string[] beside) = Chosen.GetValueOrDefault(name, (null!, []));
        using TinyModel? biased = name == "train-biases" ? new(tied: false, biases: true) : null;
        TinyModel tested = biased ?? model;
        QuantizationOptions start = Apply(tested.Options("") with { Minimisation = new() { Epochs = 1, LearningRate = 1e-3 } }, beside);
        SettingValue value = text is null ? Values.Other(setting, setting.TextIn(start)) : setting.Parse(text)!;
        Assert.NotEqual(value.Text, setting.TextIn(start));
        QuantizationOptions changed = value.Set(start);
        Assert.True(setting.ActsIn(changed));
        string output = Run(tested, changed);
        Assert.False(SameWeights(Run(tested, start), output), $"{value} changes nothing.");
        using LanguageModel loaded = LanguageModel.Load(output);
        Assert.All(loaded.Logits(Ids), logit => Assert.True(float.IsFinite(logit)));

        // Where it says that it does not act, it does not.
        QuantizationOptions idle = Apply(start, "rounding: gptq", "start: diagonal-search", "block-epochs: 0", "rounds: 0");
        if (!setting.ActsIn(idle))
        {
            Assert.True(SameWeights(Run(tested, idle), Run(tested, value.Set(idle))), $"{value} acts where it says that it does not.");
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_setting_is_in_the_fingerprint_and_nothing_else_is_with_it(string name)
    {
        QuantizationSetting setting = QuantizationSettings.All.Single(setting => setting.Name == name);
        QuantizationOptions options = model.Options("x");
        using Checkpoint checkpoint = CheckpointFiles.Open(model.Folder);
        var windows = new CalibrationWindows([[1, 2], [3, 4]], []) { Sources = ["ids"] };
        SortedDictionary<string, string> before = Of(options), after = Of(Values.Other(setting, setting.TextIn(options)).Set(options));
        Assert.Equal([name], before.Keys.Where(key => before[key] != after[key]));
        Assert.Equal(before.Keys, after.Keys);

        SortedDictionary<string, string> Of(QuantizationOptions options) =>
            Fingerprint.Of(checkpoint, windows, options, [], TestContext.Current.CancellationToken);
    }

    [Theory]
    [InlineData("symmetric: true")]
    [InlineData("symmetric: true", "start: diagonal-search", "rounding: coordinate-descent")]
    [InlineData("symmetric: true", "rounding: projected-gradient", "gradient-steps: 20", "group-size: -1")]
    [InlineData("symmetric: true", "bits: 4", "scale-type: f32")]
    public void A_symmetric_model_has_no_offsets_in_storage_also_after_training(params string[] settings)
    {
        QuantizationOptions options = Apply(model.Options(""), settings);
        string output = Run(model, options with { Minimisation = new() { Epochs = 2, LearningRate = 1e-3 }, HeldOutSamples = 0 });
        using Checkpoint packed = CheckpointFiles.Open(output);
        int layers = 0;
        IEnumerable<string> scales = packed.Tensors.Keys.Where(name => name.EndsWith(".scales", StringComparison.Ordinal));
        foreach (string module in scales.Select(name => name[..^".scales".Length]))
        {
            AffineMatrix layer = Assert.IsType<AffineMatrix>(packed.ReadWeight(module));
            float alpha = -(1 << (layer.Bits - 1));
            Assert.Equal(layer.Scales.ToArray().Select(s => alpha * s), layer.Biases.ToArray());
            layers++;
        }
        Assert.Equal(14, layers);
        Assert.False(SameWeights(Run(model, options with { Minimisation = new() { Epochs = 0 } }), output)); // it was trained
        using LanguageModel loaded = LanguageModel.Load(output);
        Assert.All(loaded.Logits(Ids), logit => Assert.True(float.IsFinite(logit)));
    }

    [Fact]
    public void The_recipe_in_a_models_folder_gives_the_same_bytes_in_every_file()
    {
        string first = model.Run(o => Preset.Best.ApplyTo(o) with
        {
            Format = new(3, 32) { Symmetric = true },
            HeadBits = 8,
            Overrides = [new() { Match = "*.down_proj", Bits = 4, GroupSize = -1 }, new() { Match = "layers.0.*.k_proj", Skip = true }],
        });
        var recipe = Recipe.Read(Path.Combine(first, Recipe.FileName));
        string second = model.NewOutput();
        QuantizationOptions bare = new() { Model = model.Folder, Output = second, Calibration = [model.Calibration], Threads = 2, MemoryBudget = 64 << 20 };
        QuantizationJob.Run(recipe.ApplyTo(bare), cancellationToken: TestContext.Current.CancellationToken);
        Folders.AssertSame(first, second);
    }

    private static QuantizationOptions Apply(QuantizationOptions options, params string[] settings) =>
        RecipeReader.Parse(string.Join('\n', settings.Prepend("threads: 1")), "test").ApplyTo(options);

    private static string Run(TinyModel model, QuantizationOptions options)
    {
        string output = model.NewOutput();
        QuantizationJob.Run(options with { Output = output }, cancellationToken: TestContext.Current.CancellationToken);
        return output;
    }

    private static bool SameWeights(string first, string second) => Folders.Names(first).Where(name => name.EndsWith(".safetensors", StringComparison.Ordinal))
        .All(name => File.ReadAllBytes(Path.Combine(first, name)).AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(second, name))));
}
