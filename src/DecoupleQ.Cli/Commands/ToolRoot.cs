using System.CommandLine;
using System.CommandLine.Completions;
using System.CommandLine.Help;
using DecoupleQ.Cli.Invocation;

namespace DecoupleQ.Cli.Commands;

/// <summary>The tool: its commands and its help.</summary>
internal static class ToolRoot
{
    private static readonly (string Name, Func<ToolContext, Command> Create)[] Commands =
    [
        ("quantize", context => new QuantizeCommand(context)),
        ("tune", context => new TuneCommand(context)),
        ("pilot", context => new PilotCommand(context)),
        ("guideline", context => new GuidelineCommand(context)),
        ("eval", context => new EvalCommand(context)),
        ("generate", context => new GenerateCommand(context)),
        ("chat", context => new ChatCommand(context)),
        ("serve", context => new ServeCommand(context)),
        ("monitor", context => new MonitorCommand(context)),
        ("baseline", context => new BaselineCommand(context)),
        ("render", context => new RenderCommand(context)),
        ("inspect", context => new InspectCommand(context)),
        ("compare", context => new CompareCommand(context)),
        ("convert", context => new ConvertCommand(context)),
        ("tokenize", context => new TokenizeCommand(context)),
        ("logits", context => new LogitsCommand(context)),
        ("doctor", context => new DoctorCommand(context)),
        ("completion", context => new CompletionCommand(context)),
    ];

    /// <summary>Makes the tool.</summary>
    /// <param name="context">What commands are run with.</param>
    /// <param name="first">
    /// The first argument. If it is a command's name, the others are left out: they have hundreds of options, and making them is a part of each start.
    /// </param>
    public static RootCommand Create(ToolContext context, string? first = null)
    {
        RootCommand root = new("Quantizes large language models to 2 bits with decoupleQ and runs them, in managed code.") { HelpName = "decoupleq" };
        bool isNamed = Commands.Any(command => command.Name == first);
        foreach ((string name, Func<ToolContext, Command> create) in Commands)
        {
            if (!isNamed || name == first)
            {
                root.Add(create(context));
            }
        }
        // Of the parser's directives only what the scripts of 'completion' ask with.
        root.Directives.Clear();
        root.Add(new SuggestDirective());
        foreach (Option option in root.Options)
        {
            if (option is HelpOption { Action: HelpAction help })
            {
                option.Action = new HelpWithExitCodes(help);
            }
        }
        return root;
    }
}
