using DecoupleQ.Monitoring.Entries;
using DecoupleQ.Reports.Periods;

namespace DecoupleQ.Reports.Tests;

/// <summary>Alone, since the memory of the process is measured.</summary>
[CollectionDefinition(nameof(ReportMemoryTests), DisableParallelization = true)]
[Collection(nameof(ReportMemoryTests))]
public sealed class ReportMemoryTests
{
    [Fact]
    public void Memory_does_not_grow_with_the_log()
    {
        Read(Answers(1000));
        long before = GC.GetTotalMemory(forceFullCollection: true);
        PeriodFigures figures = Read(Answers(150_000));
        long held = GC.GetTotalMemory(forceFullCollection: true) - before;
        Assert.Equal(150_000, figures.Answers);
        Assert.True(held < 25 << 20, $"{held} bytes");

        static IEnumerable<MonitorEntry> Answers(int count)
        {
            var random = new SplitMix64(1);
            for (int i = 0; i < count; i++)
            {
                yield return WrittenLog.Answer($"{i}", WrittenLog.Start.AddSeconds(i * 20), i % 2 == 0 ? WrittenLog.Packed : WrittenLog.Dense) with
                {
                    LogProbability = -3 * random.NextDouble(),
                    Entropy = 3 * random.NextDouble(),
                    QueueMs = 1000 * random.NextDouble(),
                    FirstTokenMs = 2000 * random.NextDouble(),
                    TokensPerSecond = 100 * random.NextDouble(),
                };
            }
        }
    }

    private static PeriodFigures Read(IEnumerable<MonitorEntry> entries) => PeriodReader.Read(() => entries, "log", new PeriodOptions());
}
