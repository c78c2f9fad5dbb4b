using System.Text;
using System.Text.Json.Nodes;
using DecoupleQ.Tokenization;
using DecoupleQ.Tokenization.Json;

namespace DecoupleQ.Tests.Fuzzing;

/// <summary>
/// <c>tokenizer.json</c> files: damaged copies of small ones with every kind of step. Most damage exchanges a value for one from elsewhere in them,
/// so that what is wrong is not the syntax but what it says.
/// </summary>
internal sealed class TokenizerJsonTarget : IFuzzTarget
{
    private const string Resource = "reference-tokenizers.jsonl";

    // Tables of characters and patterns as programs, whatever the file holds; vocabulary, merges and caches as objects, and two texts.
    private const long FixedAllocation = 8 << 20;
    private const long AllocationPerByte = 400;

    private static readonly string[] Extremes =
    [
        "null", "true", "false", "0", "-1", "1.5", "1e308", "2147483647", "2147483648", "16777216", "99999999999999999999",
        "\"\"", "\"\\u0000\"", "\"(\"", "\"(a|b)*\"", "\"\\\\p{L}+\"",
        "\"(((((((((a{1,9}){1,9}){1,9}){1,9})))))\"", "\"a{1,99999}\"", "\"[^\\\\s\\\\S]\"", "\"(?=(?=(?=a)))\"", "\"\\uFFFF\"",
        "\"\\uD83D\\uDE00\"", "[]", "{}", "[[]]", "[null]",
    ];

    private readonly (JsonObject Tokenizer, byte[] Bytes, string Text)[] _originals = [.. Originals()];
    private readonly JsonNode?[] _values;

    public TokenizerJsonTarget()
    {
        var values = new List<JsonNode?>();
        foreach (string extreme in Extremes)
        {
            values.Add(JsonNode.Parse(extreme));
        }
        foreach ((JsonObject tokenizer, _, _) in _originals)
        {
            values.AddRange(Places(tokenizer).Select(place => place.Value).Where(value => value?.ToJsonString().Length < 400));
        }
        _values = [.. values];
    }

    public string Name => "tokenizer-json";

    public long MostAllocated(int length) => FixedAllocation + (AllocationPerByte * length);

    public byte[] Damage(Random random)
    {
        (JsonObject original, byte[] bytes, _) = _originals[random.Next(_originals.Length)];
        if (random.Next(4) == 0)
        {
            return Mutation.Of(bytes, random);
        }
        var tokenizer = (JsonObject)original.DeepClone();
        for (int change = random.Next(1, 4); change > 0; change--)
        {
            List<(JsonNode Parent, object Key, JsonNode? Value)> places = [.. Places(tokenizer)];
            if (places.Count == 0)
            {
                break;
            }
            (JsonNode parent, object key, _) = places[random.Next(places.Count)];
            Change(parent, key, random.Next(8) == 0 ? null : _values[random.Next(_values.Length)]?.DeepClone(), random.Next(6) == 0);
        }
        return Encoding.UTF8.GetBytes(tokenizer.ToJsonString());
    }

    public void Read(byte[] damaged, Random random)
    {
        Tokenizer tokenizer = TokenizerJson.Parse(damaged, "tokenizer.json");
        string text = _originals[random.Next(_originals.Length)].Text;
        tokenizer.Decode(tokenizer.Encode(text));
        tokenizer.DecodeWithSpecialTokens(tokenizer.EncodeWithTemplate(text));
    }

    public void Dispose()
    {
    }

    private static void Change(JsonNode parent, object key, JsonNode? value, bool removes)
    {
        switch (parent, key)
        {
            case (JsonObject section, string name) when removes:
                section.Remove(name);
                break;
            case (JsonObject section, string name):
                section[name] = value;
                break;
            case (JsonArray list, int index) when removes:
                list.RemoveAt(index);
                break;
            case (JsonArray list, int index):
                list[index] = value;
                break;
        }
    }

    private static IEnumerable<(JsonNode Parent, object Key, JsonNode? Value)> Places(JsonNode node)
    {
        IEnumerable<(object Key, JsonNode? Value)> children = node switch
        {
            JsonObject section => section.Select(entry => ((object)entry.Key, entry.Value)),
            JsonArray list => list.Select((value, index) => ((object)index, value)),
            _ => [],
        };
        foreach ((object key, JsonNode? value) in children)
        {
            yield return (node, key, value);
            foreach ((JsonNode Parent, object Key, JsonNode? Value) inner in value is null ? [] : Places(value))
            {
                yield return inner;
            }
        }
    }

    private static IEnumerable<(JsonObject Tokenizer, byte[] Bytes, string Text)> Originals()
    {
        using var reader = new StreamReader(typeof(TokenizerJsonTarget).Assembly.GetManifestResourceStream(Resource)!);
        while (reader.ReadLine() is string line)
        {
            JsonNode entry = JsonNode.Parse(line)!;
            var tokenizer = (JsonObject)entry["tokenizer"]!.DeepClone();
            string text = string.Join(" \n", entry["encode"]!.AsArray().Select(item => (string)item!["text"]!));
            yield return (tokenizer, Encoding.UTF8.GetBytes(tokenizer.ToJsonString()), text);
        }
    }
}
