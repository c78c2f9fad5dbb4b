using System.Text;
using DecoupleQ.Evaluation.Tasks;
using DecoupleQ.Testing;

namespace DecoupleQ.Tests.Evaluation.Tasks;

public sealed class EvaluationTaskTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void A_line_is_read_with_all_its_fields()
    {
        EvaluationTask task = Read(
            TaskMetric.Contains,
            "\uFEFF{\"prompt\": \"A\", \"expected\": \"a\"}\r",
            "",
            """{"id": "second", "messages": [{"role": "user", "content": "B"}], "expected": ["b", "c"], "tags": ["x", "y", "x"], "critical": true}""",
            """{"id": 7, "prompt": "C", "expected": "d", "tags": null, "critical": null, "choices": null}""");
        Assert.Equal([(1, "1"), (3, "second"), (4, "7")], task.Items.Select(item => (item.Line, item.Id)));
        Assert.Equal("A", task.Items[0].Prompt);
        Assert.Equal("B", (string?)task.Items[1].Messages![0]!["content"]);
        Assert.Equal(["b", "c"], task.Items[1].Accepted);
        Assert.Equal(["x", "y"], task.Items[1].Tags);
        Assert.Equal([false, true, false], task.Items.Select(item => item.IsCritical));
        Assert.Empty(task.Items[2].Tags);
    }

    [Fact]
    public void Choices_have_the_place_of_the_right_one()
    {
        EvaluationTask task = Read(TaskMetric.Choice, """{"prompt": "A", "choices": ["a", "b", "c"], "expected": 2}""");
        Assert.Equal(["a", "b", "c"], task.Items[0].Choices);
        Assert.Equal(2, task.Items[0].RightChoice);
    }

    [Fact]
    public void Numbers_may_be_numbers_and_fields_are_an_object()
    {
        Assert.Equal(["1e3", "7"], Read(TaskMetric.Number, """{"prompt": "A", "expected": [1e3, "7"]}""").Items[0].Accepted);
        Assert.Equal(["42"], Read(TaskMetric.Number, """{"prompt": "A", "expected": 42}""").Items[0].Accepted);
        Assert.Equal(["""{"a": [1]}"""], Read(TaskMetric.JsonFields, """{"prompt": "A", "expected": {"a": [1]}}""").Items[0].Accepted);
    }

    [Theory]
    [InlineData(TaskMetric.Contains, """{"prompt": "A", "expected": "a", "tag": "x"}""", "line 2: tag: The field is not known. (expected: only prompt, messag")]
    [InlineData(TaskMetric.Contains, """{"expected": "a"}""", "line 2: It has neither a prompt nor messages. (expected: one of them)")]
    [InlineData(TaskMetric.Contains, """{"prompt": "A", "messages": [], "expected": "a"}""", "line 2: It has both a prompt and messages.")]
    [InlineData(TaskMetric.Contains, """{"prompt": "", "expected": "a"}""", "line 2: prompt: The value is an empty text.")]
    [InlineData(TaskMetric.Contains, """{"prompt": 3, "expected": "a"}""", "line 2: prompt: The value is 3. (expected: a text)")]
    [InlineData(TaskMetric.Contains, """{"messages": [], "expected": "a"}""", "line 2: messages: The value is an empty list.")]
    [InlineData(TaskMetric.Contains, """{"messages": [{"content": "B"}], "expected": "a"}""", "line 2: messages[0]: The message has no role that is a text.")]
    [InlineData(TaskMetric.Contains, """{"messages": "B", "expected": "a"}""", "line 2: messages: The JSON is no array.")]
    [InlineData(TaskMetric.Contains, """{"prompt": "A"}""", "line 2: expected: The field is missing. (expected: a text or a list of texts)")]
    [InlineData(TaskMetric.Contains, """{"prompt": "A", "expected": 3}""", "line 2: expected: The value is 3. (expected: a text or a list of texts)")]
    [InlineData(TaskMetric.Contains, """{"prompt": "A", "expected": []}""", "line 2: expected: The value is an empty list.")]
    [InlineData(TaskMetric.Contains, """{"prompt": "A", "expected": ["a", 3]}""", "line 2: expected[1]: The value is 3.")]
    [InlineData(TaskMetric.Contains, """{"prompt": "A", "expected": ["a", " "]}""", "line 2: expected: A text is empty.")]
    [InlineData(TaskMetric.Contains, """{"prompt": "A", "expected": "a", "choices": ["a", "b"]}""", "line 2: choices: The value is for the metric choice alon")]
    [InlineData(TaskMetric.Contains, """{"prompt": "A", "expected": "a", "tags": "x"}""", "line 2: tags: The value is \"x\". (expected: an array)")]
    [InlineData(TaskMetric.Contains, """{"prompt": "A", "expected": "a", "tags": [1]}""", "line 2: tags[0]: The value is 1. (expected: a text)")]
    [InlineData(TaskMetric.Contains, """{"prompt": "A", "expected": "a", "critical": 1}""", "line 2: critical: The value is 1. (expected: true or false)")]
    [InlineData(TaskMetric.Contains, """{"prompt": "A", "expected": "a", "id": true}""", "line 2: id: The value is true.")]
    [InlineData(TaskMetric.Contains, """{"prompt": "A", "expected": "a", "id": "first"}""", "line 2: id: 'first' is that of line 1 too.")]
    [InlineData(TaskMetric.Contains, """{"prompt": "A", "prompt": "B", "expected": "a"}""", "line 2: The file is not valid JSON: ")]
    [InlineData(TaskMetric.Contains, """{"prompt": "A", "expected": "a"} x""", "line 2: The file is not valid JSON: ")]
    [InlineData(TaskMetric.Contains, "[]", "line 2: It is no JSON object.")]
    [InlineData(TaskMetric.Regex, """{"prompt": "A", "expected": "("}""", "line 2: expected: It is no pattern: ")]
    [InlineData(TaskMetric.Regex, """{"prompt": "A", "expected": ["a", "(?=a)"]}""", "line 2: expected: The pattern is too large, or needs backtracking.")]
    [InlineData(TaskMetric.Number, """{"prompt": "A", "expected": "many"}""", "line 2: expected: 'many' is no number. (expected: a number by itself, ")]
    [InlineData(TaskMetric.RougeL, """{"prompt": "A", "expected": "--"}""", "line 2: expected: A text has no words.")]
    [InlineData(TaskMetric.JsonFields, """{"prompt": "A", "expected": "{}"}""", "line 2: expected: There are no fields. (expected: a JSON object ")]
    [InlineData(TaskMetric.JsonFields, """{"prompt": "A", "expected": {}}""", "line 2: expected: There are no fields.")]
    [InlineData(TaskMetric.Choice, """{"prompt": "A", "expected": 0}""", "line 2: choices: The field is missing. (expected: a list of answers)")]
    [InlineData(TaskMetric.Choice, """{"prompt": "A", "choices": ["a"], "expected": 0}""", "line 2: choices: The value has 1 answers. (expected: at least 2)")]
    [InlineData(TaskMetric.Choice, """{"prompt": "A", "choices": ["a", ""], "expected": 0}""", "line 2: choices[1]: The value is an empty text.")]
    [InlineData(TaskMetric.Choice, """{"prompt": "A", "choices": ["a", "b"], "expected": 2}""", "line 2: expected: The value is 2. (expected: a whole number ")]
    [InlineData(TaskMetric.Choice, """{"prompt": "A", "choices": ["a", "b"], "expected": "a"}""", "line 2: expected: The value is \"a\".")]
    [InlineData(TaskMetric.Choice, """{"prompt": "A", "choices": ["a", "b"]}""", "line 2: expected: The field is missing. (expected: the place of the right c")]
    [InlineData(TaskMetric.Choice, """{"prompt": "A ", "choices": ["a", "b"], "expected": 0}""", "line 2: prompt: The value ends with white space.")]
    public void A_line_that_is_no_item_is_refused_with_its_file_and_number(TaskMetric metric, string line, string error)
    {
        string good = metric switch
        {
            TaskMetric.Choice => """{"id": "first", "prompt": "A", "choices": ["a", "b"], "expected": 1}""",
            TaskMetric.JsonFields => """{"id": "first", "prompt": "A", "expected": {"a": 1}}""",
            _ => """{"id": "first", "prompt": "A", "expected": "1"}""",
        };
        DecoupleQException thrown = Assert.Throws<DecoupleQException>(() => Read(metric, good, line));
        Assert.StartsWith($"{_folder.File("task.jsonl")}: {error}", thrown.Message);
        Assert.Equal(_folder.File("task.jsonl"), thrown.File);
        Assert.StartsWith("line 2", thrown.Field);
    }

    [Fact]
    public void Without_a_blank_between_a_prompt_may_end_with_one()
    {
        string path = Write("""{"prompt": "A ", "choices": ["a", "b"], "expected": 0}""");
        Assert.Equal("A ", EvaluationTask.Read(path, TaskMetric.Choice, new() { Delimiter = "" }).Items[0].Prompt);
    }

    [Theory]
    [InlineData(-0.1, 0.5)]
    [InlineData(1.1, 0.5)]
    [InlineData(double.NaN, 0.5)]
    [InlineData(0, 0)]
    [InlineData(0, 1.1)]
    public void Options_out_of_range_are_refused(double tolerance, double rightFrom)
    {
        string path = Write("""{"prompt": "A", "expected": "1"}""");
        Assert.Throws<DecoupleQException>(() => EvaluationTask.Read(path, TaskMetric.Number, new() { Tolerance = tolerance, RightFrom = rightFrom }));
        Assert.Throws<DecoupleQException>(() => EvaluationTask.Read(path, (TaskMetric)99));
    }

    [Fact]
    public void An_empty_file_is_refused() =>
        Assert.Contains("The file has no items.", Assert.Throws<DecoupleQException>(() => Read(TaskMetric.Exact, " ", "")).Message);

    [Fact]
    public void A_part_keeps_lines_and_order()
    {
        string[] lines = [.. Enumerable.Range(0, 9).Select(i => $$"""{"prompt": "A", "expected": "{{i}}"}""")];
        EvaluationTask part = Read(TaskMetric.Exact, lines).Where(item => item.Line % 4 == 0);
        Assert.Equal([4, 8], part.Items.Select(item => item.Line));
        Assert.Throws<ArgumentException>(() => part.Where(_ => false));
    }

    [Fact]
    public void The_samples_are_tasks()
    {
        Assert.Equal(24, EvaluationTask.Read(Path.Combine(Paths.Samples, "tasks", "continuations.jsonl"), TaskMetric.Choice).Items.Count);
        EvaluationTask questions = EvaluationTask.Read(Path.Combine(Paths.Samples, "tasks", "questions.jsonl"), TaskMetric.Contains);
        Assert.Contains(questions.Items, item => item.IsCritical);
    }

    public void Dispose() => _folder.Dispose();

    private EvaluationTask Read(TaskMetric metric, params string[] lines) => EvaluationTask.Read(Write(lines), metric);

    private string Write(params string[] lines)
    {
        string path = _folder.File("task.jsonl");
        File.WriteAllText(path, string.Join('\n', lines), new UTF8Encoding(false));
        return path;
    }
}
