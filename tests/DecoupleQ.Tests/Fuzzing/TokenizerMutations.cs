using System.Text;
using System.Text.Json.Nodes;

namespace DecoupleQ.Tests.Fuzzing;

/// <summary>
/// Damages what a <c>tokenizer.json</c> says in its own terms: patterns, steps, vocabulary, merges and added tokens, with what makes each of them long, deep or
/// slow. The syntax stays right, and mostly the file is one that is read.
/// </summary>
internal static class TokenizerMutations
{
    private static readonly string[] Patterns =
    [
        "(?:a+)+b", "(?:a|aa)+$?b", "(?:a*b?)*c", "a[^b]*b", "\\s*", "a*", "(?=a*)", "(?!b)", ".", ".+", "\\p{N}{1,3}",
        "(?:(?:a{1,8}){1,8}){1,8}", "(?>a+)a",
        "[^\\s\\S]", "\\w+",
        "(?:\\p{L}\\p{M}*)+(?=\\s)", " ?[^ ]+", "\\s+(?!\\S)|\\s+", "(?:.*.*.*.*)x",
        "[\\w\\W]+?\\n", "(?i:'s|'t)|\\p{L}+", "(?:a?){30}a{30}", "(?:[ab]+?)+[^ab]",
    ];

    private static readonly string[] Literals = ["a", " ", "ab", "\n", "\u2581", "aa", "\u0301", "日", "<", "\0"];

    private static readonly string[] Behaviors = ["Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous"];

    /// <summary>A damaged copy, one to four times.</summary>
    public static JsonObject Of(JsonObject original, Random random)
    {
        var damaged = (JsonObject)original.DeepClone();
        for (int change = random.Next(1, 5); change > 0; change--)
        {
            switch (random.Next(6))
            {
                case 0:
                    damaged["normalizer"] = Steps(damaged["normalizer"], "normalizers", Normalizer, random);
                    break;
                case 1:
                    damaged["pre_tokenizer"] = Steps(damaged["pre_tokenizer"], "pretokenizers", PreTokenizer, random);
                    break;
                case 2:
                    damaged["decoder"] = Steps(damaged["decoder"], "decoders", Decoder, random);
                    break;
                case 3:
                    AddTokens(damaged, random);
                    break;
                case 4:
                    AddPieces((JsonObject)damaged["model"]!, random);
                    break;
                default:
                    var model = (JsonObject)damaged["model"]!;
                    model[Any(random, "fuse_unk", "byte_fallback", "ignore_merges")] = random.Next(2) == 0;
                    break;
            }
        }
        return damaged;
    }

    /// <summary>A text that is hard on some tokenizer: the same again and again, blanks, tokens and what is nearly one, or anything.</summary>
    /// <param name="random">The source of chance.</param>
    /// <param name="tokens">Tokens of the tokenizer.</param>
    public static string Text(Random random, IReadOnlyList<string> tokens)
    {
        var text = new StringBuilder();
        for (int parts = random.Next(1, 5); parts > 0; parts--)
        {
            string part = random.Next(5) switch
            {
                0 => Any(random, Literals),
                1 => new string(Any(random, 'a', 'b', ' ', '\n', '\u0301', '\uD83D'), random.Next(1, 40)),
                2 when tokens.Count > 0 => tokens[random.Next(tokens.Count)],
                3 when tokens.Count > 0 => tokens[random.Next(tokens.Count)][1..],
                _ => string.Concat(Enumerable.Range(0, random.Next(20)).Select(_ => (char)random.Next(random.Next(2) == 0 ? 128 : 0x10000))),
            };
            int times = random.Next(3) == 0 ? random.Next(1, 4000 / Math.Max(1, part.Length) + 2) : 1;
            text.Insert(text.Length, part, times);
        }
        return text.ToString();
    }

    private static JsonNode? Steps(JsonNode? step, string list, Func<Random, JsonNode> make, Random random)
    {
        JsonNode? kept = step?.DeepClone();
        JsonNode added = make(random);
        switch (random.Next(5))
        {
            case 0:
                return random.Next(4) == 0 ? null : added;
            case 1 when kept is not null:
                return Sequence(list, [added, kept]);
            case 2 when kept is not null:
                return Sequence(list, [kept, added]);
            case 3:
                // The same step again and again.
                return Sequence(list, [.. Enumerable.Range(0, random.Next(2, 66)).Select(_ => added.DeepClone())]);
            default:
                for (int depth = random.Next(1, 20); depth > 0; depth--)
                {
                    added = Sequence(list, [added]);
                }
                return added;
        }
    }

    private static JsonObject Sequence(string list, JsonNode[] steps) => new() { ["type"] = "Sequence", [list] = new JsonArray(steps) };

    private static JsonNode Normalizer(Random random) => random.Next(4) switch
    {
        0 => new JsonObject { ["type"] = Any(random, "NFC", "NFD") },
        1 => new JsonObject { ["type"] = "Prepend", ["prepend"] = Content(random) },
        _ => Replace(random),
    };

    private static JsonNode PreTokenizer(Random random) => random.Next(4) switch
    {
        0 => new JsonObject { ["type"] = "ByteLevel", ["add_prefix_space"] = random.Next(2) == 0, ["use_regex"] = random.Next(2) == 0 },
        1 => new JsonObject { ["type"] = "Digits", ["individual_digits"] = random.Next(2) == 0 },
        2 => Metaspace(random),
        _ => new JsonObject { ["type"] = "Split", ["pattern"] = Pattern(random), ["behavior"] = Any(random, Behaviors), ["invert"] = random.Next(2) == 0 },
    };

    private static JsonNode Decoder(Random random) => random.Next(6) switch
    {
        0 => new JsonObject { ["type"] = Any(random, "ByteLevel", "ByteFallback", "Fuse") },
        1 => new JsonObject { ["type"] = "Strip", ["content"] = Any(random, Literals), ["start"] = Count(random), ["stop"] = Count(random) },
        2 => Metaspace(random),
        _ => Replace(random),
    };

    private static JsonObject Replace(Random random) => new() { ["type"] = "Replace", ["pattern"] = Pattern(random), ["content"] = Content(random) };

    private static JsonObject Metaspace(Random random) => new()
    {
        ["type"] = "Metaspace",
        ["replacement"] = Any(random, "\u2581", "a", "日", "b"),
        ["prepend_scheme"] = Any(random, "always", "first", "never"),
        ["split"] = random.Next(2) == 0,
    };

    private static JsonObject Pattern(Random random)
    {
        if (random.Next(3) == 0)
        {
            return new JsonObject { ["String"] = Any(random, Literals) };
        }
        string pattern = Any(random, Patterns);
        return new JsonObject
        {
            ["Regex"] = random.Next(3) switch
            {
                0 => $"{pattern}|{Any(random, Patterns)}",
                1 => $"(?:{pattern}){Any(random, Patterns)}",
                _ => pattern,
            },
        };
    }

    private static string Content(Random random) =>
        random.Next(3) == 0 ? string.Concat(Enumerable.Repeat(Any(random, Literals), random.Next(2000))) : Any(random, [.. Literals, ""]);

    private static int Count(Random random) => Any(random, 0, 1, 2, int.MaxValue);

    private static void AddTokens(JsonObject tokenizer, Random random)
    {
        var tokens = (tokenizer["added_tokens"] as JsonArray)?.DeepClone() as JsonArray ?? [];
        var vocabulary = tokenizer["model"]!["vocab"] as JsonObject;
        IEnumerable<int> after = tokens.Select(token => (token as JsonObject)?["id"] is JsonValue id ? (int)id + 1 : 0);
        int next = after.Append(vocabulary?.Count ?? 0).Max();
        string text = random.Next(4) switch
        {
            0 => new string(Any(random, ' ', 'a', '\n'), random.Next(1, 3)),
            1 => new string('a', random.Next(1, 1026)) + Any(random, "", "b", " "),
            _ => Any(random, Literals) + Any(random, "", "x", " ", ">"),
        };
        for (int count = random.Next(3) == 0 ? random.Next(1, 60) : 1; count > 0 && text.Length > 0; count--, text = text[1..])
        {
            tokens.Add(new JsonObject
            {
                ["id"] = vocabulary?[text] is JsonValue known ? (int)known : next++,
                ["content"] = text,
                ["single_word"] = random.Next(4) == 0,
                ["lstrip"] = random.Next(3) == 0,
                ["rstrip"] = random.Next(3) == 0,
                ["normalized"] = random.Next(3) == 0,
                ["special"] = random.Next(2) == 0,
            });
        }
        tokenizer["added_tokens"] = tokens;
    }

    /// <summary>Adds tokens and merges that make them: longer and longer ones of one letter, or of any two tokens.</summary>
    private static void AddPieces(JsonObject model, Random random)
    {
        if (model["vocab"] is not JsonObject vocabulary || model["merges"] is not JsonArray merges || vocabulary.Count == 0)
        {
            return;
        }
        string left = Any(random, [.. vocabulary.Select(token => token.Key)]), right = left;
        for (int count = random.Next(1, 12); count > 0; count--)
        {
            string joined = left + right;
            if (joined.Length == 0 || joined.Length > 5000)
            {
                return;
            }
            vocabulary.TryAdd(joined, vocabulary.Count);
            merges.Insert(random.Next(merges.Count + 1), new JsonArray(left, right));
            left = random.Next(2) == 0 ? joined : Any(random, [.. vocabulary.Select(token => token.Key)]);
            right = random.Next(2) == 0 ? joined : left;
        }
    }

    private static T Any<T>(Random random, params T[] values) => values[random.Next(values.Length)];
}
