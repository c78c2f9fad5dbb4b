using DecoupleQ.Cli.Progress;
using DecoupleQ.Quantization.Jobs;

namespace DecoupleQ.Cli.Tests;

public sealed class ProgressTests
{
    [Fact]
    public void A_log_gets_one_line_a_block()
    {
        using StringWriter log = new() { NewLine = "\n" };
        MilestoneLines lines = new(log);
        foreach (JobProgress progress in (JobProgress[])
        [
            new("load", null, 0, 8, 0, TimeSpan.Zero, null),
            new("load", "model.embed_tokens", 0, 8, 0.001, TimeSpan.FromSeconds(1), null),
            new("solve", "model.layers.0.mlp.up_proj", 1, 8, 0.05, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(38)),
            new("solve", "model.layers.0.mlp.down_proj", 1, 8, 0.10, TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(36)),
            new("forward", null, 2, 8, 0.127, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(7260)),
        ])
        {
            lines.Show(JobProgressText.Describe(progress));
        }
        Assert.Equal("start, 0 %\nblock 1 of 8, 5 %, about 38 s left\nblock 2 of 8, 12 %, about 2 h 1 min left\n", log.ToString());
    }
}
