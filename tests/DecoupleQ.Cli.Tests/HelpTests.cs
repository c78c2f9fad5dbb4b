using System.CommandLine;
using System.Text.RegularExpressions;
using DecoupleQ.Cli.Commands;
using DecoupleQ.Cli.Invocation;
using DecoupleQ.Cli.Options;
using DecoupleQ.Cli.Rendering;
using DecoupleQ.Quantization.Settings;

namespace DecoupleQ.Cli.Tests;

public sealed class HelpTests
{
    private const string Sampling = "--temperature --top-k --top-p --min-p --typical-p --repetition-penalty --frequency-penalty --presence-penalty "
        + "--logit-bias --seed --max-tokens --stop --end-id --logprobs --special-tokens";

    private const string Run = " --context --key-values --threads --copy-weights --json --verbose";

    [Theory]
    [InlineData(
        "quantize",
        "MODEL --output --calibration --preset --recipe --bits --group-size --symmetric --samples --context --seed --held-out-samples --rounding --start "
        + "--rounds --damping --block-epochs --block-lr --threads --memory-budget --embedding-bits --head-bits --blocks --resume --force --dry-run "
        + "--progress --json --verbose")]
    [InlineData(
        "eval",
        "MODEL --text --context --max-windows --against --max-perplexity --max-kl --min-agreement --exact --task --metric --max-tokens --stop --tolerance "
        + "--right-from --delimiter --chat-template --date --template-var --key-values --threads --copy-weights --progress --json --verbose")]
    [InlineData(
        "pilot",
        "MODEL --test --calibration --output --max-perplexity-increase --min-agreement --try-bits --try-presets --task --price-per-hour --currency --packed "
        + "--windows --concurrency --speed-seconds --language --resume --dry-run --progress --json --verbose")]
    [InlineData("pilot recompute", "RESULT --output --language --json --verbose")]
    [InlineData("generate", "MODEL --prompt --prompt-file --chat --chat-template --system --date --template-var --raw " + Sampling + Run)]
    [InlineData("chat", "MODEL --chat-template --system --date --template-var --raw " + Sampling + Run)]
    [InlineData("render", "MODEL --messages --tools --chat-template --date --template-var --no-generation-prompt --special-tokens --raw --json --verbose")]
    [InlineData("inspect", "MODEL --json --verbose")]
    [InlineData("tune", "PACKED --against --output --data --integers --tables --loss --steps --batch --lr --integer-lr --table-lr --resume --force --json")]
    [InlineData("convert", "MODEL --output --dtype --force --progress --json --verbose")]
    [InlineData("tokenize", "MODEL --text --special-tokens --add-bos --json --verbose")]
    [InlineData("doctor", "MODEL --shape --cores --threads --json --verbose")]
    [InlineData("compare", "DENSE PACKED --text --context --max-windows --prompt --max-tokens --report --threads --copy-weights --progress --json --verbose")]
    [InlineData("logits", "MODEL --ids --output --last --context --key-values --exact --threads --copy-weights --progress --json --verbose")]
    [InlineData("monitor report", "FILE --output --from --to --model --language --json --verbose")]
    [InlineData("completion", "SHELL --verbose")]
    public void The_help_of_a_command_lists_its_options_and_the_exit_codes(string command, string names)
    {
        string help = Tool.Run([.. command.Split(' '), "--help"]).Expect(0).Output;
        foreach (string name in names.Split(' '))
        {
            Assert.Matches($@"(?m)^  (<{name}>|(-\w, )?{name})\s", help);
        }
        AssertListsExitCodes(help, gate: command is "eval" or "pilot", undecided: command == "pilot");
        Assert.Contains($"\nExamples:\n  decoupleq {command}", help.ReplaceLineEndings("\n"));
    }

    [Fact]
    public void The_help_of_quantize_lists_every_setting_once_under_what_it_is_about()
    {
        string help = Tool.Run("quantize", "--help").Expect(0).Output;
        string[] headings = ["Options:", "Format:", "Calibration:", "Solving a layer", "Training a block", "The job:", "Exit codes:"];
        int[] starts = [.. headings.Select(heading => help.IndexOf($"\n{heading}", StringComparison.Ordinal))];
        Assert.All(starts, start => Assert.True(start > 0));
        Assert.Equal(starts.Order(), starts);
        ReadOnlySpan<(SettingGroup, int)> groups =
        [
            (SettingGroup.Format, 1), (SettingGroup.Calibration, 2), (SettingGroup.Solver, 3), (SettingGroup.BlockTraining, 4), (SettingGroup.Run, 5),
        ];
        foreach ((SettingGroup group, int heading) in groups)
        {
            foreach (QuantizationSetting setting in QuantizationSettings.All.Where(setting => setting.Group == group))
            {
                Match listed = Assert.Single(Regex.Matches(help, $@"\n  (-\w, )?--{setting.Name} "));
                Assert.InRange(listed.Index, starts[heading], starts[heading + 1]);
            }
        }
    }

    [Fact]
    public void The_examples_are_command_lines_that_the_tool_takes()
    {
        Terminal terminal = new();
        using TerminationSignals signals = new(terminal);
        RootCommand root = ToolRoot.Create(new(terminal, signals, new(), new(TextWriter.Null)));
        string[] examples = [.. root.Subcommands.SelectMany(command => Assert.IsAssignableFrom<IShowsExamples>(command).Examples)];
        Assert.True(examples.Length > root.Subcommands.Count);
        // What the shell would take away.
        Assert.All(examples, example => Assert.Null(UsageErrors.Find(root.Parse(example.Split(" >>")[0]))));
    }

    [Fact]
    public void A_command_that_is_named_is_made_alone()
    {
        Terminal terminal = new();
        using TerminationSignals signals = new(terminal);
        ToolContext context = new(terminal, signals, new(), new(TextWriter.Null));
        string[] names = [.. ToolRoot.Create(context).Subcommands.Select(command => command.Name)];
        Assert.Contains("serve", names);
        Assert.All(names, name => Assert.Equal(name, Assert.Single(ToolRoot.Create(context, name).Subcommands).Name));
        Assert.Equal(names, ToolRoot.Create(context, "no such command").Subcommands.Select(command => command.Name));
    }

    [Fact]
    public void The_help_of_the_tool_lists_its_commands_and_the_exit_codes()
    {
        string help = Tool.Run("--help").Expect(0).Output;
        string[] commands =
            ["quantize", "tune", "eval", "generate", "chat", "serve", "monitor", "render", "inspect", "compare", "convert", "tokenize", "doctor"];
        foreach (string command in commands)
        {
            Assert.Matches($@"(?m)^  {command} ", help);
        }
        AssertListsExitCodes(help, gate: true, undecided: true);
    }

    [Fact]
    public void The_version_is_printed_alone_with_the_commit_of_a_checkout()
    {
        string commit = Checkout.Is ? @"\+[0-9a-f]{40}" : "";
        Assert.Matches($@"^\d+\.\d+\.\d+{commit}\s*$", Tool.Run("--version").Expect(0).Output);
    }

    private static void AssertListsExitCodes(string help, bool gate, bool undecided)
    {
        foreach ((int code, string meaning) in ExitCodes.All)
        {
            if ((code == ExitCodes.Gate && !gate) || (code == ExitCodes.Undecided && !undecided))
            {
                Assert.DoesNotMatch($@"(?m)^ +{code}  ", help);
                continue;
            }
            Assert.Matches($@"(?m)^ +{code}  {Regex.Escape(meaning)}\s*$", help);
        }
    }
}
