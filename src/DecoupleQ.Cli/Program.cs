using System.CommandLine;
using DecoupleQ.Cli.Commands;
using DecoupleQ.Cli.Invocation;
using DecoupleQ.Cli.Options;
using DecoupleQ.Cli.Progress;
using DecoupleQ.Cli.Rendering;

Terminal terminal = new();
using TerminationSignals signals = new(terminal);
ProgressEvents events = new(terminal.Error);
Interruption interruption = new();
ErrorReport errors = new(
    terminal,
    signals,
    interruption,
    ProgressOption.AsksForEvents(args) ? events : null,
    verbose: args.Contains("--verbose"))
{
    Json = JsonOption.SeemsGiven(args),
};
return CommandThread.Run(Invoke, signals.Token, interruption, abandon: errors.WriteCancelled);

int Invoke()
{
    try
    {
        // Neither '@file' nor bundled letters: a prompt may begin with '@', and no option here has a second letter to bundle.
        ParserConfiguration configuration = new() { ResponseFileTokenReplacer = null, EnablePosixBundling = false };
        ParseResult parse = ToolRoot.Create(new(terminal, signals, interruption, events), args.FirstOrDefault()).Parse(args, configuration);
        if (parse.Action is not { ClearsParseErrors: true } && UsageErrors.Find(parse) is UsageException usage)
        {
            return errors.Write(usage);
        }
        errors.Json = JsonOption.IsGiven(parse);
        errors.Options = UsageErrors.OptionNames(parse);
        int code = parse.Invoke(new() { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        terminal.Complete();
        return code;
    }
#pragma warning disable CA1031 // this is the last place where an error can become one line and an exit code
    catch (Exception exception)
#pragma warning restore CA1031
    {
        return errors.Write(exception);
    }
}
