using System.CommandLine;
using System.CommandLine.Completions;
using System.CommandLine.Help;
using DecoupleQ.Cli.Invocation;

namespace DecoupleQ.Cli.Commands;

/// <summary>The tool: its commands and its help.</summary>
internal static class ToolRoot
{
    public static RootCommand Create(ToolContext context)
    {
        RootCommand root = new("Quantizes large language models to 2 bits with decoupleQ and runs them, in managed code.") { HelpName = "decoupleq" };
        root.Add(new QuantizeCommand(context));
        root.Add(new EvalCommand(context));
        root.Add(new GenerateCommand(context));
        root.Add(new ChatCommand(context));
        root.Add(new ServeCommand(context));
        root.Add(new MonitorCommand(context));
        root.Add(new BaselineCommand(context));
        root.Add(new RenderCommand(context));
        root.Add(new InspectCommand(context));
        root.Add(new CompareCommand(context));
        root.Add(new ConvertCommand(context));
        root.Add(new TokenizeCommand(context));
        root.Add(new LogitsCommand(context));
        root.Add(new DoctorCommand(context));
        root.Add(new CompletionCommand(context));
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
