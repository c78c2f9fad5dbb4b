using System.CommandLine;
using DecoupleQ.Cli.Invocation;
using DecoupleQ.Cli.Json;
using DecoupleQ.Cli.Options;
using DecoupleQ.Models;

namespace DecoupleQ.Cli.Commands;

/// <summary>A command of the tool: it parses its options, calls the library and prints what comes back.</summary>
internal abstract class ToolCommand : Command, IShowsExamples
{
    private readonly JsonOption _json = new();

    /// <param name="name">As typed.</param>
    /// <param name="description">For the help.</param>
    /// <param name="context">What it works with.</param>
    protected ToolCommand(string name, string description, ToolContext context)
        : base(name, description)
    {
        Context = context;
        SetAction(Execute);
    }

    /// <inheritdoc/>
    public abstract IReadOnlyList<string> Examples { get; }

    protected ToolContext Context { get; }

    /// <summary>Does the work.</summary>
    /// <returns>The exit code.</returns>
    protected abstract int Execute(ParseResult parse);

    /// <summary>Adds the options that every command ends with.</summary>
    protected void AddCommonOptions()
    {
        Add(_json);
        Add(SharedOptions.Verbose());
    }

    /// <summary>Loads a model, and shows what it warns of on standard error: a line, or an event where events are wanted.</summary>
    protected LanguageModel Load(string path, LanguageModelOptions options, bool events = false)
    {
        LanguageModel model = LanguageModel.Load(path, options, Context.Cancellation);
        Warn(path, model.Warnings, events);
        return model;
    }

    /// <summary>Shows warnings of a model on standard error: a line each, or an event where events are wanted.</summary>
    protected void Warn(string path, IReadOnlyList<string> warnings, bool events = false)
    {
        foreach (string warning in warnings)
        {
            if (events)
            {
                Context.Events.Write(Context.Events.Now("warning") with { Model = path, Warning = warning });
            }
            else
            {
                Context.Terminal.WriteErrorLine($"Warning: {path}: {warning}");
            }
        }
    }

    /// <summary>Tells of an event, where events are wanted.</summary>
    /// <param name="events">Whether they are.</param>
    /// <param name="name">Which.</param>
    /// <param name="describe">Adds what there is to say.</param>
    protected void Tell(bool events, string name, Func<ProgressEvent, ProgressEvent> describe)
    {
        if (events)
        {
            Context.Events.Write(describe(Context.Events.Now(name)));
        }
    }

    protected bool WantsJson(ParseResult parse) => parse.GetValue(_json);
}
