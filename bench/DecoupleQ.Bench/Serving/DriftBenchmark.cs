using System.Globalization;
using DecoupleQ.Models;
using DecoupleQ.Monitoring.Drift;
using DecoupleQ.Monitoring.Entries;
using DecoupleQ.Serving;

namespace DecoupleQ.Bench.Serving;

/// <summary>
/// How often a stream of answers is said to differ from its baseline: where nothing has changed, where prompts come from another kind of text, and where the
/// scales of one down projection are halved (another block each seed). Each seed has a baseline of its own of 1,000 answers. Arguments:
/// <c>PACKED TEXT OTHER [SEEDS] [REQUESTS]</c>.
/// </summary>
internal static class DriftBenchmark
{
    private const int AtOnce = 64, BaselineAnswers = 1000, Changed = 300, AnswerTokens = 32;
    private const string Route = "/v1/completions";

    public static void Run(Report report)
    {
        if (report.Arguments.Count < 3)
        {
            throw new ArgumentException("usage: drift PACKED TEXT OTHER [SEEDS] [REQUESTS]");
        }
        string packed = report.Arguments[0], text = File.ReadAllText(report.Arguments[1]), other = File.ReadAllText(report.Arguments[2]);
        int seeds = Number(3, 20), requests = Number(4, 2000);
        string folder = Directory.CreateTempSubdirectory("decoupleq-drift").FullName;
        var unchanged = new List<int?>();
        var topics = new List<int?>();
        var damaged = new List<int?>();
        var checks = new List<double>();
        using LanguageModel model = Load(packed);
        using var texts = new TextService(model, new() { PromptCacheBytes = 0 });
        IReadOnlyList<ReferenceText> references;
        int blocks = Directory.EnumerateFiles(packed, "*.safetensors").Count() - 1;
        try
        {
            references = OwnTexts.WriteAsync(texts).GetAwaiter().GetResult();
            for (int seed = 0; seed < seeds; seed++)
            {
                AnswerEntry[] answers = Answer(texts, text, BaselineAnswers, (3 * seed) + 1);
                BaselineRoute baseline = Baseline.Of("model", answers, [], ["prompt_tokens", "tokens", "truncated"]).Routes[Route];
                unchanged.Add(FirstAlarm(baseline, Answer(texts, text, requests, (3 * seed) + 2)));
                topics.Add(FirstAlarm(baseline, Answer(texts, other, Changed, (3 * seed) + 3)));
                string broken = DamagedModel.Make(packed, seed % blocks, folder);
                using (LanguageModel damage = Load(broken))
                using (var service = new TextService(damage, new() { PromptCacheBytes = 0 }))
                {
                    checks.Add(SelfCheck.DifferenceAsync(service, references).GetAwaiter().GetResult());
                    damaged.Add(FirstAlarm(baseline, Answer(service, text, Changed, (3 * seed) + 3)));
                }
                Directory.Delete(broken, recursive: true);
                Console.Error.WriteLine($"seed {seed}: unchanged {unchanged[^1]}, topic {topics[^1]}, damaged {damaged[^1]}, self-check {checks[^1]:0.0000}");
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
        Row("unchanged", unchanged, requests);
        Row("another topic", topics, Changed);
        Row("damaged, by answers", damaged, Changed);
        report.Add(
            ("stream", "damaged, by the self-check"), ("seeds", seeds), ("requests", 0), ("alarms", checks.Count(check => check > SelfCheck.Tolerance)),
            ("nats, least", checks.Min()), ("nats, same model", SelfCheck.DifferenceAsync(texts, references).GetAwaiter().GetResult()));

        int Number(int place, int otherwise) =>
            report.Arguments.Count > place ? int.Parse(report.Arguments[place], CultureInfo.InvariantCulture) : otherwise;

        void Row(string name, List<int?> alarms, int most) => report.Add(
            ("stream", name), ("seeds", seeds), ("requests", most), ("alarms", alarms.Count(alarm => alarm is not null)),
            ("requests to the first, most", alarms.Max() ?? 0));
    }

    private static LanguageModel Load(string path) => LanguageModel.Load(path, new() { KeyValueLimit = TextService.DefaultKeyValueLimit });

    // Null if there was none.
    private static int? FirstAlarm(BaselineRoute baseline, AnswerEntry[] answers)
    {
        var watch = new DriftWatch(baseline, new());
        for (int i = 0; i < answers.Length; i++)
        {
            if (watch.Add(answers[i]))
            {
                return i + 1;
            }
        }
        return null;
    }

    private static AnswerEntry[] Answer(TextService texts, string text, int count, int seed)
    {
        var random = new Random(seed);
        (string Prompt, ulong Seed)[] jobs =
        [
            .. Enumerable.Range(0, count).Select(_ =>
            {
                int length = random.Next(80, 400), start = text.IndexOf(' ', random.Next(text.Length - 600));
                return (text.Substring(start, length).Trim(), (ulong)random.Next());
            }),
        ];
        var answers = new AnswerEntry[count];
        Parallel.ForEachAsync(Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (i, _) =>
        {
            var watch = new Watch();
            var request = new TextRequest { Options = new() { MaxTokens = AnswerTokens, Seed = jobs[i].Seed }, Watch = watch };
            await foreach (var token in texts.GenerateAsync([.. texts.Model.Tokenizer.Encode(jobs[i].Prompt)], request, CancellationToken.None))
            {
            }
            answers[i] = AnswerEntry.Of(watch.Text!, "model", texts.Model.Tokenizer.DecodeWithSpecialTokens([.. watch.Text!.Prompt]), Route);
        }).GetAwaiter().GetResult();
        return answers;
    }

    private sealed class Watch : IRequestWatch
    {
        public WrittenText? Text { get; private set; }

        public void Queued()
        {
        }

        public void Started()
        {
        }

        public void Written(WrittenText text) => Text = text;
    }
}
