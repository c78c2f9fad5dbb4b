using System.Diagnostics;
using System.Text.Json.Nodes;
using DecoupleQ.Generation;
using DecoupleQ.Generation.Sampling;
using DecoupleQ.Grammars;
using DecoupleQ.ModelFiles;
using DecoupleQ.Models;
using DecoupleQ.Tokenization;

namespace DecoupleQ.Bench;

/// <summary>
/// What a grammar costs a token: the mask of each next token of 8 answers in turn, each by its own constraint; the first answers, with nothing known, and those
/// that follow; what compiling takes; and 8 answers of a model at once, free and held to a schema. Arguments: <c>TOKENIZER [MODEL]</c>, the folder or file of a
/// vocabulary, and of a model.
/// </summary>
internal static class GrammarBenchmark
{
    private const int Sequences = 8, Rounds = 12, Fields = 20, Pairs = 9, AnswerTokens = 64;

    public static void Run(Report report)
    {
        if (report.Arguments is not ([string] or [string, string]))
        {
            throw new ArgumentException("usage: grammar TOKENIZER [MODEL]");
        }
        string path = report.Arguments[0];
        Tokenizer tokenizer = TokenizerFiles.Load(path);
        int end = tokenizer.BeginningId ?? 0;
        long start = Stopwatch.GetTimestamp();
        var vocabulary = new GrammarVocabulary(tokenizer, [end]);
        double reading = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        report.Add(("ids", vocabulary.Size), ("trie nodes", vocabulary.Trie.Bytes.Length), ("vocabulary ms", reading));
        // What the runtime compiles is compiled before anything is timed.
        Measure(null, "", Grammar.Json, Object, tokenizer, vocabulary);
        Measure(report, "any object", Grammar.Json, Object, tokenizer, vocabulary);
        Measure(report, "20 fields", () => Grammar.JsonSchema(FieldsSchema().ToJsonString()), Record, tokenizer, vocabulary);
        Measure(report, "20 fields, bounded", () => Grammar.JsonSchema(FieldsSchema(200).ToJsonString()), Record, tokenizer, vocabulary);
        Measure(report, "recursive", () => Grammar.JsonSchema(TreeSchema), random => Tree(random, 5), tokenizer, vocabulary);
        Measure(report, "words", () => Grammar.Regex("(?:[A-Z][a-z]{2,15}( [a-z]{1,15}){3,20}\\.\\n?)+"), Prose, tokenizer, vocabulary);
        if (report.Arguments.Count > 1)
        {
            Together(report, report.Arguments[1]);
        }
    }

    // No answer ends within its tokens: of free text the end is left out, of the list so many items are asked for.
    private static void Together(Report report, string path)
    {
        using var model = LanguageModel.Load(path, new() { Threads = report.Threads });
        var vocabulary = new GrammarVocabulary(model.Tokenizer, model.EndIds);
        Grammar grammar = Grammar.JsonSchema(
            """
            {"type": "array", "minItems": 1000, "items": {"type": "object", "properties": {"name": {"type": "string", "maxLength": 30},
            "age": {"type": "integer", "minimum": 0, "maximum": 120}}, "required": ["name", "age"], "additionalProperties": false}}
            """);
        var free = new (double Rate, double Processor)[Pairs];
        var held = new (double Rate, double Processor)[Pairs];
        Rate(model, null);
        Rate(model, () => grammar.Constrain(vocabulary));
        for (int pair = 0; pair < Pairs; pair++)
        {
            free[pair] = Rate(model, null);
            held[pair] = Rate(model, () => grammar.Constrain(vocabulary));
        }
        report.Add(
            ("answers at once", Sequences),
            ("free tokens/s", Median(free, run => run.Rate)),
            ("held tokens/s", Median(held, run => run.Rate)),
            ("held/free", Median(held, run => run.Rate) / Median(free, run => run.Rate)),
            // Of a busy machine the time of the processors says more.
            ("free CPU ms a token", Median(free, run => run.Processor)),
            ("held CPU ms a token", Median(held, run => run.Processor)));
    }

    private static double Median<T>(T[] runs, Func<T, double> figure) => runs.Select(figure).Order().ElementAt(runs.Length / 2);

    private static (double Rate, double Processor) Rate(LanguageModel model, Func<ITokenConstraint>? constraint)
    {
        var bias = model.EndIds.ToDictionary(id => id, _ => constraint is null ? -100.0 : 0);
        var generator = new TextGenerator(model);
        TimeSpan used = Environment.CpuUsage.TotalTime;
        long start = Stopwatch.GetTimestamp();
        Task<GenerationResult>[] answers = [.. Enumerable.Range(0, Sequences).Select(seed => Task.Run(() => generator.Generate(
            "The sailors of the ship:",
            new() { Temperature = 0.8, Seed = (ulong)seed, MaxTokens = AnswerTokens, LogitBias = bias, Constraint = constraint?.Invoke() })))];
        Task.WaitAll(answers);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        int tokens = answers.Sum(answer => answer.Result.Ids.Count);
        return (tokens / seconds, (Environment.CpuUsage.TotalTime - used).TotalMilliseconds / tokens);
    }

    private static void Measure(
        Report? report, string name, Func<Grammar> compile, Func<Random, string> write, Tokenizer tokenizer, GrammarVocabulary vocabulary)
    {
        long start = Stopwatch.GetTimestamp();
        Grammar grammar = compile();
        double compiling = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        var first = new List<double>();
        var others = new List<double>();
        var random = new Random(1);
        for (int round = 0; round < Rounds; round++)
        {
            int[][] answers = [.. Enumerable.Range(0, Sequences).Select(_ => tokenizer.Encode(write(random)).ToArray())];
            Answer(grammar, answers, vocabulary, round == 0 ? first : others);
        }
        others.Sort();
        report?.Add(
            ("grammar", name),
            ("compile ms", compiling),
            ("first mean ms", first.Average()),
            ("first most ms", first.Max()),
            ("tokens", others.Count),
            ("mean ms", others.Average()),
            ("p50 ms", others[others.Count / 2]),
            ("p99 ms", others[others.Count * 99 / 100]),
            ("most ms", others[^1]));
    }

    private static void Answer(Grammar grammar, int[][] answers, GrammarVocabulary vocabulary, List<double> times)
    {
        ITokenConstraint[] constraints = [.. answers.Select(_ => grammar.Constrain(vocabulary))];
        var mask = new TokenMask(vocabulary.Size);
        for (int token = 0; token <= answers.Max(answer => answer.Length); token++)
        {
            for (int sequence = 0; sequence < answers.Length; sequence++)
            {
                if (token <= answers[sequence].Length)
                {
                    long start = Stopwatch.GetTimestamp();
                    constraints[sequence].Allow(answers[sequence].AsSpan(0, token), mask);
                    times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
                    if (token < answers[sequence].Length && !mask[answers[sequence][token]])
                    {
                        throw new InvalidOperationException("The grammar does not allow a text that it should.");
                    }
                }
            }
        }
    }

    private static JsonObject FieldsSchema(int? longest = null)
    {
        var properties = new JsonObject();
        for (int field = 0; field < Fields; field++)
        {
            var schema = new JsonObject { ["type"] = (field % 4) switch { 0 or 1 => "string", 2 => "integer", _ => "boolean" } };
            if (longest is int most && field % 4 <= 1)
            {
                schema["maxLength"] = most;
            }
            properties[$"field_{field}"] = schema;
        }
        return new()
        {
            ["type"] = "object",
            ["properties"] = properties,
            ["required"] = new JsonArray([.. properties.Select(property => (JsonNode)property.Key)]),
            ["additionalProperties"] = false,
        };
    }

    private const string TreeSchema =
        """
        {"$defs": {"node": {"type": "object", "properties": {"label": {"type": "string"}, "children": {"type": "array", "items": {"$ref": "#/$defs/node"}}},
        "required": ["label", "children"], "additionalProperties": false}}, "$ref": "#/$defs/node"}
        """;

    private static string Object(Random random) => new JsonObject
    {
        ["title"] = Prose(random),
        ["numbers"] = new JsonArray(1, -2.5, 3e10),
        ["inner"] = new JsonObject { ["a"] = Prose(random), ["b"] = null },
    }.ToJsonString();

    private static string Record(Random random)
    {
        var record = new JsonObject();
        for (int field = 0; field < Fields; field++)
        {
            record[$"field_{field}"] = (field % 4) switch { 0 or 1 => Prose(random)[..40], 2 => random.Next(), _ => random.Next(2) == 0 };
        }
        return record.ToJsonString();
    }

    private static string Tree(Random random, int depth) => Node(random, depth).ToJsonString();

    private static JsonObject Node(Random random, int depth) => new()
    {
        ["label"] = Prose(random)[..20],
        ["children"] = new JsonArray([.. Enumerable.Range(0, depth > 0 ? random.Next(1, 3) : 0).Select(_ => Node(random, depth - 1))]),
    };

    private static string Prose(Random random)
    {
        string[] words =
        [
            "the", "captain", "of", "a", "ship", "sailed", "towards", "islands", "where", "nobody", "had", "been", "before", "and", "found", "water",
        ];
        return string.Join(' ', Enumerable.Range(0, 12).Select(i => i == 0 ? "Then" : words[random.Next(words.Length)])) + ".";
    }
}
