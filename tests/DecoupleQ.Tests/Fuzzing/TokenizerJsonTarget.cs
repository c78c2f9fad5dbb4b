using System.Text;
using System.Text.Json.Nodes;
using DecoupleQ.Tokenization;
using DecoupleQ.Tokenization.Json;

namespace DecoupleQ.Tests.Fuzzing;

/// <summary>
/// <c>tokenizer.json</c> files: damaged copies of small ones with every kind of step. Most damage is to what they say, not to their syntax: values from
/// elsewhere in them, and <see cref="TokenizerMutations"/>.
/// </summary>
internal sealed class TokenizerJsonTarget : IFuzzTarget
{
    private const string Resource = "reference-tokenizers.jsonl";

    // Of reading the file and some hundred calls with it, one after the other, each of which is held to its own bound (TokenizerExercise).
    private const long FixedAllocation = 1 << 30;
    private const long AllocationPerByte = 8;

    private static readonly string[] Extremes =
    [
        "null", "true", "false", "0", "-1", "1.5", "1e308", "2147483647", "2147483648", "16777216", "99999999999999999999",
        "\"\"", "\"\\u0000\"", "\"(\"", "\"(a|b)*\"", "\"\\\\p{L}+\"",
        "\"(((((((((a{1,9}){1,9}){1,9}){1,9})))))\"", "\"a{1,99999}\"", "\"[^\\\\s\\\\S]\"", "\"(?=(?=(?=a)))\"", "\"\\uFFFF\"",
        "\"\\uD83D\\uDE00\"", "[]", "{}", "[[]]", "[null]",
    ];

    private readonly (JsonObject Tokenizer, byte[] Bytes, string Text)[] _originals = [.. Originals()];
    private readonly JsonMutation _mutation;

    public TokenizerJsonTarget() => _mutation = new JsonMutation(_originals.Select(original => original.Tokenizer), Extremes);

    public string Name => "tokenizer-json";

    public long MostAllocated(int length) => FixedAllocation + (AllocationPerByte * length);

    public byte[] Damage(Random random)
    {
        (JsonObject original, byte[] bytes, _) = _originals[random.Next(_originals.Length)];
        return random.Next(6) switch
        {
            0 => Mutation.Of(bytes, random),
            1 or 2 => Bytes(_mutation.Of(original, random)),
            3 => Bytes(_mutation.Of(TokenizerMutations.Of(original, random), random)),
            _ => Bytes(TokenizerMutations.Of(original, random)),
        };
    }

    public void Read(byte[] damaged, Random random)
    {
        Tokenizer tokenizer = TokenizerExercise.Within(() => TokenizerJson.Parse(damaged, "tokenizer.json"), damaged.Length);
        string text = _originals[random.Next(_originals.Length)].Text;
        tokenizer.Decode(tokenizer.Encode(text));
        tokenizer.DecodeWithSpecialTokens(tokenizer.EncodeWithTemplate(text));
        TokenizerExercise.Run(tokenizer, random);
    }

    public void Dispose()
    {
    }

    private static byte[] Bytes(JsonObject tokenizer) => Encoding.UTF8.GetBytes(tokenizer.ToJsonString());

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
