using CsCheck;

namespace DecoupleQ.Cli.Tests;

public sealed class EditDistanceTests
{
    private static readonly Gen<string> Word = Gen.Char["abc"].Array[0, 6].Select(letters => new string(letters));

    [Fact]
    public void The_distance_is_that_of_the_recursive_definition() => Gen.Select(Word, Word)
        .Sample((a, b) => EditDistance.Between(a, b) == ByDefinition(a, b));

    [Theory]
    [InlineData("--bit", "--bits")]
    [InlineData("--promt", "--prompt")]
    [InlineData("--cal", "--calibration")]
    [InlineData("--wombat", null)]
    public void The_nearest_candidate_is_found_if_it_is_near(string typed, string? expected) =>
        Assert.Equal(expected, EditDistance.Nearest(typed, ["--bits", "--prompt", "--calibration", "--text"]));

    private static int ByDefinition(string a, string b) => (a, b) switch
    {
        ("", _) => b.Length,
        (_, "") => a.Length,
        _ when a[0] == b[0] => ByDefinition(a[1..], b[1..]),
        _ => 1 + Math.Min(ByDefinition(a[1..], b[1..]), Math.Min(ByDefinition(a[1..], b), ByDefinition(a, b[1..]))),
    };
}
