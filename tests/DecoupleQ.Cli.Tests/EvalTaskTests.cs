using System.Diagnostics;
using System.Text.Json;
using DecoupleQ.Testing;

namespace DecoupleQ.Cli.Tests;

public sealed class EvalTaskTests(PackedModel packed) : IClassFixture<PackedModel>
{
    private static readonly string Continuations = Path.Combine(Paths.Samples, "tasks", "continuations.jsonl");
    private static readonly string Questions = Path.Combine(Paths.Samples, "tasks", "questions.jsonl");
    private static readonly string Template = Path.Combine(Paths.Samples, "chat", "tale.jinja");

    [Fact]
    public void Choices_of_two_models_are_compared()
    {
        JsonElement result = Tool.Run(
            "eval", packed.Folder, "--task", Continuations, "--metric", "choice", "--against", Paths.Model, "--json").Expect(0).Json();
        Assert.Equal("choice", result.GetProperty("metric").GetString());
        JsonElement against = result.GetProperty("against");
        JsonElement[] own = [.. result.GetProperty("results").EnumerateArray()], dense = [.. against.GetProperty("results").EnumerateArray()];
        Assert.Equal((24, 24), (own.Length, dense.Length));
        int Right(JsonElement[] results) => results.Count(item => item.GetProperty("right").GetBoolean());
        Assert.Equal((Right(own), Right(dense)), (result.GetProperty("right").GetInt32(), against.GetProperty("right").GetInt32()));
        Assert.Equal(Right(own) / 24.0, result.GetProperty("accuracy").GetProperty("value").GetDouble(), 1e-12);
        int lost = against.GetProperty("lost").GetInt32(), gained = against.GetProperty("gained").GetInt32();
        Assert.Equal(Right(own) - Right(dense), gained - lost);
        Assert.Equal((Right(own) - Right(dense)) / 24.0, against.GetProperty("difference").GetProperty("value").GetDouble(), 1e-12);
        foreach ((JsonElement item, JsonElement other) in own.Zip(dense))
        {
            double[] logs = [.. item.GetProperty("logLikelihoods").EnumerateArray().Select(sum => sum.GetDouble())];
            Assert.Equal(Array.IndexOf(logs, logs.Max()), item.GetProperty("best").GetInt32());
            Assert.Equal(item.GetProperty("best").GetInt32() == item.GetProperty("expected").GetInt32(), item.GetProperty("right").GetBoolean());
            // One block of two bits is enough for that.
            Assert.NotEqual(logs, other.GetProperty("logLikelihoods").EnumerateArray().Select(sum => sum.GetDouble()));
            Assert.False(item.TryGetProperty("answer", out _));
        }
        JsonElement tag = Assert.Single(result.GetProperty("tags").EnumerateArray());
        Assert.Equal(("books", 24), (tag.GetProperty("tag").GetString(), tag.GetProperty("items").GetInt32()));
    }

    [Fact]
    public void A_model_beside_itself_has_no_flips()
    {
        JsonElement result = Tool.Run(
            "eval", Paths.Model, "--task", Questions, "--metric", "contains", "--against", Paths.Model, "--chat-template", Template, "-n", "6", "--json")
            .Expect(0).Json();
        JsonElement against = result.GetProperty("against");
        Assert.Equal((0, 0), (against.GetProperty("lost").GetInt32(), against.GetProperty("gained").GetInt32()));
        Assert.Equal(1, against.GetProperty("pValue").GetDouble());
        Assert.Empty(against.GetProperty("changes").EnumerateArray());
        Assert.Equal(0, against.GetProperty("difference").GetProperty("value").GetDouble());
        JsonElement critical = Assert.Single(result.GetProperty("results").EnumerateArray(), item => item.GetProperty("critical").GetBoolean());
        Assert.Equal("dose", critical.GetProperty("id").GetString());
        Assert.Equal((6, true), (critical.GetProperty("tokens").GetInt32(), critical.GetProperty("truncated").GetBoolean()));
        Assert.Equal(1, against.GetProperty("critical").GetProperty("items").GetInt32());
    }

    [Fact]
    public void Without_json_tables_are_printed_and_answers_that_differ()
    {
        using TemporaryFolder folder = new();
        string task = folder.Write(
            "task.jsonl",
            string.Concat(Enumerable.Range(1, 4).Select(i => $$"""
                {"id": "q{{i}}", "prompt": "{{string.Concat(Enumerable.Repeat("He went to sea. ", i)).Trim()}}", "expected": "[a-z]", "tags": ["sea"]}

                """)));
        string alone = Tool.Run("eval", Paths.Model, "--task", task, "--metric", "regex", "-n", "8").Expect(0).Output;
        Assert.Matches(@"Task, regex +Value ", alone);
        Assert.Matches(@"accuracy +100\.0 % \(51\.0 % to 100\.0 %\)", alone);
        Assert.Matches(@"sea +4 +100\.0 %", alone);
        string both = Tool.Run("eval", packed.Folder, "--task", task, "--metric", "regex", "-n", "8", "--against", Paths.Model).Expect(0).Output;
        Assert.Matches(@"Task, regex +Dense +Model +Difference ", both);
        Assert.Matches(@"lost and gained +- +- +-0, \+0", both);
        Assert.Matches(@"p-value \(McNemar\) +- +- +1\.0000", both);
        Assert.Matches(@"(?m)^other answer: q\d.*\n  dense: .+\n  model: .+$", both);
    }

    [Fact]
    public void Scores_between_right_and_wrong_have_a_mean_and_a_limit()
    {
        using TemporaryFolder folder = new();
        string task = folder.Write("task.jsonl", """{"prompt": "Once upon a time there was", "expected": "a man of the house and the old man"}""" + "\n");
        JsonElement Run(string limit) => Tool.Run(
            "eval", Paths.Model, "--task", task, "--metric", "rouge-l", "--right-from", limit, "-n", "12", "--json").Expect(0).Json();
        JsonElement low = Run("0.01"), high = Run("1");
        double score = low.GetProperty("score").GetProperty("value").GetDouble();
        Assert.InRange(score, 0.05, 0.95);
        Assert.Equal(score, low.GetProperty("results")[0].GetProperty("score").GetDouble());
        Assert.Equal((1, 0), (low.GetProperty("right").GetInt32(), high.GetProperty("right").GetInt32()));
        Assert.Equal(score, high.GetProperty("score").GetProperty("value").GetDouble());
    }

    [Fact]
    public void A_task_tells_of_its_progress_in_words_and_events()
    {
        string[] arguments = ["eval", Paths.Model, "--task", Continuations, "--metric", "choice", "--json"];
        Assert.Matches(@"(?m)^the model: question 24 of 24, \d+ right so far, about 0 s left$", Tool.Run(arguments).Expect(0).Error);
        string[] lines = Tool.Run([.. arguments, "--progress", "json"]).Expect(0).Error.TrimEnd('\n').Split('\n');
        JsonElement[] events = [.. lines.Select(line => JsonElement.Parse(line))];
        Assert.Equal(["started", .. Enumerable.Repeat("progress", 24), "finished"], events.Select(line => line.GetProperty("event").GetString()));
        Assert.Equal(Enumerable.Range(1, 24), events[1..^1].Select(line => line.GetProperty("items").GetInt32()));
        Assert.Equal((24, 1.0), (events[^2].GetProperty("totalItems").GetInt32(), events[^2].GetProperty("fraction").GetDouble()));
        Assert.Equal(events[^2].GetProperty("right").GetInt32(), events[^1].GetProperty("right").GetInt32());
    }

    [Fact]
    public void A_task_comes_from_standard_input_too()
    {
        using Process process = Tool.Start("eval", Paths.Model, "--task", "-", "--metric", "number", "--json", "-n", "4");
        process.StandardInput.WriteLine("""{"prompt": "One and one is", "expected": 2}""");
        process.StandardInput.WriteLine("""{"prompt": "One and two is", "expected": "three"}""");
        process.StandardInput.Close();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(1, process.ExitCode);
        Assert.Contains("standard input: line 2: expected: 'three' is no number.", output);
    }

    [Fact]
    public void A_line_that_is_no_item_is_named()
    {
        using TemporaryFolder folder = new();
        string task = folder.Write("task.jsonl", "{\"prompt\": \"A\", \"expected\": \"a\"}\n{\"prompt\": \"A\", \"expected\": \"a\", \"weight\": 2}\n");
        Assert.StartsWith(
            $"decoupleq: {task}: line 2: weight: The field is not known. (expected: only prompt, ",
            Tool.Run("eval", Paths.Model, "--task", task, "--metric", "exact").Expect(1).OneLine());
        Assert.Contains("no chat template", Tool.Run("eval", Paths.Model, "--task", Questions, "--metric", "contains").Expect(1).OneLine());
        string[] arguments = ["eval", Paths.Model, "--task", Questions, "--metric", "contains", "--chat-template", Template, "--template-var", "mood=1"];
        Assert.Contains("does not mention 'mood'", Tool.Run(arguments).Expect(1).OneLine());
    }

    [Theory]
    [InlineData("", "--text: It does not say what is evaluated. (expected: --text FILE, or --task FILE and --metric)")]
    [InlineData("--task f", "--metric: It does not say how answers are judged. (expected: exact, contains, choice, regex, number, rouge-l or json-fields)")]
    [InlineData("--task f --metric bleu", "--metric: 'bleu' cannot be used. (expected: exact, contains, choice, regex, number, rouge-l or json-fields)")]
    [InlineData("--task f --metric exact --text g", "--text: It is about a text, and there is a task. (expected: no --task beside it)")]
    [InlineData("--task f --metric exact --max-windows 3", "--max-windows: It is about a text, and there is a task. (expected: no --task beside it)")]
    [InlineData("--task f --metric exact --exact", "--exact: It is about a text, and there is a task. (expected: no --task beside it)")]
    [InlineData("--task f --metric exact --max-perplexity 9", "--max-perplexity: It is about a text, and there is a task. (expected: no --task beside it)")]
    [InlineData("--text g --metric exact", "--metric: It is about a task. (expected: --task beside it)")]
    [InlineData("--text g --stop a", "--stop: It is about a task. (expected: --task beside it)")]
    [InlineData("--text g --max-tokens 5", "--max-tokens: It is about a task. (expected: --task beside it)")]
    [InlineData("--text g --chat-template t", "--chat-template: It is about a task. (expected: --task beside it)")]
    [InlineData("--task f --metric choice --max-tokens 5", "--max-tokens: With the metric choice nothing is written. (expected: another metric)")]
    [InlineData("--task f --metric choice --stop a", "--stop: With the metric choice nothing is written. (expected: another metric)")]
    [InlineData("--task f --metric exact --delimiter x", "--delimiter: With the metric exact there are no choices. (expected: the metric choice)")]
    [InlineData("--task f --metric exact --tolerance 0", "--tolerance: With the metric exact no numbers are compared. (expected: the metric number)")]
    [InlineData("--task f --metric number --tolerance 2", "--tolerance: '2' cannot be used. (expected: a number from 0 to 1)")]
    [InlineData("--task f --metric exact --right-from 1", "--right-from: The metric exact has no such score. (expected: the metric rouge-l)")]
    [InlineData("--task f --metric rouge-l --right-from 0", "--right-from: '0' cannot be used. (expected: a number above 0, at most 1)")]
    public void Options_that_do_not_go_together_are_refused(string arguments, string error) => Assert.Equal(
        $"decoupleq: {error}", Tool.Run(["eval", "m", .. arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries)]).Expect(2).OneLine());

    [Fact]
    public void Options_about_what_no_line_has_are_refused()
    {
        Assert.Contains(
            "--chat-template: No line of the task is a conversation.",
            Tool.Run("eval", Paths.Model, "--task", Continuations, "--metric", "choice", "--chat-template", Template).Expect(2).OneLine());
        Assert.Contains(
            "--stop: The text is empty.", Tool.Run("eval", Paths.Model, "--task", Questions, "--metric", "contains", "--stop", "").Expect(2).OneLine());
    }
}
