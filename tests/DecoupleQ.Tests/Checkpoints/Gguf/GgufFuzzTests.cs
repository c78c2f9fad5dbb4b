namespace DecoupleQ.Tests.Checkpoints.Gguf;

public sealed class GgufFuzzTests
{
    [Fact]
    public void Damaged_files_are_read_or_refused_without_a_crash_or_an_allocation_out_of_proportion()
    {
        GgufFuzz.Outcome outcome = GgufFuzz.Run(seed: 7, count: 1000);
        // Both must happen, or the damage is of no use: too light, or noticed at the first byte.
        Assert.True(outcome is { Read: > 20, Refused: > 200 }, $"{outcome}");
    }
}
