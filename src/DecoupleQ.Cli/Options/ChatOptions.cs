using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using DecoupleQ.Chat;
using DecoupleQ.Models;
using DecoupleQ.Storage;

namespace DecoupleQ.Cli.Options;

/// <summary>The options that say what stands before a conversation.</summary>
internal sealed class ChatOptions
{
    // What templates ask for the date by.
    private const string DateFunction = "strftime_now";

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
    /// <param name="parse">The command line.</param>
    /// <param name="template">The template.</param>
    /// <param name="today">The date that it is told if none is given; null for that of the moment when it asks.</param>
    /// <exception cref="DecoupleQException">The template has no variable of a given name.</exception>
    public ChatTemplateOptions TemplateOptions(ParseResult parse, ChatTemplate template, DateOnly? today = null)
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
        TimeProvider clock = (parse.GetValue(_date) ?? today) is DateOnly date ? new FixedDate(date) : TimeProvider.System;
        return new() { Clock = clock, Variables = variables };
    }

    /// <summary>The option of the date with a date, as words of a command line: of a template that asks for it, where none is given; else none.</summary>
    public IReadOnlyList<string> DateWords(ParseResult parse, ChatTemplate template, DateOnly today) =>
        parse.GetValue(_date) is null && template.Mentions(DateFunction)
            ? [_date.Name, today.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)]
            : [];

    /// <summary>What is in the template's file, if one is given: SHA-256, in hexadecimal digits; else nothing.</summary>
    /// <exception cref="DecoupleQException">It cannot be read.</exception>
    public string TemplateDigest(ParseResult parse) =>
        parse.GetValue(_template) is string file ? Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(TextFile.Read(file)))) : "";

    /// <summary>A clock that stands at the start of a day.</summary>
    private sealed class FixedDate(DateOnly date) : TimeProvider
    {
        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

        public override DateTimeOffset GetUtcNow() => new(date, TimeOnly.MinValue, TimeSpan.Zero);
    }
}
