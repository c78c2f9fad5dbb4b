using System.CommandLine;
using DecoupleQ.Cli.Invocation;
using DecoupleQ.Cli.Options;
using DecoupleQ.Cli.Rendering;

namespace DecoupleQ.Cli.Commands;

/// <summary><c>decoupleq completion SHELL</c></summary>
internal sealed class CompletionCommand : Command, IShowsExamples
{
    private static readonly string[] Shells = [.. CompletionScripts.All.Keys];

    private static readonly string Expected = $"{string.Join(", ", Shells[..^1])} or {Shells[^1]}";

    private readonly Argument<string> _shell = new("SHELL") { Description = $"The shell: {Expected}", HelpName = "SHELL" };

    public CompletionCommand(ToolContext context)
        : base("completion", "Print the script with which a shell completes commands, options and their values")
    {
        _shell.CompletionSources.Add(Shells);
        Add(_shell);
        Add(SharedOptions.Verbose());
        SetAction(parse =>
        {
            string shell = parse.GetRequiredValue(_shell);
            if (!CompletionScripts.All.TryGetValue(shell, out string? script))
            {
                throw new UsageException($"'{shell}' cannot be used.", _shell.Name, Expected);
            }
            context.Terminal.Output.Write(script.ReplaceLineEndings("\n"));
            return ExitCodes.Success;
        });
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Examples { get; } = ["completion bash >> ~/.bashrc"];
}
