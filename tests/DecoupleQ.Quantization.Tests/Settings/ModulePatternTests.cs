using System.Text.RegularExpressions;
using CsCheck;
using DecoupleQ.Quantization.Settings;

namespace DecoupleQ.Quantization.Tests.Settings;

public sealed class ModulePatternTests
{
    private static readonly Gen<string> Pattern = Gen.Char["ab.*?"].Array[1, 8].Select(characters => new string(characters));
    private static readonly Gen<string> Module = Gen.Char["ab."].Array[1, 10].Select(characters => new string(characters));

    [Fact]
    public void A_pattern_matches_what_the_same_regular_expression_matches_in_the_path_or_after_one_of_its_dots() =>
        Gen.Select(Pattern, Module).Sample(
            (pattern, path) => new ModulePattern(pattern).Matches(path) == Expected(pattern, path),
            iter: 20_000);

    [Theory]
    [InlineData("model.layers.0.mlp.down_proj")]
    [InlineData("model.layers.*.mlp.down_proj")]
    [InlineData("model.layers.0.*")]
    [InlineData("layers.?.mlp.down_proj")]
    [InlineData("*.down_proj")]
    [InlineData("down_proj")]
    [InlineData("*proj")]
    [InlineData("*")]
    public void Patterns_that_match_a_projection(string pattern) => Assert.True(new ModulePattern(pattern).Matches("model.layers.0.mlp.down_proj"));

    [Theory]
    [InlineData("proj")] // no dot stands before it
    [InlineData("model.layers.?.mlp")] // not to its end
    [InlineData("model.layers.1.*")]
    [InlineData("Down_proj")]
    [InlineData("mlp?down_proj.*")]
    [InlineData("[d]own_proj")]
    public void Patterns_that_do_not(string pattern) => Assert.False(new ModulePattern(pattern).Matches("model.layers.0.mlp.down_proj"));

    [Fact]
    public void A_hostile_pattern_takes_no_longer_than_its_length_times_the_paths()
    {
        string path = string.Concat(Enumerable.Repeat("a", 20_000));
        Assert.False(new ModulePattern(string.Concat(Enumerable.Repeat("a*", 2_000)) + "b").Matches(path));
    }

    [Theory]
    [InlineData("*.down_porj", "model.layers.0.mlp.down_proj")]
    [InlineData("model.layer.1.mlp.up_proj", "model.layers.1.mlp.up_proj")]
    [InlineData("attn.q_proj", "model.layers.0.self_attn.q_proj")]
    [InlineData("layers.1.*.qproj", "model.layers.1.self_attn.q_proj")]
    public void The_nearest_path_is_what_was_meant(string pattern, string nearest)
    {
        string[] paths =
        [
            "model.layers.0.self_attn.q_proj", "model.layers.0.mlp.up_proj", "model.layers.0.mlp.down_proj", "model.layers.1.self_attn.q_proj",
            "model.layers.1.mlp.up_proj",
        ];
        Assert.Equal(nearest, new ModulePattern(pattern).Nearest(paths));
    }

    private static bool Expected(string pattern, string path)
    {
        string expression = Regex.Escape(pattern).Replace("\\*", ".*", StringComparison.Ordinal).Replace("\\?", ".", StringComparison.Ordinal);
        return Tails(path).Any(tail => Regex.IsMatch(tail, $"^{expression}$", RegexOptions.Singleline));
    }

    private static IEnumerable<string> Tails(string path) => Enumerable.Range(0, path.Length).Where(i => i == 0 || path[i - 1] == '.').Select(i => path[i..]);
}
