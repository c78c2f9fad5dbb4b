namespace DecoupleQ.Chat.Tools;

/// <summary>How a family of models writes the calls of tools in its answers: one home for what writes, enforces and reads them.</summary>
public sealed class ToolFormat
{
    private const string Llama3Tag = "<|python_tag|>";
    private const string MistralCalls = "[TOOL_CALLS]";

    /// <summary>
    /// Hermes, Qwen 2.5, Qwen 3 and others: <c>&lt;tool_call&gt;</c>, an object of name and arguments, <c>&lt;/tool_call&gt;</c>, for each call; text may stand
    /// before.
    /// </summary>
    public static ToolFormat Hermes { get; } = new("hermes", new CallSyntax("{\"name\": \"", "\", \"arguments\": ")
    {
        Trigger = "<tool_call>",
        Markers = ["<tool_call>", "</tool_call>"],
        Before = "<tool_call>\n",
        Between = "\n</tool_call>\n<tool_call>\n",
        After = "\n</tool_call>",
        Closing = "}",
    })
    {
        CallEnd = "</tool_call>",
        MayLackArguments = true,
    };

    /// <summary>
    /// Llama 3.1, 3.2 and 3.3 with functions of one's own: the answer is an object of name and parameters, perhaps after <c>&lt;|python_tag|&gt;</c>; several
    /// have <c>; </c> between them.
    /// </summary>
    public static ToolFormat Llama3 { get; } = new("llama3", new CallSyntax("{\"name\": \"", "\", \"parameters\": ")
    {
        Trigger = Llama3Tag,
        StandsAlone = true,
        Markers = [Llama3Tag],
        Before = "",
        Between = "; ",
        After = "",
        Closing = "}",
    })
    {
        Separator = ";",
        ArgumentKeys = ["parameters", "arguments"],
    };

    /// <summary>Mistral's models up to the tokenizer's version 7: <c>[TOOL_CALLS]</c> and a list of objects of name and arguments.</summary>
    public static ToolFormat Mistral { get; } = new("mistral", new CallSyntax("{\"name\": \"", "\", \"arguments\": ")
    {
        Trigger = MistralCalls,
        Markers = [MistralCalls],
        Before = MistralCalls + "[",
        Between = ", ",
        After = "]",
        Closing = "}",
    })
    {
        ReadsLists = true,
        ReadsNames = true,
        MayLackArguments = true,
    };

    /// <summary>Mistral's models from version 11 on: <c>[TOOL_CALLS]</c>, the name, <c>[ARGS]</c> and the arguments, for each call.</summary>
    public static ToolFormat MistralArguments { get; } = new("mistral-args", new CallSyntax("", CallReader.ArgumentsMarker)
    {
        Trigger = MistralCalls,
        Markers = [MistralCalls, CallReader.ArgumentsMarker],
        Before = MistralCalls,
        Between = MistralCalls,
        After = "",
        Closing = "",
    })
    {
        ReadsLists = true,
        ReadsNames = true,
        MayLackArguments = true,
    };

    private ToolFormat(string name, CallSyntax calls) => (Name, Calls) = (name, calls);

    /// <summary>All formats.</summary>
    public static IReadOnlyList<ToolFormat> All { get; } = [Hermes, Llama3, Mistral, MistralArguments];

    /// <summary>The format's name, such as "hermes".</summary>
    public string Name { get; }

    /// <summary>How calls are written.</summary>
    public CallSyntax Calls { get; }

    /// <summary>What may follow each call and ends it; null for nothing.</summary>
    internal string? CallEnd { get; private init; }

    /// <summary>What may stand between two calls that have no marker of their own; null for nothing.</summary>
    internal string? Separator { get; private init; }

    /// <summary>The keys that arguments may have, of which a call has one.</summary>
    internal IReadOnlyList<string> ArgumentKeys { get; private init; } = ["arguments", "parameters"];

    /// <summary>Whether an object with a name alone is a call, of a function without parameters.</summary>
    internal bool MayLackArguments { get; private init; }

    /// <summary>Whether the trigger may be followed by a list of calls.</summary>
    internal bool ReadsLists { get; private init; }

    /// <summary>Whether the trigger may be followed by a name outside of JSON.</summary>
    internal bool ReadsNames { get; private init; }

    /// <summary>The format of a name.</summary>
    /// <exception cref="DecoupleQException">There is none of this name.</exception>
    public static ToolFormat Named(string name) => All.FirstOrDefault(format => format.Name == name)
        ?? throw new DecoupleQException($"There is no tool format '{name}'.", expected: string.Join(", ", All.Select(format => format.Name)));

    /// <summary>The format that a template's model writes calls in, told from how the template writes one.</summary>
    /// <param name="template">The template.</param>
    /// <returns>Null if the template does not show tools to the model.</returns>
    /// <exception cref="DecoupleQException">The template fails, or what calls look like is none of <see cref="All"/>.</exception>
    public static ToolFormat? Of(ChatTemplate template)
    {
        ArgumentNullException.ThrowIfNull(template);
        return CallRendering.Of(template)?.Format();
    }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
