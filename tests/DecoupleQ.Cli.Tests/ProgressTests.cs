using System.Diagnostics;
using System.Text.RegularExpressions;
using DecoupleQ.Cli.Progress;
using DecoupleQ.Quantization.Jobs;
using DecoupleQ.Testing;
using Spectre.Console;

namespace DecoupleQ.Cli.Tests;

public sealed partial class ProgressTests
{
    [Fact]
    public void A_log_gets_one_line_a_block()
    {
        using StringWriter log = new() { NewLine = "\n" };
        MilestoneLines lines = new(log);
        Func<JobProgress, ProgressState> describe = JobProgressText.Describe();
        foreach (JobProgress progress in (JobProgress[])
        [
            new("load", null, 0, 8, 0, TimeSpan.Zero, null),
            new("load", "model.embed_tokens", 0, 8, 0.001, TimeSpan.FromSeconds(1), null),
            new("solve", "model.layers.0.mlp.up_proj", 1, 8, 0.05, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(38)),
            new("solve", "model.layers.0.mlp.down_proj", 1, 8, 0.10, TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(36)),
            new("forward", null, 2, 8, 0.127, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(7260)),
        ])
        {
            lines.Show(describe(progress));
        }
        Assert.Equal("start, 0 %\nblock 1 of 8, 5 %, about 38 s left\nblock 2 of 8, 12 %, about 2 h 1 min left\n", log.ToString());
    }

    [Fact]
    public void A_terminal_gets_a_bar_for_the_whole_job_and_one_for_each_phase_with_the_time_left()
    {
        using StringWriter screen = new();
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.Yes,
            Interactive = InteractionSupport.Yes,
            ColorSystem = ColorSystemSupport.NoColors,
            Out = new AnsiConsoleOutput(screen),
        });
        console.Profile.Width = 160;
        int result = LiveProgress.Run(console, "whole job", show =>
        {
            show(JobProgressText.Describe()(new("solve", "model.layers.0.mlp.up_proj", 1, 8, 0.25, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(38))
            {
                Phases = [new("forward", 0.5, TimeSpan.FromSeconds(20)), new("solve", 0.125, TimeSpan.FromSeconds(18))],
            }));
            return 7;
        });
        Assert.Equal(7, result);
        string text = screen.ToString();
        Shows(@"whole job .* 25% +about 38 s left, block 1 of 8, peak memory [\d.]+ [MG]B", text);
        Shows(@"forward .* 50% +about 20 s left", text);
        Shows(@"solve .* 12% +about 18 s left, model\.layers\.0\.mlp\.up_proj", text);
    }

    [Theory]
    [InlineData(40)]
    [InlineData(80)]
    [InlineData(120)]
    public void A_terminal_behind_standard_error_gets_bars_with_the_time_left_though_the_result_goes_to_a_file(int columns)
    {
        Assert.SkipUnless(PseudoTerminal.Exists, "There is no 'script' here that makes a terminal.");
        using TemporaryFolder folder = new();
        string[] arguments = ["eval", Paths.Model, "--text", PackedModel.Validation, "--context", "256", "--max-windows", "60", "--json"];
        using Process process = PseudoTerminal.Start(columns, $"> '{folder["report"]}'", arguments);
        string screen = process.StandardOutput.ReadToEnd();
        Tool.WaitForExit(process);
        Assert.True(process.ExitCode == 0, screen);
        Assert.StartsWith("{", File.ReadAllText(folder["report"]));

        string[] lines = [.. ControlSequence().Replace(screen, "").Split('\r', '\n').Select(line => line.TrimEnd()).Where(line => line.Length > 0)];
        Assert.All(lines, line => Assert.StartsWith("evaluating ", line));
        Assert.All(lines, line => Assert.DoesNotContain("evaluating", line[1..]));
        Assert.All(lines, line => Assert.True(line.Length < columns, line));
        Assert.Contains(lines, line => Regex.IsMatch(line, @" \d+% about .* left"));
        Assert.Equal(columns >= 80, lines.Any(line => line.Contains('━', StringComparison.Ordinal)));
        Assert.Equal(columns >= 80, lines.Any(line => line.Contains(" of 60, perplexity ", StringComparison.Ordinal)));
    }

    [GeneratedRegex(@"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]")]
    private static partial Regex ControlSequence();

    private static void Shows(string pattern, string screen) => Assert.True(Regex.IsMatch(screen, pattern), $"{pattern} is not in\n{screen}");
}
