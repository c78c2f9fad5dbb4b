using System.Text.Json;
using DecoupleQ.Testing;

namespace DecoupleQ.Cli.Tests;

public sealed class RecipeTests(PackedModel packed) : IClassFixture<PackedModel>
{
    // Block by block, so that a run takes a second.
    private const string Short = """
        blocks: 1
        samples: 4
        context: 64
        block-epochs: 1
        held-out-samples: 2

        """;

    [Fact]
    public void A_recipe_quantizes_a_model_and_the_one_it_leaves_does_so_again_with_the_same_bytes()
    {
        using TemporaryFolder folder = new();
        File.Copy(PackedModel.Calibration, folder["text.txt"]);
        string recipe = folder.Write("job.yaml", Short + """
            preset: best
            bits: 3
            symmetric: true
            calibration: [text.txt]
            output: first
            overrides:
              - {match: "*.down_proj", bits: 4, group-size: 32}
              - {match: "model.layers.0.self_attn.k_proj", bits: 8}
              - {match: o_proj, skip: true}
            """);
        JsonElement report = Tool.Run("quantize", Paths.Model, "--recipe", recipe, "--json").Expect(0).Json();
        string first = report.GetProperty("output").GetString()!;
        Assert.Equal(folder["first"], first);

        JsonElement inspected = Tool.Run("inspect", first, "--json").Expect(0).Json();
        Dictionary<string, JsonElement> layers = inspected.GetProperty("layers").EnumerateArray().ToDictionary(layer => layer.GetProperty("name").GetString()!);
        Assert.Equal((4, 32), (Number(layers["model.layers.0.mlp.down_proj"], "bits"), Number(layers["model.layers.0.mlp.down_proj"], "groupSize")));
        Assert.Equal((8, 64), (Number(layers["model.layers.0.self_attn.k_proj"], "bits"), Number(layers["model.layers.0.self_attn.q_proj"], "groupSize")));
        Assert.Equal(3, Number(layers["model.layers.0.mlp.up_proj"], "bits"));
        Assert.False(layers["model.layers.0.self_attn.o_proj"].TryGetProperty("bits", out _));
        Assert.Equal(
            report.GetProperty("bitsPerWeight").GetProperty("quantizedLayers").GetDouble(),
            inspected.GetProperty("bitsPerWeight").GetProperty("quantizedLayers").GetDouble(),
            1e-9);
        JsonElement settings = inspected.GetProperty("recipe");
        Assert.Equal(
            ("coordinate-descent", 3e-4, true, 3),
            (
                settings.GetProperty("rounding").GetString(),
                settings.GetProperty("block-lr").GetDouble(),
                settings.GetProperty("symmetric").GetBoolean(),
                settings.GetProperty("overrides").GetArrayLength()));
        Assert.Contains("Recipe: bits: 3, symmetric: true, blocks: 1,", Tool.Run("inspect", first).Expect(0).Output);

        // The folder is ours with the recipe in it: it may be replaced.
        string second = folder["second"];
        Directory.CreateDirectory(second);
        string[] again =
            ["quantize", Paths.Model, "-o", second, "--calibration", PackedModel.Calibration, "--recipe", Path.Combine(first, "recipe.yaml"), "--force"];
        Tool.Run(again).Expect(0);
        Tool.Run(again).Expect(0);
        Assert.Equal(Files(first), Files(second));
        double perplexity = Tool.Run("eval", second, "--text", PackedModel.Validation, "--context", "64", "--max-windows", "20", "--json")
            .Expect(0)
            .Json()
            .GetProperty("perplexity")
            .GetDouble();
        Assert.InRange(perplexity, 20, 70);
    }

    [Fact]
    public void The_command_line_wins_over_the_recipe_and_the_recipe_over_the_preset()
    {
        using TemporaryFolder folder = new();
        string recipe = folder.Write("job.yaml", Short + "preset: fast\nbits: 3\nrounding: gptq\nstart: min-max-shrink\nsymmetric: true\n");
        string output = folder["out"];
        Tool.Run(
            "quantize", Paths.Model, "-o", output, "--calibration", PackedModel.Calibration, "--recipe", recipe, "--preset", "best", "--bits", "4",
            "--symmetric", "false", "--block-lr", "2e-4").Expect(0);
        string[] said = File.ReadAllLines(Path.Combine(output, "recipe.yaml"));
        Assert.Superset(
            ((string[])["bits: 4", "symmetric: false", "rounding: gptq", "start: min-max-shrink", "block-lr: 0.0002", "block-epochs: 1", "held-out-samples: 2"])
                .ToHashSet(),
            said.ToHashSet());

        Tool.Run(
            "quantize", Paths.Model, "-o", output, "--force", "--calibration", PackedModel.Calibration, "--preset", "best", "--blocks", "1", "--samples", "2",
            "--context", "64", "--block-epochs", "0").Expect(0);
        said = File.ReadAllLines(Path.Combine(output, "recipe.yaml"));
        Assert.Superset(
            (
                (string[])[
                    "bits: 2", "rounding: coordinate-descent", "start: diagonal-search", "block-lr: 0.0003", "block-target: dense-stream",
                    "block-schedule: cosine", "block-order: shuffled", "block-epochs: 0",
                ]).ToHashSet(),
            said.ToHashSet());
    }

    [Fact]
    public void The_command_line_is_quoted_by_the_recipe_it_leaves()
    {
        string[] said = File.ReadAllLines(Path.Combine(packed.Folder, "recipe.yaml"));
        Assert.Superset(
            ((string[])["blocks: 1", "samples: 4", $"context: {PackedModel.Context}", "bits: 2", "group-size: 64", "rounding: gptq", "overrides: []"])
                .ToHashSet(),
            said.ToHashSet());
        Assert.DoesNotContain(
            said,
            line =>
                line.Contains("calibration.txt") || line.StartsWith("threads", StringComparison.Ordinal) || line.StartsWith("force", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("bits: 2\ngrop-size: 64", "grop-size: Line 2 has an unknown key, did you mean group-size?")]
    [InlineData("bits: 5", "bits: Line 1 has '5'. (expected: 2, 3, 4 or 8)")]
    [InlineData("", "The recipe is empty. (expected: settings, such as 'bits: 2', one a line)")]
    public void A_mistake_in_a_recipe_gets_one_line(string content, string message)
    {
        using TemporaryFolder folder = new();
        string recipe = folder.Write("job.yaml", content);
        Assert.Equal($"decoupleq: {recipe}: {message}", Tool.Run("quantize", Paths.Model, "--recipe", recipe).Expect(1).OneLine());
    }

    [Fact]
    public void An_override_that_matches_no_layer_gets_one_line_that_names_the_nearest()
    {
        using TemporaryFolder folder = new();
        string recipe = folder.Write("job.yaml", "overrides: [{match: '*.donw_proj', bits: 4}]");
        Assert.Equal(
            "decoupleq: overrides: '*.donw_proj' matches none of the model's 56 layers; the nearest is model.layers.0.mlp.down_proj. (expected: a module " +
                "path, in which * stands for any characters)",
            Tool.Run("quantize", Paths.Model, "-o", folder["out"], "--calibration", PackedModel.Calibration, "--recipe", recipe).Expect(1).OneLine());
        Assert.False(Directory.Exists(folder["out.partial"]));
    }

    [Fact]
    public void A_recipe_that_is_not_there_is_named() =>
        Assert.StartsWith(
            "decoupleq: no-such.yaml: The file is missing.",
            Tool.Run("quantize", Paths.Model, "--recipe", "no-such.yaml").Expect(1).OneLine());

    [Fact]
    public void Without_a_recipe_that_says_them_output_and_calibration_are_required()
    {
        using TemporaryFolder folder = new();
        string recipe = folder.Write("job.yaml", "calibration: a.txt");
        Assert.StartsWith("decoupleq: --output: It is required.", Tool.Run("quantize", Paths.Model, "--recipe", recipe).Expect(2).OneLine());
    }

    private static int Number(JsonElement element, string property) => element.GetProperty(property).GetInt32();

    private static (string, string)[] Files(string folder) =>
    [
        .. Directory.GetFiles(folder).Order(StringComparer.Ordinal)
            .Select(file => (Path.GetFileName(file), Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(file))))),
    ];
}
