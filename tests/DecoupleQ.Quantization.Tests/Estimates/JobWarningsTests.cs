using DecoupleQ.Hardware;
using DecoupleQ.Quantization.Estimates;

namespace DecoupleQ.Quantization.Tests.Estimates;

public sealed class JobWarningsTests
{
    private static readonly MachineMemory Memory = new(16_000_000_000, 8_000_000_000, null, 16_000_000_000);
    private static readonly MemoryMoment Peak = new("solve", [new("runtime", 1_000_000_000), new(JobMemory.ActivationsPart, 6_000_000_000)]);

    [Fact]
    public void There_are_none_where_there_is_enough() =>
        Assert.Empty(JobWarnings.Of(Peak, Memory, new DiskEstimate(5_000_000_000, 1_000_000_000, 6_000_000_000), 0));

    [Fact]
    public void Memory_that_does_not_suffice_is_told_with_a_remedy()
    {
        string warning = Assert.Single(JobWarnings.Of(Peak, Memory with { AvailableBytes = 6_900_000_000 }, new DiskEstimate(1, 0, null), 0));
        Assert.Contains("7000 MB", warning);
        Assert.Contains("6900 MB", warning);
        Assert.Contains("--memory-budget", warning);
        MemoryMoment weights = new("solve", [new("weights of a block", 7_000_000_000)]);
        Assert.DoesNotContain(
            "--memory-budget",
            Assert.Single(JobWarnings.Of(weights, Memory with { AvailableBytes = 6_900_000_000 }, new DiskEstimate(1, 0, null), 0)));
    }

    [Fact]
    public void Of_a_disk_counts_what_is_still_to_be_written()
    {
        DiskEstimate disk = new(5_000_000_000, 1_000_000_000, 5_500_000_000);
        Assert.Contains("6000 MB", Assert.Single(JobWarnings.Of(Peak, Memory, disk, 0)));
        Assert.Empty(JobWarnings.Of(Peak, Memory, disk, 600_000_000));
    }
}
