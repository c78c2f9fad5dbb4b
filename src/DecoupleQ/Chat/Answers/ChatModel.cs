using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using DecoupleQ.Chat.Tools;
using DecoupleQ.Generation;
using DecoupleQ.Grammars;
using DecoupleQ.Models;

namespace DecoupleQ.Chat.Answers;

/// <summary>A model that answers conversations: with tools, formats and reasoning, as far as its templates go. Safe for any number of threads.</summary>
public sealed class ChatModel
{
    // As many sets of tools and formats as an application has at once.
    private const int MostGrammars = 64;

    private readonly Templated _plain;
    private readonly Templated _withTools;
    private readonly Lazy<GrammarVocabulary> _vocabulary;
    private readonly ConcurrentDictionary<string, Grammar> _grammars = new(StringComparer.Ordinal);

    /// <summary>Finds out what the templates can.</summary>
    /// <param name="model">The model; it is not disposed.</param>
    /// <param name="template">Its chat template.</param>
    /// <param name="toolTemplate">The template for conversations with tools; null for the same.</param>
    public ChatModel(LanguageModel model, ChatTemplate template, ChatTemplate? toolTemplate = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(template);
        Model = model;
        _plain = new Templated(model, template);
        _withTools = toolTemplate is null ? _plain : new Templated(model, toolTemplate);
        _vocabulary = new(() => new GrammarVocabulary(model.Tokenizer, _withTools.EndIds.Union(_plain.EndIds)));
    }

    /// <summary>The model.</summary>
    public LanguageModel Model { get; }

    /// <summary>Whether it can be told of tools.</summary>
    public bool TakesTools => _withTools.Transcript.ShowsTools;

    /// <summary>Finds the templates of a model, and out what they can.</summary>
    /// <param name="model">The model; it is not disposed.</param>
    /// <param name="chatTemplate">A file with a template in the place of the model's own; null for those.</param>
    /// <param name="toolTemplate">A file with a template for conversations with tools; null for the model's.</param>
    /// <returns>Null if the model has no template, and none is given.</returns>
    /// <exception cref="DecoupleQException">A file is missing, or is no template.</exception>
    public static ChatModel? LoadIfThere(LanguageModel model, string? chatTemplate = null, string? toolTemplate = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ChatTemplate? template = chatTemplate is string file ? ChatTemplate.LoadFile(file, model.Path) : ChatTemplate.LoadIfThere(model.Path);
        ChatTemplate? tools = toolTemplate is string other ? ChatTemplate.LoadFile(other, model.Path)
            : chatTemplate is null ? ChatTemplate.LoadForToolsIfThere(model.Path)
            : null;
        return (template ?? tools) is ChatTemplate any ? new ChatModel(model, any, tools) : null;
    }

    /// <summary>Whether one of its templates mentions a variable: one of any other name changes nothing.</summary>
    /// <param name="variable">The variable's name, such as <c>enable_thinking</c>.</param>
    public bool Mentions(string variable) => _plain.Template.Mentions(variable) || _withTools.Template.Mentions(variable);

    /// <summary>Makes a question ready to be answered.</summary>
    /// <param name="question">The question.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="DecoupleQException">
    /// The template does not take the conversation or shows no tools, a schema cannot be honoured, or options do not go together.
    /// </exception>
    public ChatTurn Prepare(ChatQuestion question, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(question);
        Check(question);
        bool calls = question.Tools.Count > 0 && question.ToolChoice.Kind != ToolChoiceKind.None;
        // What was called before is shown by the template for tools, too.
        bool called = question.Messages.Any(message => message?["tool_calls"] is JsonArray { Count: > 0 } || (string?)message?["role"] == "tool");
        Templated templated = calls || called ? _withTools : _plain;
        ToolFormat? format = calls ? templated.Format() : null;
        ChatPrompt prompt = templated.Template.RenderJson(
            templated.Transcript.Messages(question.Messages),
            new ChatTemplateOptions { Tools = calls ? ChatTool.ToJson(question.Tools) : null, Variables = question.TemplateVariables, Clock = question.Clock },
            cancellationToken);
        bool inReasoning = OpenReasoning.IsAtEndOf(prompt);
        bool several = question.ParallelToolCalls && templated.Transcript.TakesSeveralCalls;
        GenerationOptions options = question.Options with { EndIds = [.. question.Options.EndIds, .. templated.EndIds] };
        Grammar? grammar = format is null && question.Format is null ? null : GrammarOf(question, format, several, inReasoning);
        GrammarVocabulary? vocabulary = grammar is null ? null : _vocabulary.Value;
        var reading = new AnswerReaderOptions
        {
            Format = format, Tools = calls ? question.Tools : null, ReasoningIsOpen = inReasoning, CallsAreHeld = format is not null,
        };
        IReadOnlyList<int> ids = prompt.Encode(Model.Tokenizer, cancellationToken);
        return new ChatTurn(prompt, ids, () => new ChatAnswer(
            grammar is null ? options : options with { Constraint = grammar.Constrain(vocabulary!) }, new AnswerReader(reading, Model.Tokenizer)));
    }

    private static void Check(ChatQuestion question)
    {
        if (question.Options.Constraint is not null && (question.Format is not null || question.Tools.Count > 0))
        {
            throw new DecoupleQException(
                "A constraint goes with neither tools nor a format.", field: nameof(GenerationOptions.Constraint), expected: "one of them");
        }
        if (question.Tools.GroupBy(tool => tool.Name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { Key: string twice })
        {
            throw new DecoupleQException($"Two tools are called '{twice}'.", field: "tools", expected: "names of their own");
        }
        if (question.ToolChoice.Kind == ToolChoiceKind.Required && question.Tools.Count == 0)
        {
            throw new DecoupleQException("There are no tools.", field: "tool_choice", expected: "tools beside it");
        }
        if (question.ToolChoice.Name is string name && question.Tools.All(tool => tool.Name != name))
        {
            throw new DecoupleQException(
                $"There is no tool '{name}'.", field: "tool_choice", expected: string.Join(", ", question.Tools.Select(tool => tool.Name)));
        }
    }

    // Compiled once for all questions with the same tools; what a format is held to is compiled already, so that only tools are worth it.
    private Grammar? GrammarOf(ChatQuestion question, ToolFormat? format, bool several, bool inReasoning)
    {
        if (format is null && !inReasoning)
        {
            return question.Format;
        }
        if (question.Format is not null)
        {
            return CallGrammar.Of(question, format?.Calls, several, inReasoning);
        }
        string key = $"{format} {several} {inReasoning} {question.ToolChoice} {ChatTool.ToJson(question.Tools).ToJsonString()}";
        if (_grammars.TryGetValue(key, out Grammar? known))
        {
            return known;
        }
        Grammar? made = CallGrammar.Of(question, format?.Calls, several, inReasoning);
        if (made is not null)
        {
            if (_grammars.Count >= MostGrammars)
            {
                _grammars.Clear();
            }
            _grammars[key] = made;
        }
        return made;
    }

    /// <summary>A template, and what is known of it.</summary>
    private sealed class Templated
    {
        private readonly Lazy<ToolFormat?> _format;

        public Templated(LanguageModel model, ChatTemplate template)
        {
            Template = template;
            Transcript = new ToolTranscript(template);
            EndIds = [.. model.EndIds];
            if (template.EndToken is string end && model.Tokenizer.IdOf(end) is int id)
            {
                EndIds.Add(id);
            }
            _format = new(() => ToolFormat.Of(template));
        }

        public ChatTemplate Template { get; }

        public ToolTranscript Transcript { get; }

        public HashSet<int> EndIds { get; }

        public ToolFormat Format() => _format.Value ?? throw new DecoupleQException(
            "The chat template does not show tools to the model, so that it could call none.", Template.File, "tools",
            "a template that does, such as --tool-template gives one");
    }
}
