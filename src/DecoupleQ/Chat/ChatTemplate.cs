using System.Text.Json.Nodes;
using DecoupleQ.Chat.Templates.Evaluation;
using DecoupleQ.Chat.Templates.Syntax;
using DecoupleQ.Chat.Templates.Values;
using DecoupleQ.ModelFiles;

namespace DecoupleQ.Chat;

/// <summary>
/// A model's chat template: it turns a conversation into the text that the model was trained on. Templates are Jinja; this runs what a
/// template of one file can use of it, with the settings and functions of transformers, within bounds, and refuses what it does not know by name.
/// </summary>
public sealed class ChatTemplate
{
    // Longer than any template, and parsed in no time.
    private const int LongestTemplate = 1 << 20;

    private readonly TemplateSource _source;
    private readonly IReadOnlyList<Statement> _statements;
    private readonly IReadOnlyDictionary<string, string> _specialTokens;

    internal ChatTemplate(TemplateSource source, IReadOnlyDictionary<string, string> specialTokens)
    {
        if (source.Text.Length > LongestTemplate)
        {
            throw new DecoupleQException($"The template has {source.Text.Length} characters.", source.File, source.Field, $"at most {LongestTemplate}");
        }
        _source = source;
        _specialTokens = specialTokens;
        _statements = TemplateParser.Parse(source, new KnownNames(Filters.Names, Tests.Names));
    }

    /// <summary>The file that it was read from.</summary>
    public string File => _source.File;

    /// <summary>The template itself.</summary>
    internal string Text => _source.Text;

    /// <summary>The text of the token that ends a turn or text (<c>eos_token</c>); null if the model names none.</summary>
    public string? EndToken => _specialTokens.GetValueOrDefault("eos_token");

    /// <summary>Whether <paramref name="name"/> stands in the template as a word: a variable of any other name changes nothing.</summary>
    public bool Mentions(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        string text = _source.Text;
        for (int at = text.IndexOf(name, StringComparison.Ordinal); at >= 0; at = text.IndexOf(name, at + 1, StringComparison.Ordinal))
        {
            int end = at + name.Length;
            if ((at == 0 || !IsWordCharacter(text[at - 1])) && (end == text.Length || !IsWordCharacter(text[end])))
            {
                return true;
            }
        }
        return false;
    }

    /// <summary>Loads the template of a model.</summary>
    /// <param name="model">
    /// A model's folder, with <c>chat_template.jinja</c>, or a <c>chat_template</c> in <c>tokenizer_config.json</c>; or a GGUF file with
    /// <c>tokenizer.chat_template</c>.
    /// </param>
    /// <exception cref="DecoupleQException">There is none, it is damaged, or it asks for what is not supported.</exception>
    public static ChatTemplate Load(string model) => LoadIfThere(model) ?? throw new DecoupleQException(
        "The model has no chat template.", model,
        expected: "chat_template.jinja, or a chat_template in tokenizer_config.json or the GGUF file; models that were not trained to chat have none");

    /// <summary>As <see cref="Load"/>; null if the model has no template.</summary>
    /// <exception cref="DecoupleQException">The template is damaged, or asks for what is not supported.</exception>
    public static ChatTemplate? LoadIfThere(string model) => Found(ChatTemplateFiles.FindIfThere(model));

    /// <summary>
    /// As <see cref="LoadIfThere"/>, for conversations with tools: some models have a template of its own for them, named <c>tool_use</c>, as their other one
    /// does not show tools.
    /// </summary>
    /// <exception cref="DecoupleQException">The template is damaged, or asks for what is not supported.</exception>
    public static ChatTemplate? LoadForToolsIfThere(string model) => Found(ChatTemplateFiles.FindIfThere(model, forTools: true));

    /// <summary>Loads a template from a file of its own, for a model that has none or is to have another.</summary>
    /// <param name="file">The template (Jinja), or a JSON file with a field <c>chat_template</c>.</param>
    /// <param name="model">The model's folder or GGUF file, which names the special tokens.</param>
    /// <exception cref="DecoupleQException">The file cannot be read, is damaged, or asks for what is not supported.</exception>
    public static ChatTemplate LoadFile(string file, string model)
    {
        ChatTemplateText found = ChatTemplateFiles.InFile(file);
        return new ChatTemplate(new TemplateSource(found.Text, found.File, found.Field), ChatTemplateFiles.NamedTokensOf(model));
    }

    /// <summary>Parses the text of a template.</summary>
    /// <param name="text">The text.</param>
    /// <param name="file">The name that errors give it.</param>
    /// <param name="specialTokens">
    /// Texts of special tokens by the names that the template knows them by (<c>bos_token</c>, <c>eos_token</c>); null for none.
    /// </param>
    /// <exception cref="DecoupleQException">The template is malformed, or asks for what is not supported.</exception>
    public static ChatTemplate Parse(string text, string file = "chat template", IReadOnlyDictionary<string, string>? specialTokens = null) =>
        new(new TemplateSource(text, file, null), specialTokens ?? new Dictionary<string, string>());

    /// <summary>The text of a conversation.</summary>
    /// <param name="messages">The conversation.</param>
    /// <param name="options">What else the template is given; the defaults if null.</param>
    /// <exception cref="DecoupleQException">The template fails or does not take the conversation; the message names the file and line.</exception>
    /// <param name="cancellationToken">Ends the work, for which a template may take a second or two at most.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public ChatPrompt Render(
        IReadOnlyList<ChatMessage> messages, ChatTemplateOptions? options = null, CancellationToken cancellationToken = default) =>
        Render(new ListValue([.. messages.Select(Message)]), options ?? new(), cancellationToken);

    /// <summary>The text of a conversation whose messages are given to the template just as they are.</summary>
    /// <param name="messages">Objects, such as <see cref="ConversationJson.Read(string)"/> gives.</param>
    /// <param name="options">What else the template is given; the defaults if null.</param>
    /// <exception cref="DecoupleQException">The template fails or does not take the conversation; the message names the file and line.</exception>
    /// <param name="cancellationToken">Ends the work, for which a template may take a second or two at most.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public ChatPrompt RenderJson(JsonArray messages, ChatTemplateOptions? options = null, CancellationToken cancellationToken = default) =>
        Render(JsonValues.Of(messages, "messages"), options ?? new(), cancellationToken);

    private static ChatTemplate? Found(ChatTemplateText? text) =>
        text is null ? null : new ChatTemplate(new TemplateSource(text.Text, text.File, text.Field), text.NamedTokens);

    private ChatPrompt Render(Value messages, ChatTemplateOptions options, CancellationToken cancellationToken)
    {
        long given = _source.Text.Length;
        var scope = new Scope(Functions.Scope());
        foreach ((string name, string text) in _specialTokens)
        {
            scope.Set(name, TextValue.Of(text));
        }
        Give("messages", messages);
        Give("tools", JsonValues.Of(options.Tools, "tools"));
        scope.Set("documents", NoneValue.Instance);
        scope.Set("add_generation_prompt", BooleanValue.Of(options.AddGenerationPrompt));
        foreach ((string name, JsonNode? value) in options.Variables ?? [])
        {
            Give(name, JsonValues.Of(value, name));
        }
        var run = new TemplateRun(_source, options.Clock.GetLocalNow, given, cancellationToken);
        // Templates may set variables of these names without changing what another rendering is given.
        TextValue prompt = StatementRunner.Render(run, _statements, scope);
        return new ChatPrompt(prompt.Text, [.. prompt.Given.ToArray().Select(stretch => stretch.Start..stretch.End)]);

        void Give(string name, Value value)
        {
            given += Characters(value);
            scope.Set(name, value);
        }
    }

    /// <summary>The characters of the texts of a value, which is no deeper than JSON may be.</summary>
    private static long Characters(Value value) => value switch
    {
        TextValue text => text.Text.Length,
        ListValue list => list.Items.Sum(Characters),
        MappingValue mapping => mapping.Keys.Sum(Characters) + mapping.Values.Sum(Characters),
        _ => 1,
    };

    private static bool IsWordCharacter(char character) => char.IsLetterOrDigit(character) || character == '_';

    private static MappingValue Message(ChatMessage message) => new(
    [
        (TextValue.Of("role"), TextValue.OfGiven(message.Role)),
        (TextValue.Of("content"), TextValue.OfGiven(message.Content)),
        .. ((MappingValue)JsonValues.Of(message.MoreFields ?? [], "message")).Entries,
    ]);
}
