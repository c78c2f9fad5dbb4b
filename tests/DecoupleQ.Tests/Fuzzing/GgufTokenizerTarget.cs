using DecoupleQ.Tests.Checkpoints.Gguf;
using DecoupleQ.Tokenization;
using DecoupleQ.Tokenization.Bpe;
using DecoupleQ.Tokenization.Gguf;
using DecoupleQ.Tokenization.SentencePiece;

namespace DecoupleQ.Tests.Fuzzing;

/// <summary>
/// Tokenizers in the metadata of GGUF files, damaged in their own terms: texts, types, scores and merges of tokens, ids of special ones, names of
/// pre-tokenizers, and flags.
/// </summary>
internal sealed class GgufTokenizerTarget : IFuzzTarget
{
    private const string Prefix = "tokenizer.ggml.";

    // Of reading the file and some hundred calls with it, one after the other, each of which is held to its own bound (TokenizerExercise).
    private const long FixedAllocation = 1 << 30;
    private const long AllocationPerByte = 8;

    private static readonly string[] Texts =
    [
        "", " ", "a", "ab", "aab", "\u2581", "\u2581a", "a\u2581", "日", "Ġ", "Ġa", "<s>", "<|im_end|>", "<0x0A>", "\n", "é", "\0",
    ];

    private readonly TemporaryFolder _folder = new();

    public string Name => "gguf-tokenizer";

    public long MostAllocated(int length) => FixedAllocation + (AllocationPerByte * length);

    public void Dispose() => _folder.Dispose();

    public byte[] Damage(Random random)
    {
        bool isByteLevel = random.Next(2) == 0;
        List<(string Text, float Score, int Type)> tokens = [.. isByteLevel ? ByteLevel() : SentencePiece()];
        var merges = new List<string> { "a b", "Ġ a", "a a", "aa aa", "ab a" };
        for (int changes = random.Next(0, 5); changes > 0; changes--)
        {
            int at = random.Next(tokens.Count);
            switch (random.Next(9))
            {
                case 0:
                    tokens[at] = tokens[at] with { Text = Any(random, Texts) };
                    break;
                case 1:
                    tokens[at] = tokens[at] with { Type = random.Next(-1, 8) };
                    break;
                case 2:
                    tokens[at] = tokens[at] with { Score = Any(random, 0, -1, 1e30f, float.MaxValue, float.NaN, float.NegativeInfinity, -0.5f) };
                    break;
                case 3:
                    string joined = Any(random, [.. tokens.Select(token => token.Text)]) + Any(random, [.. tokens.Select(token => token.Text)]);
                    tokens.Add((joined, random.Next(-9, 1), random.Next(4) == 0 ? random.Next(1, 7) : 1));
                    break;
                case 4:
                    tokens.Add((new string(Any(random, 'a', '\u2581', ' '), random.Next(1, 1200)), random.Next(-9, 1), random.Next(1, 7)));
                    break;
                case 5:
                    tokens.RemoveRange(at, Math.Min(random.Next(1, 5), tokens.Count - at));
                    tokens.Add(("a", 0, 1));
                    break;
                case 6:
                    merges.Add($"{Any(random, [.. tokens.Select(token => token.Text)])} {Any(random, Texts)}");
                    break;
                case 7:
                    merges.Insert(random.Next(merges.Count), Any(random, "a  b", "a", "", "a b c", "a b"));
                    break;
                default:
                    // Longer and longer tokens of one letter.
                    for (string text = "aa"; text.Length < 600; text += text)
                    {
                        tokens.Add((text + text, -text.Length, 1));
                        merges.Add($"{text} {text}");
                    }
                    break;
            }
        }
        return Image(isByteLevel, tokens, merges, random);
    }

    public void Read(byte[] damaged, Random random)
    {
        string path = _folder.File("damaged.gguf");
        File.WriteAllBytes(path, damaged);
        Tokenizer tokenizer = TokenizerExercise.Within(
            () =>
            {
                GgufTokenizerData data = GgufTokenizerData.Read(path);
                return GgufTokenizer.Create(data.Vocabulary, data.Control);
            },
            damaged.Length);
        TokenizerExercise.Run(tokenizer, random);
    }

    private static byte[] Image(bool isByteLevel, List<(string Text, float Score, int Type)> tokens, List<string> merges, Random random)
    {
        GgufImage image = GgufImage.Llama(width: 32, feedForward: 64, heads: 2)
            .Add(Prefix + "model", random.Next(20) == 0 ? "bert" : isByteLevel ? "gpt2" : "llama")
            .Add(Prefix + "tokens", (object[])[.. tokens.Select(token => token.Text)])
            .Add(Prefix + "token_type", (object[])[.. tokens.Select(token => (object)token.Type)]);
        if (!isByteLevel || random.Next(4) == 0)
        {
            image.Add(Prefix + "scores", (object[])[.. tokens.Select(token => (object)token.Score)]);
        }
        if (isByteLevel || random.Next(4) == 0)
        {
            image.Add(Prefix + "merges", (object[])[.. merges]);
        }
        if (random.Next(4) != 0)
        {
            image.Add(Prefix + "pre", random.Next(20) == 0 ? "unknown" : Any(random, [.. GgufPreTokenizer.Names]));
        }
        foreach (string key in (string[])["bos_token_id", "eos_token_id", "eot_token_id", "unknown_token_id", "padding_token_id"])
        {
            if (random.Next(3) == 0)
            {
                image.Add(Prefix + key, (uint)random.Next(random.Next(10) == 0 ? int.MaxValue : tokens.Count));
            }
        }
        foreach (string key in (string[])["add_bos_token", "add_eos_token", "add_space_prefix", "remove_extra_whitespaces"])
        {
            if (random.Next(3) == 0)
            {
                image.Add(Prefix + key, random.Next(2) == 0);
            }
        }
        return image.ToBytes();
    }

    private static IEnumerable<(string Text, float Score, int Type)> SentencePiece() =>
    [
        ("<unk>", 0, (int)PieceType.Unknown), ("<s>", 0, (int)PieceType.Control), ("</s>", 0, (int)PieceType.Control),
        .. Enumerable.Range(0, 256).Select(b => (ByteToken.Text((byte)b), 0f, (int)PieceType.Byte)),
        .. ((string[])["\u2581", "a", "b", "ab", "aa", "\u2581a", "\u2581ab", "é", "日"]).Select((text, i) => (text, (float)-i, (int)PieceType.Normal)),
    ];

    private static IEnumerable<(string Text, float Score, int Type)> ByteLevel() =>
    [
        .. Enumerable.Range(0, 256).Select(b => (ByteAlphabet.Character((byte)b).ToString(), 0f, (int)PieceType.Normal)),
        .. ((string[])["ab", "Ġa", "aa", "aaaa", "aba"]).Select(text => (text, 0f, (int)PieceType.Normal)),
        ("<|im_end|>", 0, (int)PieceType.Control), ("<tool>", 0, (int)PieceType.UserDefined), ("  ", 0, (int)PieceType.UserDefined),
    ];

    private static T Any<T>(Random random, params T[] values) => values[random.Next(values.Length)];
}
