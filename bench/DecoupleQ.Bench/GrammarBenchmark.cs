using System.Diagnostics;
using System.Text.Json.Nodes;
using DecoupleQ.Generation.Sampling;
using DecoupleQ.Grammars;
using DecoupleQ.ModelFiles;
using DecoupleQ.Tokenization;

namespace DecoupleQ.Bench;

/// <summary>
/// What a grammar costs a token: the mask of each next token of 8 answers in turn, each by its own constraint; the first answers, with nothing known, and those
/// that follow. And what compiling takes. Arguments: <c>TOKENIZER</c>, the folder or file of a vocabulary.
/// </summary>
internal static class GrammarBenchmark
{
    private const int Sequences = 8, Rounds = 12, Fields = 20;

    public static void Run(Report report)
    {
        if (report.Arguments is not [string path])
        {
            throw new ArgumentException("usage: grammar TOKENIZER");
        }
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
        Measure(report, "pattern", () => Grammar.Regex("(?:[A-Z][a-z]{2,15}( [a-z]{1,15}){3,20}\\.\\n?)+"), Prose, tokenizer, vocabulary);
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
