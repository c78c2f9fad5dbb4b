using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using DecoupleQ.Chat;
using DecoupleQ.Evaluation.Metrics;
using DecoupleQ.Storage;

namespace DecoupleQ.Evaluation.Tasks;

/// <summary>Reads a line of a task.</summary>
/// <param name="path">The file.</param>
/// <param name="metric">How answers are judged.</param>
/// <param name="options">What the metric takes.</param>
internal sealed class TaskLine(string path, TaskMetric metric, TaskMetricOptions options)
{
    private const string Prompt = "prompt", Messages = "messages", Choices = "choices", Expected = "expected", Tags = "tags", Critical = "critical", Id = "id";

    private const int FewestChoices = 2;

    /// <summary>Reads it.</summary>
    /// <param name="json">A JSON object.</param>
    /// <param name="line">Its number, from 1.</param>
    /// <exception cref="DecoupleQException">It is no item; the file, the line and the field are named.</exception>
    public TaskItem Read(string json, int line)
    {
        try
        {
            JsonElement element = JsonFile.ParseAny(Encoding.UTF8.GetBytes(json), path);
            return element.ValueKind == JsonValueKind.Object
                ? Read(new JsonSection(path, element), line)
                : throw new DecoupleQException("It is no JSON object.", path, expected: "an object with a prompt or messages, and what is expected");
        }
        catch (DecoupleQException error) when (error.File == path)
        {
            throw error.Of(Where(line, error.Field));
        }
    }

    /// <summary>What errors call a field of a line.</summary>
    public static string Where(int line, string? field) => field is null ? $"line {line}" : $"line {line}: {field}";

    private TaskItem Read(JsonSection fields, int line)
    {
        fields.AllowOnly(Prompt, Messages, Choices, Expected, Tags, Critical, Id);
        TaskItem item = Ask(fields, new TaskItem
        {
            Line = line,
            Id = fields.Optional(Id) is JsonSection id ? IdOf(id) : line.ToString(System.Globalization.CultureInfo.InvariantCulture),
            Tags = fields.Optional(Tags) is JsonSection tags ? [.. tags.Items().Select(tag => tag.Text()).Distinct(StringComparer.Ordinal)] : [],
            IsCritical = fields.Flag(Critical) ?? false,
        });
        return metric == TaskMetric.Choice ? Choose(fields, item) : Accept(fields, item);
    }

    // Written as a text or as a number.
    private static string IdOf(JsonSection id) => id.IsText ? id.Text() : id.Count(int.MaxValue).ToString(System.Globalization.CultureInfo.InvariantCulture);

    private TaskItem Ask(JsonSection fields, TaskItem item)
    {
        if (fields.Has(Prompt) == fields.Has(Messages))
        {
            throw new DecoupleQException(
                fields.Has(Prompt) ? "It has both a prompt and messages." : "It has neither a prompt nor messages.", path, expected: "one of them");
        }
        if (fields.Optional(Messages) is JsonSection messages)
        {
            JsonArray conversation = Conversation(messages);
            return conversation.Count > 0 ? item with { Messages = conversation } : throw messages.Error("is an empty list", "at least one message");
        }
        JsonSection prompt = fields.Required(Prompt, "a text");
        string text = prompt.Text();
        if (text.Length == 0)
        {
            throw prompt.Error("is an empty text", "some text");
        }
        if (metric == TaskMetric.Choice && options.Delimiter.Length > 0 && char.IsWhiteSpace(text[^1]))
        {
            throw prompt.Error("ends with white space", "a text that does not, as a blank stands between it and a choice; or --delimiter \"\"");
        }
        return item with { Prompt = text };
    }

    private JsonArray Conversation(JsonSection messages)
    {
        try
        {
            return ConversationJson.Parse(Encoding.UTF8.GetBytes(messages.Json()), path);
        }
        catch (DecoupleQException error)
        {
            throw error.Of(Messages + error.Field);
        }
    }

    private static TaskItem Choose(JsonSection fields, TaskItem item)
    {
        JsonSection choices = fields.Required(Choices, "a list of answers");
        string[] texts =
        [
            .. choices.Items().Select(choice => choice.Text() is { Length: > 0 } text ? text : throw choice.Error("is an empty text", "an answer")),
        ];
        if (texts.Length < FewestChoices)
        {
            throw choices.Error($"has {texts.Length} answers", $"at least {FewestChoices}");
        }
        int right = fields.Required(Expected, "the place of the right choice, from 0").Count(texts.Length - 1);
        return item with { Choices = texts, RightChoice = right };
    }

    private TaskItem Accept(JsonSection fields, TaskItem item)
    {
        if (fields.Optional(Choices) is JsonSection choices)
        {
            throw choices.Error("is for the metric choice alone", "no choices, or that metric");
        }
        string what = metric switch
        {
            TaskMetric.JsonFields => "an object",
            TaskMetric.Number => "a number or a list of numbers",
            _ => "a text or a list of texts",
        };
        JsonSection expected = fields.Required(Expected, what);
        if (metric == TaskMetric.JsonFields)
        {
            JsonElement fieldsOfAnswer = JsonElement.Parse(expected.Json());
            return item with { Accepted = [expected.Json()], Judge = expected.Guard(() => new JsonFieldsMetric(fieldsOfAnswer)) };
        }
        string[] accepted = expected.IsList ? [.. expected.Items().Select(one => Text(one, what))] : [Text(expected, what)];
        return accepted.Length > 0
            ? item with { Accepted = accepted, Judge = expected.Guard(() => MetricOf(accepted)) }
            : throw expected.Error("is an empty list", what);
    }

    private string Text(JsonSection value, string what) =>
        value.IsText ? value.Text() : metric == TaskMetric.Number && value.IsNumber ? value.Json() : throw value.Unexpected(what);

    private TextMetric MetricOf(string[] accepted) => metric switch
    {
        TaskMetric.Exact => new ExactMetric(accepted),
        TaskMetric.Contains => new ContainsMetric(accepted),
        TaskMetric.Regex => new RegexMetric(accepted),
        TaskMetric.Number => new NumberMetric(accepted, options.Tolerance),
        TaskMetric.RougeL => new RougeLMetric(accepted, options.RightFrom),
        _ => throw new InvalidOperationException($"{metric} judges no texts."),
    };
}
