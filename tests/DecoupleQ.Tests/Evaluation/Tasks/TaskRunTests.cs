using System.Text.Json.Nodes;
using DecoupleQ.Chat;
using DecoupleQ.Checkpoints;
using DecoupleQ.Evaluation.Tasks;
using DecoupleQ.Generation;
using DecoupleQ.Models;
using DecoupleQ.Serving;
using DecoupleQ.Tensors;
using DecoupleQ.Testing;
using DecoupleQ.Tests.Models;
using DecoupleQ.Tokenization;

namespace DecoupleQ.Tests.Evaluation.Tasks;

public sealed class TaskRunTests : IDisposable
{
    private static readonly string Template = Path.Combine(Paths.Samples, "chat", "tale.jinja");

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Choices_are_as_probable_as_another_program_found_them()
    {
        using LanguageModel model = LanguageModel.Load(Paths.Model);
        await CheckChoices(model, "choice.books-8m.jsonl", item => item.Line % 3 == 0);
    }

    [Fact]
    public async Task Choices_and_answers_of_a_published_model_are_as_another_program_found_them()
    {
        using LanguageModel model = LanguageModel.Load(Paths.Golden("models", "smollm2-135m-instruct", "model.gguf"));
        // Those on facts are short.
        await CheckChoices(model, "choice.smollm2.jsonl", item => item.Tags.Contains("facts") && item.Line % 2 == 0);

        JsonNode[] others = Lines("answers.smollm2.jsonl");
        EvaluationTask all = EvaluationTask.Read(Paths.Golden("golden", "tasks", "answers.jsonl"), TaskMetric.Contains);
        EvaluationTask task = all.Where(item => item.Line % 3 == 1 && others[item.Line - 1]["smallestGap"]!.GetValue<double>() > 0.002);
        TaskResult result = await TaskRun.Prepare(model, task, new() { MaxTokens = 32 }, Token).RunAsync(cancellationToken: Token);
        Assert.True(result.Items.Count >= 8);
        foreach (ItemResult item in result.Items)
        {
            JsonNode other = others[item.Item.Line - 1];
            Assert.Equal(other["answer"]!.GetValue<string>(), item.Answer);
            Assert.Equal(other["contains"]!.GetValue<bool>(), item.IsRight);
            // The one that ends it is counted with those that it has.
            int ids = other["ids"]!.AsArray().Count;
            Assert.Equal((ids == 32, Math.Min(32, ids + 1)), (item.IsTruncated, item.Tokens));
        }
    }

    [Theory]
    [InlineData(" ")]
    [InlineData("")]
    [InlineData(", said ")]
    public async Task A_choice_is_scored_by_its_definition(string delimiter)
    {
        const string Prompt = "Tom went to the";
        string[] choices = ["river", "old house on the hill", "rive", "river."];
        EvaluationTask task = Read(
            TaskMetric.Choice, new() { Delimiter = delimiter }, new JsonObject { ["prompt"] = Prompt, ["choices"] = Of(choices), ["expected"] = 0 });
        using LanguageModel model = LanguageModel.Load(Paths.Model);
        ItemResult item = (await TaskRun.Prepare(model, task, cancellationToken: Token).RunAsync(cancellationToken: Token)).Items[0];
        int[] prompt = [1, .. model.Tokenizer.Encode(Prompt, cancellationToken: Token)];
        double[] expected = [.. choices.Select(choice => LogLikelihood(
            model, [1, .. model.Tokenizer.Encode(Prompt + delimiter + choice, cancellationToken: Token)], prompt.Length))];
        Check(item, expected);
        Assert.Equal([5, 21, 4, 6], item.Choice!.Scores.Select(score => score.Characters));
        Assert.Equal(Array.IndexOf(expected, expected.Max()), item.Choice.Best);
        double[] byCharacter = [.. expected.Select((sum, i) => sum / choices[i].Length)];
        Assert.Equal(Array.IndexOf(byCharacter, byCharacter.Max()), item.Choice.BestByCharacter);
    }

    [Fact]
    public async Task What_an_earlier_run_has_answered_is_not_answered_again()
    {
        EvaluationTask task = EvaluationTask.Read(Path.Combine(Paths.Samples, "tasks", "continuations.jsonl"), TaskMetric.Choice).Where(item => item.Line <= 6);
        using LanguageModel model = LanguageModel.Load(Paths.Model);
        TaskRun run = TaskRun.Prepare(model, task, cancellationToken: Token);
        TaskResult whole = await run.RunAsync(cancellationToken: Token);
        // One that is said to be something else, so that it shows whether it was asked again.
        ItemResult[] finished = [whole.Items[4] with { Score = 0.25 }, whole.Items[1]];
        List<int> answered = [], counts = [];
        TaskResult resumed = await run.RunAsync(
            finished, item => answered.Add(item.Item.Line), new Counter(progress => counts.Add(progress.Items)), Token);
        Assert.Equal([1, 3, 4, 6], answered.Order());
        Assert.Equal([3, 4, 5, 6], counts);
        Assert.Equal(task.Items.Select(item => item.Line), resumed.Items.Select(item => item.Item.Line));
        Assert.Equal(0.25, resumed.Items[4].Score);
        Assert.Equal(whole.Items.Select(item => item.Choice!.Best), resumed.Items.Select(item => item.Choice!.Best));
    }

    private sealed class Counter(Action<TaskProgress> take) : IProgress<TaskProgress>
    {
        public void Report(TaskProgress value) => take(value);
    }

    [Fact]
    public async Task A_choice_behind_a_conversation_is_the_beginning_of_its_answer()
    {
        var messages = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = "Tom went to the" });
        string[] choices = [" river", " sea and back"];
        EvaluationTask task = Read(TaskMetric.Choice, new(), new JsonObject { ["messages"] = messages, ["choices"] = Of(choices), ["expected"] = 0 });
        using LanguageModel model = LanguageModel.Load(Paths.Model);
        ChatTemplate template = ChatTemplate.LoadFile(Template, model.Path);
        TaskOptions options = new() { ChatTemplate = template };
        ItemResult item = (await TaskRun.Prepare(model, task, options, Token).RunAsync(cancellationToken: Token)).Items[0];
        // The template writes the control token, which is one id.
        string text = template.Render([new("user", "Tom went to the")], cancellationToken: Token).Text;
        int prompt = model.Tokenizer.Encode(text, SpecialTokens.Recognized, Token).Count;
        Check(item, [.. choices.Select(choice => LogLikelihood(model, [.. model.Tokenizer.Encode(text + choice, SpecialTokens.Recognized, Token)], prompt))]);
    }

    [Theory]
    // The whole text behind each token; sliding windows of two kinds.
    [InlineData("families", "tiny-olmo2")]
    [InlineData("families", "tiny-gemma3")]
    [InlineData("tiny", "tiny-mistral")]
    public void What_choices_have_in_common_changes_none_of_them(string kind, string name)
    {
        using LanguageModel model = LanguageModel.Load(Paths.Golden("golden", kind, name));
        using SafetensorsFile golden = SafetensorsFile.Open(Paths.Golden("golden", kind, name, "expected.safetensors"), TensorAccess.Read);
        int[] ids = [.. golden.ReadIntegers("0.ids").Select(id => (int)id)];
        int first = ids.Length - 12;
        int[][] wholes = [ids, ids[..^10], [.. ids[..^11], 5, 6, 7]];
        ItemResult item = new ChoiceScoring(model, KeyValueFormat.F32).Score(
            new ChoicePrompt(new TaskItem { Line = 1, Id = "1", Choices = ["a", "b", "c"] }, first, wholes), Token);
        Check(item, [.. wholes.Select(whole => LogLikelihood(model, whole, first))]);
        Assert.Equal([12, 2, 4], item.Choice!.Scores.Select(score => score.Tokens));
    }

    [Fact]
    public async Task An_answer_is_the_same_beside_others_and_by_itself()
    {
        EvaluationTask task = Read(TaskMetric.Contains, new(), [.. Enumerable.Range(0, 6).Select(i => new JsonObject
        {
            ["prompt"] = string.Join(' ', Enumerable.Repeat("and then they went to the old house by the river", i + 1)), ["expected"] = "the",
        })]);
        using LanguageModel model = LanguageModel.Load(Paths.Model);
        var steps = new List<TaskProgress>();
        TaskResult together = await TaskRun.Prepare(model, task, new() { MaxTokens = 24 }, Token).RunAsync(new Steps(steps), Token);
        foreach (ItemResult item in together.Items)
        {
            EvaluationTask one = task.Where(other => other.Line == item.Item.Line);
            ItemResult alone = (await TaskRun.Prepare(model, one, new() { MaxTokens = 24 }, Token).RunAsync(cancellationToken: Token)).Items[0];
            Assert.Equal((item.Answer, item.IsRight, item.Tokens), (alone.Answer, alone.IsRight, alone.Tokens));
            GenerationOptions options = new() { MaxTokens = 24, Temperature = 0, KeyValues = KeyValueFormat.F32 };
            Assert.Equal(new TextGenerator(model).Generate(item.Item.Prompt!, options, null, Token).Text, item.Answer);
        }
        Assert.Equal(Enumerable.Range(1, 6), steps.Select(step => step.Items));
        Assert.Equal((6, together.Totals.Right), (steps[^1].TotalItems, steps[^1].Right));
    }

    [Fact]
    public async Task Answers_end_at_stop_texts_and_the_models_own_penalties_are_left_out()
    {
        string folder = Directory.CreateDirectory(_folder.File("model")).FullName;
        foreach (string file in Directory.EnumerateFiles(Paths.Model))
        {
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        }
        JsonObject config = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "generation_config.json")))!.AsObject();
        (config["do_sample"], config["repetition_penalty"], config["temperature"]) = (true, 2.5, 1.5);
        File.WriteAllText(Path.Combine(folder, "generation_config.json"), config.ToJsonString());
        EvaluationTask task = Read(TaskMetric.RougeL, new(), new JsonObject { ["prompt"] = "He said to the old man by the river", ["expected"] = "the man" });
        using LanguageModel model = LanguageModel.Load(Paths.Model), advised = LanguageModel.Load(folder);
        string plain = (await TaskRun.Prepare(model, task, cancellationToken: Token).RunAsync(cancellationToken: Token)).Items[0].Answer!;
        Assert.Equal(plain, (await TaskRun.Prepare(advised, task, cancellationToken: Token).RunAsync(cancellationToken: Token)).Items[0].Answer);
        string stop = plain[10..14];
        ItemResult stopped = (await TaskRun.Prepare(model, task, new() { Stop = [stop] }, Token).RunAsync(cancellationToken: Token)).Items[0];
        Assert.Equal(plain[..plain.IndexOf(stop, StringComparison.Ordinal)], stopped.Answer);
        Assert.False(stopped.IsTruncated);
    }

    [Fact]
    public void What_does_not_fit_the_model_is_found_before_the_work()
    {
        using LanguageModel model = LanguageModel.Load(Paths.Model);
        var good = new JsonObject { ["prompt"] = "A tale", ["expected"] = "x" };
        string Error(TaskMetric metric, JsonObject second, TaskOptions? options = null)
        {
            JsonObject first = metric == TaskMetric.Choice
                ? new() { ["prompt"] = "A", ["choices"] = Of("a", "b"), ["expected"] = 0 }
                : (JsonObject)good.DeepClone();
            EvaluationTask task = Read(metric, new(), first, second);
            return Assert.Throws<DecoupleQException>(() => TaskRun.Prepare(model, task, options, Token)).Message;
        }
        string file = _folder.File("task.jsonl"), longText = string.Join(' ', Enumerable.Repeat("word", 400));
        Assert.StartsWith($"{file}: line 2: prompt: The prompt has ", Error(TaskMetric.Contains, new() { ["prompt"] = longText, ["expected"] = "x" }));
        JsonObject longChoice = new() { ["prompt"] = "A", ["choices"] = Of("a", longText), ["expected"] = 0 };
        Assert.StartsWith($"{file}: line 2: prompt: The prompt has ", Error(TaskMetric.Choice, longChoice));
        var conversation = new JsonObject { ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = "B" }), ["expected"] = "x" };
        Assert.Contains("The model has no chat template.", Error(TaskMetric.Contains, conversation));
        ChatTemplate template = ChatTemplate.LoadFile(Template, model.Path);
        Assert.Contains(
            "The chat template does not mention 'mood'.",
            Error(TaskMetric.Contains, conversation, new() { ChatTemplate = template, Template = new() { Variables = new() { ["mood"] = "glad" } } }));
        ChatTemplate reasoning = ChatTemplate.Parse("{{ messages[0].content }}<think>\n");
        conversation = new() { ["messages"] = conversation["messages"]!.DeepClone(), ["choices"] = Of("a", "b"), ["expected"] = 0 };
        Assert.StartsWith(
            $"{file}: line 2: messages: The chat template opens the model's reasoning",
            Error(TaskMetric.Choice, conversation, new() { ChatTemplate = reasoning }));
        Assert.Contains("MaxTokens", Error(TaskMetric.Contains, (JsonObject)good.DeepClone(), new() { MaxTokens = 0 }));
        using LanguageModel limited = LanguageModel.Load(Paths.Model, new() { KeyValueLimit = 300_000 });
        Assert.StartsWith(
            $"{file}: line 1: The question may need ",
            Assert.Throws<DecoupleQException>(() => TaskRun.Prepare(limited, Read(TaskMetric.Contains, new(), good), cancellationToken: Token)).Message);
        Assert.Contains("Stop", Error(TaskMetric.Contains, (JsonObject)good.DeepClone(), new() { Stop = [""] }));
    }

    [Fact]
    public async Task Reasoning_is_no_part_of_an_answer()
    {
        // The prompt opens the reasoning, and the model never closes it: nothing is said.
        var messages = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = "A tale" });
        EvaluationTask task = Read(TaskMetric.Exact, new(), new JsonObject { ["messages"] = messages, ["expected"] = "" });
        using LanguageModel model = LanguageModel.Load(Paths.Model);
        TaskOptions options = new() { ChatTemplate = ChatTemplate.Parse("{{ messages[0].content }}<think>\n"), MaxTokens = 8 };
        ItemResult item = (await TaskRun.Prepare(model, task, options, Token).RunAsync(cancellationToken: Token)).Items[0];
        Assert.Equal(("", true, 8, true), (item.Answer, item.IsRight, item.Tokens, item.IsTruncated));
    }

    [Fact]
    public async Task A_run_can_be_cancelled()
    {
        EvaluationTask task = Read(TaskMetric.Contains, new(), new JsonObject { ["prompt"] = "A tale", ["expected"] = "x" });
        using LanguageModel model = LanguageModel.Load(Paths.Model);
        using var source = new CancellationTokenSource();
        TaskRun run = TaskRun.Prepare(model, task, cancellationToken: Token);
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.RunAsync(cancellationToken: source.Token));
    }

    [Fact]
    public async Task A_packed_model_answers_by_exact_products()
    {
        string folder = Directory.CreateDirectory(_folder.File("packed")).FullName;
        PackedSample.Write(folder, new AffineFormat(3, 64), blocks: 8);
        using LanguageModel model = LanguageModel.Load(folder);
        string prompt = string.Join(' ', Enumerable.Repeat("and then they went to the old house by the river", 10));
        IReadOnlyList<int> ids = model.Tokenizer.Encode(prompt, cancellationToken: Token);
        GenerationOptions rounded = new() { MaxTokens = 4, Temperature = 0, KeyValues = KeyValueFormat.F32, LogProbabilities = 0 };
        GenerationOptions exact = rounded with { Products = ProductArithmetic.Float32 };
        // The same whatever was read before: in one service the one does not go on from what the other has read.
        double[] alone = Logs(new TextGenerator(model).Generate(ids, exact, null, Token));
        using var service = new TextService(model);
        foreach (GenerationOptions options in (GenerationOptions[])[rounded, exact, rounded, exact])
        {
            GenerationResult result = await Last(service.GenerateAsync(ids, new() { Options = options }, Token));
            Assert.Equal(options == exact, Logs(result).SequenceEqual(alone));
        }
        using (var session = new ChatSession(model, ChatTemplate.Parse("{{ messages[-1].content }}")))
        {
            foreach (GenerationOptions options in (GenerationOptions[])[rounded, exact, rounded])
            {
                Assert.Equal(options == exact, Logs(session.Answer(prompt, options, null, Token)).SequenceEqual(alone));
            }
        }
        // What float32 gives: the first token's log-probability by the whole prompt.
        int[] all = [1, .. ids];
        float[] logits = model.Logits(all);
        float[] last = logits[^model.VocabularySize..];
        double best = last.Max(), sum = last.Sum(logit => Math.Exp(logit - best));
        Assert.Equal(-Math.Log(sum), alone[0], 2e-5);
    }

    public void Dispose() => _folder.Dispose();

    private static double[] Logs(GenerationResult result) => [.. result.LogProbabilities!.Select(token => token.LogProbability)];

    private static async Task<GenerationResult> Last(IAsyncEnumerable<GeneratedToken> tokens)
    {
        GenerationResult? result = null;
        await foreach (GeneratedToken token in tokens.WithCancellation(Token))
        {
            result = token.Result;
        }
        return result!;
    }

    private static JsonArray Of(params string[] texts) => [.. texts.Select(text => (JsonNode)text)];

    private static JsonNode[] Lines(string name) => [.. File.ReadLines(Paths.Golden("golden", "tasks", name)).Select(line => JsonNode.Parse(line)!)];

    private static async Task CheckChoices(LanguageModel model, string golden, Func<TaskItem, bool> isTaken)
    {
        JsonNode[] others = Lines(golden);
        EvaluationTask task = EvaluationTask.Read(Paths.Golden("golden", "tasks", "choice.jsonl"), TaskMetric.Choice).Where(isTaken);
        TaskResult result = await TaskRun.Prepare(model, task, cancellationToken: Token).RunAsync(cancellationToken: Token);
        Assert.True(result.Items.Count >= 10);
        foreach (ItemResult item in result.Items)
        {
            JsonNode other = others[item.Item.Line - 1];
            Assert.Equal(item.Item.Id, other["id"]!.GetValue<string>());
            Check(item, [.. other["logLikelihoods"]!.AsArray().Select(sum => sum!.GetValue<double>())], 1e-3);
            Assert.Equal(other["tokens"]!.AsArray().Select(count => count!.GetValue<int>()), item.Choice!.Scores.Select(score => score.Tokens));
            Assert.Equal(
                (other["best"]!.GetValue<int>(), other["bestByCharacter"]!.GetValue<int>(), other["bestByToken"]!.GetValue<int>()),
                (item.Choice.Best, item.Choice.BestByCharacter, item.Choice.BestByToken));
            Assert.Equal(item.Choice.Best == item.Item.RightChoice, item.IsRight);
        }
    }

    private static void Check(ItemResult item, double[] expected, double tolerance = 2e-4)
    {
        Assert.Equal(expected.Length, item.Choice!.Scores.Count);
        foreach ((double sum, ChoiceScore score) in expected.Zip(item.Choice.Scores))
        {
            Assert.Equal(sum, score.LogLikelihood, tolerance);
        }
    }

    private static double LogLikelihood(LanguageModel model, int[] ids, int first)
    {
        float[] logits = model.Logits(ids);
        return Enumerable.Range(first, ids.Length - first).Sum(position =>
        {
            double[] row = [.. logits.Skip((position - 1) * model.VocabularySize).Take(model.VocabularySize)];
            return row[ids[position]] - Math.Log(row.Sum(Math.Exp));
        });
    }

    private EvaluationTask Read(TaskMetric metric, TaskMetricOptions options, params JsonObject[] lines)
    {
        string path = _folder.File("task.jsonl");
        File.WriteAllLines(path, lines.Select(line => line.ToJsonString()));
        return EvaluationTask.Read(path, metric, options);
    }

    private sealed class Steps(List<TaskProgress> steps) : IProgress<TaskProgress>
    {
        public void Report(TaskProgress value) => steps.Add(value);
    }
}
