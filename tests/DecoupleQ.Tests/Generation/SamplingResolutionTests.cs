using System.Text.Json.Nodes;
using DecoupleQ.Generation;
using DecoupleQ.Generation.Sampling;
using DecoupleQ.Models;

namespace DecoupleQ.Tests.Generation;

/// <summary>What is asked for, else what the model's files say, else greedily.</summary>
public sealed class SamplingResolutionTests
{
    public static TheoryData<GenerationOptions, string> OutOfRange => new()
    {
        { new() { MaxTokens = 0 }, "MaxTokens" },
        { new() { Temperature = -1 }, "Temperature" },
        { new() { Temperature = double.NaN }, "Temperature" },
        { new() { Temperature = double.PositiveInfinity }, "Temperature" },
        { new() { TopK = -1, Temperature = 1 }, "TopK" },
        { new() { TopP = 0, Temperature = 1 }, "TopP" },
        { new() { TopP = 1.01, Temperature = 1 }, "TopP" },
        { new() { TopP = double.NaN, Temperature = 1 }, "TopP" },
        { new() { MinP = -0.1, Temperature = 1 }, "MinP" },
        { new() { MinP = 1.1, Temperature = 1 }, "MinP" },
        { new() { TypicalP = 0, Temperature = 1 }, "TypicalP" },
        { new() { RepetitionPenalty = 0 }, "RepetitionPenalty" },
        { new() { RepetitionPenalty = 1e-320 }, "RepetitionPenalty" },
        { new() { RepetitionPenalty = 1e300 }, "RepetitionPenalty" },
        { new() { FrequencyPenalty = 2.1 }, "FrequencyPenalty" },
        { new() { PresencePenalty = -2.1 }, "PresencePenalty" },
        { new() { LogProbabilities = 21 }, "LogProbabilities" },
        { new() { LogitBias = new Dictionary<int, double> { [1] = 101 } }, "LogitBias" },
        { new() { LogitBias = new Dictionary<int, double> { [100] = 1 } }, "LogitBias" },
        { new() { EndIds = [-1] }, "EndIds" },
        { new() { EndIds = [100] }, "EndIds" },
        { new() { TopK = 5 }, "TopK" },
        { new() { TopP = 0.5 }, "TopP" },
        { new() { MinP = 0.5, Temperature = 0 }, "MinP" },
        { new() { TypicalP = 0.5, Temperature = 0 }, "TypicalP" },
        { new() { Stop = ["a", ""] }, "Stop" },
    };

    [Theory]
    [MemberData(nameof(OutOfRange), DisableDiscoveryEnumeration = true)]
    public void An_option_out_of_its_range_is_refused_by_name(GenerationOptions options, string field)
    {
        DecoupleQException error = Assert.Throws<DecoupleQException>(() => SamplingResolution.Resolve(options, null, 100));
        Assert.Equal(field, error.Field);
        Assert.NotNull(error.Expected);
    }

    [Fact]
    public void Without_options_and_defaults_the_best_token_is_taken() =>
        Assert.Equal(new SamplingSettings(), SamplingResolution.Resolve(new() { Seed = 0 }, null, 100));

    [Fact]
    public void The_files_values_hold_where_it_says_that_it_samples_and_nothing_is_given()
    {
        JsonObject all = new()
        {
            ["do_sample"] = true,
            ["temperature"] = 0.6,
            ["top_k"] = 20,
            ["top_p"] = 0.9,
            ["min_p"] = 0.05,
            ["typical_p"] = 0.7,
            ["repetition_penalty"] = 1.2,
            ["max_length"] = 3,
        };
        var expected = new SamplingSettings { Temperature = 0.6, TopK = 20, TopP = 0.9, MinP = 0.05, TypicalP = 0.7, RepetitionPenalty = 1.2, Seed = 5 };
        Assert.Equal(expected, Resolved(all, new() { Seed = 5 }));
        Assert.Equal(expected with { TopP = 0.5, RepetitionPenalty = 1 }, Resolved(all, new() { Seed = 5, TopP = 0.5, RepetitionPenalty = 1 }));
        Assert.Equal(0, Resolved(all, new() { Temperature = 0 }).Temperature);

        all["do_sample"] = false;
        Assert.Equal(new() { Seed = 5 }, Resolved(all, new() { Seed = 5 }));
        all.Remove("do_sample");
        Assert.Equal(new() { Seed = 5, Temperature = 1 }, Resolved(all, new() { Seed = 5, Temperature = 1 }));
        // Without a temperature in the file it is 1.
        Assert.Equal(
            new() { Seed = 5, Temperature = 1 },
            Resolved(new() { ["do_sample"] = true, ["temperature"] = null, ["top_p"] = null }, new() { Seed = 5 }));
    }

    [Fact]
    public void A_value_of_the_file_that_cannot_be_used_is_named()
    {
        foreach ((string field, JsonNode value) in (IEnumerable<(string, JsonNode)>)[("top_p", 1.5), ("top_k", "many"), ("temperature", -1), ("do_sample", 1)])
        {
            DecoupleQException error = Assert.Throws<DecoupleQException>(() => Resolved(new() { ["do_sample"] = true, [field] = value }, new()));
            Assert.EndsWith("generation_config.json", error.File);
            Assert.Equal(field, error.Field);
        }
    }

    [Fact]
    public void A_seed_that_is_not_given_is_drawn()
    {
        ulong[] seeds = [.. Enumerable.Range(0, 20).Select(_ => SamplingResolution.Resolve(new(), null, 100).Seed)];
        Assert.Equal(20, seeds.Distinct().Count());
        Assert.All(seeds, seed => Assert.InRange(seed, 0ul, (1ul << 53) - 1));
    }

    private static SamplingSettings Resolved(JsonObject fields, GenerationOptions options)
    {
        using var folder = new TemporaryFolder();
        SampleCopy.Write(folder.Path, "generation_config.json", []);
        File.WriteAllText(Path.Combine(folder.Path, "generation_config.json"), fields.ToJsonString());
        using LanguageModel model = LanguageModel.Load(folder.Path);
        return SamplingResolution.Resolve(options, model.SamplingDefaults, 100);
    }
}
