using System.Text.Json.Nodes;

namespace DecoupleQ.Chat.Tools;

/// <summary>
/// How a template writes a call, found by having it write one: what calls look like to the model, and in which of the forms that published templates expect a
/// call is to be given to it.
/// </summary>
internal sealed class CallRendering
{
    // Words that stand in no template.
    private const string Question = "probed question";
    private const string Tool = "probed_tool";
    private const string OtherTool = "other_probed_tool";
    private const string Argument = "probed_argument";
    private const string ShortId = "Probe0001";
    private const string LongId = "call_Probe0001Probe0001";

    private readonly ChatTemplate _template;
    private readonly string _prompt;

    private CallRendering(ChatTemplate template, string prompt)
    {
        _template = template;
        _prompt = prompt;
        foreach (CallForm form in (CallForm[])[new(false, false), new(false, true), new(true, false), new(true, true)])
        {
            if (Render(form, ShortId, Tool) is string answer && answer.Contains(Tool) && answer.Contains($"\"{Argument}\""))
            {
                (Form, Answer) = (form, answer);
                break;
            }
        }
        TakesSeveral = Render(Form, ShortId, Tool, OtherTool)?.Contains(OtherTool) == true;
        TakesAnyId = Answer is null || Render(Form, LongId, Tool) is not null;
    }

    /// <summary>The form that the template takes calls in; the one of transformers if it takes none.</summary>
    public CallForm Form { get; }

    /// <summary>An answer that consists of a call, with what the template writes after it; null if it writes none.</summary>
    public string? Answer { get; }

    /// <summary>Whether an answer may hold several calls.</summary>
    public bool TakesSeveral { get; }

    /// <summary>Whether ids of calls may have any length.</summary>
    public bool TakesAnyId { get; }

    /// <summary>Has a template write a call; null if it does not show tools to the model.</summary>
    /// <exception cref="DecoupleQException">The template fails.</exception>
    public static CallRendering? Of(ChatTemplate template)
    {
        if (!template.Mentions("tools"))
        {
            return null;
        }
        string prompt = template.RenderJson([User()], Options(true)).Text;
        return prompt.Contains(Tool) ? new CallRendering(template, prompt) : null;
    }

    /// <summary>The format of the call.</summary>
    /// <exception cref="DecoupleQException">It is of none that is known.</exception>
    public ToolFormat Format() => (Answer is not null ? FormatOfAnswer(Answer) : FormatOfWords()) ?? throw new DecoupleQException(
        "The template shows tools to the model, but calls are not written in a format that is known.", _template.File,
        expected: $"a template whose calls are written as one of {string.Join(", ", ToolFormat.All)}");

    private static ToolFormat? FormatOfAnswer(string answer)
    {
        if (After(answer, ToolFormat.Mistral.Calls.Trigger) is string listed)
        {
            return listed.StartsWith('[') ? ToolFormat.Mistral : listed.StartsWith(Tool, StringComparison.Ordinal) ? ToolFormat.MistralArguments : null;
        }
        if (After(answer, ToolFormat.Hermes.Calls.Trigger) is string tagged)
        {
            return tagged.StartsWith('{') && tagged.Contains("\"name\"") && tagged.Contains("\"arguments\"") ? ToolFormat.Hermes : null;
        }
        string alone = After(answer, ToolFormat.Llama3.Calls.Trigger) ?? answer.TrimStart();
        return alone.StartsWith('{') && alone.Contains("\"name\"") && alone.Contains("\"parameters\"") ? ToolFormat.Llama3 : null;
    }

    /// <summary>The format that the template tells the model to use, or that it has a marker of, without writing calls itself.</summary>
    private ToolFormat? FormatOfWords()
    {
        if (_template.Text.Contains(ToolFormat.Mistral.Calls.Trigger))
        {
            return _template.Text.Contains(CallReader.ArgumentsMarker) ? ToolFormat.MistralArguments : ToolFormat.Mistral;
        }
        if (After(_prompt, ToolFormat.Hermes.Calls.Trigger) is string tagged)
        {
            return tagged.StartsWith('{') ? ToolFormat.Hermes : null;
        }
        return _prompt.Contains("{\"name\": ") && _prompt.Contains("\"parameters\": dictionary") ? ToolFormat.Llama3 : null;
    }

    private static string? After(string text, string marker) =>
        text.LastIndexOf(marker, StringComparison.Ordinal) is var at and >= 0 ? text[(at + marker.Length)..].TrimStart() : null;

    /// <summary>What the template makes of an answer that calls tools; null if it refuses it.</summary>
    private string? Render(CallForm form, string id, params ReadOnlySpan<string> tools)
    {
        var calls = new JsonArray();
        foreach (string tool in tools)
        {
            calls.Add((JsonNode)form.Call(id, tool, new JsonObject { [Argument] = "probed value" }));
        }
        var message = new JsonObject { ["role"] = ChatMessage.Assistant, ["content"] = form.NoContent(), ["tool_calls"] = calls };
        string text;
        try
        {
            text = _template.RenderJson([User(), message], Options(false)).Text;
        }
        catch (DecoupleQException)
        {
            return null;
        }
        return text.StartsWith(_prompt, StringComparison.Ordinal) ? text[_prompt.Length..]
            : text.LastIndexOf(Question, StringComparison.Ordinal) is var at and >= 0 ? text[(at + Question.Length)..]
            : text;
    }

    private static JsonObject User() => new() { ["role"] = ChatMessage.User, ["content"] = Question };

    private static ChatTemplateOptions Options(bool addGenerationPrompt)
    {
        var parameters = new JsonObject
        {
            ["type"] = "object",
            ["properties"] = new JsonObject { ["word"] = new JsonObject { ["type"] = "string", ["description"] = "A word." } },
        };
        return new() { AddGenerationPrompt = addGenerationPrompt, Tools = [new ChatTool(Tool, "A tool.", parameters).ToJson()] };
    }
}
