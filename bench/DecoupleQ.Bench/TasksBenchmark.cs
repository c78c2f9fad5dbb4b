using System.Text.Json.Nodes;
using DecoupleQ.Evaluation.Tasks;
using DecoupleQ.Models;

namespace DecoupleQ.Bench;

/// <summary>
/// Tasks beside what other programs made of them: the log-likelihood of each choice (within 1e-3), how many best ones are right by sum, character and token
/// (equal), and greedy answers (the same wherever the two best tokens are further apart than arithmetic is).
/// </summary>
internal static class TasksBenchmark
{
    private const double ClearGap = 0.002;
    private const int AnswerTokens = 32;

    public static void Run(Report report)
    {
        string shared = report.Arguments.Count > 0 ? report.Arguments[0] : Path.Combine("..", "shared"), folder = Path.Combine(shared, "golden", "tasks");
        string smolLm2 = Path.Combine(shared, "models", "smollm2-135m-instruct", "model.gguf");
        foreach ((string name, string path) in ((string, string)[])[("books-8m", Path.Combine("samples", "books-8m")), ("smollm2", smolLm2)])
        {
            using LanguageModel model = LanguageModel.Load(path, new() { Threads = report.Threads });
            TaskResult result = Answer(model, Path.Combine(folder, "choice.jsonl"), TaskMetric.Choice, new());
            JsonNode[] others = Lines(Path.Combine(folder, $"choice.{name}.jsonl"));
            ItemResult[] items = [.. result.Items];
            double difference = items.Zip(others).Max(pair => pair.First.Choice!.Scores.Select(
                (score, i) => Math.Abs(score.LogLikelihood - pair.Second["logLikelihoods"]![i]!.GetValue<double>())).Max());
            report.Add(
                ("model", name),
                ("choices", items.Length),
                ("largest difference, nats", difference.ToString("0.0e+0", System.Globalization.CultureInfo.InvariantCulture)),
                ("right", Compared(items, others, "best", choice => choice.Best)),
                ("by character", Compared(items, others, "bestByCharacter", choice => choice.BestByCharacter)),
                ("by token", Compared(items, others, "bestByToken", choice => choice.BestByToken)),
                ("seconds", result.Elapsed.TotalSeconds));
        }
        using LanguageModel writer = LanguageModel.Load(smolLm2, new() { Threads = report.Threads });
        TaskResult answers = Answer(writer, Path.Combine(folder, "answers.jsonl"), TaskMetric.Contains, new() { MaxTokens = AnswerTokens });
        (ItemResult Own, JsonNode Other)[] clear =
        [
            .. answers.Items.Zip(Lines(Path.Combine(folder, "answers.smollm2.jsonl"))).Where(pair => pair.Second["smallestGap"]!.GetValue<double>() > ClearGap),
        ];
        report.Add(
            ("model", "smollm2"),
            ("answers", answers.Items.Count),
            ("right", answers.Totals.Right),
            ("clear", clear.Length),
            ("the same", clear.Count(pair => pair.Own.Answer == pair.Other["answer"]!.GetValue<string>())),
            ("judged the same", clear.Count(pair => pair.Own.IsRight == pair.Other["contains"]!.GetValue<bool>())),
            ("seconds", answers.Elapsed.TotalSeconds));
    }

    private static TaskResult Answer(LanguageModel model, string path, TaskMetric metric, TaskOptions options) =>
        TaskRun.Prepare(model, EvaluationTask.Read(path, metric), options).RunAsync().GetAwaiter().GetResult();

    private static JsonNode[] Lines(string path) => [.. File.ReadLines(path).Select(line => JsonNode.Parse(line)!)];

    private static string Compared(ItemResult[] items, JsonNode[] others, string field, Func<ChoiceResult, int> best)
    {
        int own = items.Count(item => best(item.Choice!) == item.Item.RightChoice);
        int other = items.Zip(others).Count(pair => pair.Second[field]!.GetValue<int>() == pair.First.Item.RightChoice);
        return $"{own} (other: {other})";
    }
}
