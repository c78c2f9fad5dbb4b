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

    /// <summary>All of them.</summary>
    public IReadOnlyList<Option> All => [_system, _date, _variables];

    public void AddTo(Command command)
    {
        foreach (Option option in All)
        {
            command.Add(option);
        }
    }

    /// <summary>A conversation with <paramref name="model"/>.</summary>
    /// <exception cref="DecoupleQException">The template has no variable of a given name.</exception>
    public ChatSession Start(ParseResult parse, LanguageModel model, ChatTemplate template)
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
        return new(model, template, parse.GetValue(_system), new() { Clock = clock, Variables = variables });
    }

    /// <summary>A clock that stands at the start of a day.</summary>
    private sealed class FixedDate(DateOnly date) : TimeProvider
    {
        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

        public override DateTimeOffset GetUtcNow() => new(date, TimeOnly.MinValue, TimeSpan.Zero);
    }
}
