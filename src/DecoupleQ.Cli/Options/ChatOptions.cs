using System.CommandLine;
using System.Text.Json.Nodes;
using DecoupleQ.Chat;
using DecoupleQ.Models;

namespace DecoupleQ.Cli.Options;

/// <summary>The options that say what stands before a conversation.</summary>
internal sealed class ChatOptions
{
    private readonly Option<string> _system = new("--system") { Description = "Instructions that stand before the conversation", HelpName = "TEXT" };
    private readonly DateOption _date = new("--date", "The date that the chat template is told, if it asks [default: today]");

    private readonly TemplateVariablesOption _variables = new(
        "--template-var", "Give the chat template a variable, such as enable_thinking=false: JSON has its type, anything else is text; may be repeated");

    private readonly PathOption _template = new(
        "--chat-template", [], "FILE", "The chat template, instead of the model's own: Jinja, or a JSON file with a field chat_template", "a chat template");

    /// <summary>All of them.</summary>
    public IReadOnlyList<Option> All => [_template, _system, _date, _variables];

    /// <summary>Those that say what a template makes of a conversation that is given.</summary>
    public IReadOnlyList<Option> OfTemplate => [_template, _date, _variables];

    /// <summary>The template that is asked for, else the model's own.</summary>
    /// <param name="parse">The command line.</param>
    /// <param name="model">The model.</param>
    /// <param name="forTools">Whether there are tools, for which some models have a template of its own.</param>
    /// <exception cref="DecoupleQException">There is none, or it cannot be used.</exception>
    public ChatTemplate ReadTemplate(ParseResult parse, string model, bool forTools = false) =>
        parse.GetValue(_template) is string file ? ChatTemplate.LoadFile(file, model)
        : forTools && ChatTemplate.LoadForToolsIfThere(model) is ChatTemplate template ? template
        : ChatTemplate.Load(model);

    public void AddTo(Command command)
    {
        foreach (Option option in All)
        {
            command.Add(option);
        }
    }

    /// <summary>A conversation with <paramref name="model"/>.</summary>
    /// <exception cref="DecoupleQException">The template has no variable of a given name.</exception>
    public ChatSession Start(ParseResult parse, LanguageModel model, ChatTemplate template) =>
        new(model, template, parse.GetValue(_system), TemplateOptions(parse, template));

    /// <summary>What the template is given besides the messages.</summary>
    /// <exception cref="DecoupleQException">The template has no variable of a given name.</exception>
    public ChatTemplateOptions TemplateOptions(ParseResult parse, ChatTemplate template)
    {
        JsonObject? variables = parse.GetValue(_variables);
        foreach ((string name, _) in variables ?? [])
        {
            if (!template.Mentions(name))
            {
                throw new DecoupleQException(
                    $"The chat template does not mention '{name}'.",
                    template.File,
                    _variables.Name,
                    "a variable that the template reads");
            }
        }
        TimeProvider clock = parse.GetValue(_date) is DateOnly date ? new FixedDate(date) : TimeProvider.System;
        return new() { Clock = clock, Variables = variables };
    }

    /// <summary>A clock that stands at the start of a day.</summary>
    private sealed class FixedDate(DateOnly date) : TimeProvider
    {
        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

        public override DateTimeOffset GetUtcNow() => new(date, TimeOnly.MinValue, TimeSpan.Zero);
    }
}
