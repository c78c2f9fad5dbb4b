namespace DecoupleQ.Tests.Fuzzing;

/// <summary>A thousand damaged files for each reader; the benchmarks have a verb for more.</summary>
public sealed class FuzzTests
{
    // Both must happen, or the damage is of no use: too light, or noticed at the first byte.
    [Theory]
    [InlineData("config", 20, 200)]
    [InlineData("gbnf", 50, 200)]
    [InlineData("gguf", 20, 200)]
    [InlineData("gguf-tokenizer", 200, 200)]
    [InlineData("json-schema", 150, 200)]
    [InlineData("regex", 100, 200)]
    [InlineData("safetensors", 20, 200)]
    [InlineData("sentencepiece", 20, 200)]
    [InlineData("template", 200, 100)]
    [InlineData("tokenizer-json", 20, 200)]
    public void Damaged_files_are_read_or_refused_without_a_crash_or_an_allocation_out_of_proportion(string reader, int leastRead, int leastRefused)
    {
        using IFuzzTarget target = FuzzTargets.All[reader]();
        Fuzzer.Outcome outcome = Fuzzer.Run(target, first: 7000, count: 1000);
        Assert.True(outcome.Read > leastRead && outcome.Refused > leastRefused, $"{outcome}");
        Assert.Equal(8000, outcome.Next);
    }

    [Fact]
    public void Every_reader_has_its_thousand()
    {
        Assert.Equal(
            ["config", "gbnf", "gguf", "gguf-tokenizer", "json-schema", "regex", "safetensors", "sentencepiece", "template", "tokenizer-json"],
            FuzzTargets.All.Keys);
        foreach ((string name, Func<IFuzzTarget> create) in FuzzTargets.All)
        {
            using IFuzzTarget target = create();
            Assert.Equal(name, target.Name);
            // A file is made from its number alone.
            Assert.Equal(target.Damage(new Random(3)), target.Damage(new Random(3)));
        }
    }
}
