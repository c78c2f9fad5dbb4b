using System.Text.Json;
using DecoupleQ.Testing;
using DecoupleQ.Tokenization;
using DecoupleQ.Tokenization.Gguf;
using DecoupleQ.Tokenization.SentencePiece;

namespace DecoupleQ.Tests.Tokenization.Gguf;

public sealed class GgufTokenizerTests
{
    [Theory]
    [InlineData("smollm2", "smollm")]
    [InlineData("llama3", "llama-bpe")]
    [InlineData("qwen3", "qwen2")]
    public void The_kind_gpt2_gives_the_ids_of_the_tokenizer_it_was_converted_from(string name, string pre)
    {
        Tokenizer tokenizer = GgufTokenizer.Create(Convert(name) with { Pre = pre });
        foreach (string line in File.ReadLines(Paths.Golden("tokenizers", name, "expected.jsonl")))
        {
            using JsonDocument document = JsonDocument.Parse(line);
            JsonElement expected = document.RootElement;
            if (!expected.TryGetProperty("text", out JsonElement text))
            {
                continue;
            }
            int[] ids = Ids(expected, "ids");
            Assert.Equal(ids, tokenizer.Encode(text.GetString()!, SpecialTokens.Recognized));
            Assert.Equal(Ids(expected, "idsSpecialAsText"), tokenizer.Encode(text.GetString()!));
            Assert.Equal(expected.GetProperty("decoded").GetString(), tokenizer.DecodeWithSpecialTokens(ids));
            Assert.Equal(expected.GetProperty("decodedSkipSpecial").GetString(), tokenizer.Decode(ids));
        }
    }

    [Fact]
    public void The_kind_llama_gives_the_ids_of_SentencePiece()
    {
        Tokenizer tokenizer = GgufTokenizer.Create(Books());
        using JsonDocument golden = JsonDocument.Parse(File.ReadAllText(Paths.Golden("golden", "books-8m-tokens.json")));
        foreach (JsonElement line in golden.RootElement.EnumerateArray())
        {
            Assert.Equal(Ids(line, "ids"), tokenizer.Encode(line.GetProperty("text").GetString()!));
            Assert.Equal(line.GetProperty("decoded").GetString(), tokenizer.Decode(Ids(line, "ids")));
        }
        Assert.Equal(1, tokenizer.LeadingId);
        Assert.Equal([1, 1, 261], tokenizer.EncodeWithTemplate("<s>a"));
        Assert.Equal("<s> a", tokenizer.DecodeWithSpecialTokens([1, 261]));
    }

    [Fact]
    public void Settings_of_the_file_decide_what_is_added()
    {
        GgufVocabulary books = Books();
        Assert.Null(GgufTokenizer.Create(books with { AddsBeginning = false }).LeadingId);
        Assert.Equal([1, 261, 2], GgufTokenizer.Create(books with { AddsEnd = true }).EncodeWithTemplate("a"));
        Assert.Equal([4029], GgufTokenizer.Create(books with { AddsSpacePrefix = false }).Encode("e"));
    }

    [Fact]
    public void Unused_tokens_fill_the_vocabulary_up()
    {
        GgufVocabulary books = Books();
        GgufVocabulary padded = books with
        {
            Tokens = [.. books.Tokens, "[PAD4096]", "[PAD4096]"],
            Types = [.. books.Types, PieceType.Unused, PieceType.Unused],
            Scores = [.. books.Scores!, -10000, -10000],
        };
        Tokenizer tokenizer = GgufTokenizer.Create(padded);
        Assert.Equal(4098, tokenizer.VocabularySize);
        Assert.Equal(GgufTokenizer.Create(books).Encode("[PAD4096] of"), tokenizer.Encode("[PAD4096] of"));
    }

    [Fact]
    public void What_cannot_be_run_exactly_is_refused_by_key()
    {
        GgufVocabulary books = Books();
        Refused("tokenizer.ggml.model", books with { Model = "bert" });
        Refused("tokenizer.ggml.scores", books with { Scores = null });
        Refused("tokenizer.ggml.bos_token_id", books with { BeginningId = null, AddsBeginning = true });
        Refused("tokenizer.ggml.tokens[300]", books with { Types = [.. books.Types.Select((type, id) => id == 300 ? PieceType.Unused : type)] });
        Refused(
            "tokenizer.ggml.tokens",
            books with
            {
                Tokens = [.. books.Tokens.Select(token => token == "<0x0A>" ? "x0A" : token)],
                Types = [.. books.Types.Select((type, id) => books.Tokens[id] == "<0x0A>" ? PieceType.Normal : type)],
            });
        GgufVocabulary gpt2 = new()
        {
            File = "model.gguf", Model = "gpt2", Pre = "gpt-2", Tokens = ["a", "b", "ab"], Types = [
                PieceType.Normal, PieceType.Normal, PieceType.Normal
            ], Merges = ["a b"],
        };
        Assert.Equal([2, 0], GgufTokenizer.Create(gpt2).Encode("aba?"));
        Refused("tokenizer.ggml.pre", gpt2 with { Pre = "viking" });
        Refused("tokenizer.ggml.merges", gpt2 with { Merges = null });
        Refused("tokenizer.ggml.merges[0]", gpt2 with { Merges = ["a c"] });
        Refused("tokenizer.ggml.tokens[2]", gpt2 with { Tokens = ["a", "b", "a"] });
        Refused("tokenizer.ggml.add_space_prefix", gpt2 with { AddsSpacePrefix = true });
    }

    private static void Refused(string key, GgufVocabulary vocabulary)
    {
        var error = Assert.Throws<DecoupleQException>(() => GgufTokenizer.Create(vocabulary));
        Assert.Equal(key, error.Field);
        Assert.Equal("model.gguf", error.File);
    }

    /// <summary>What a conversion writes down of a <c>tokenizer.json</c>.</summary>
    private static GgufVocabulary Convert(string name)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(Paths.Golden("tokenizers", name, "tokenizer.json")));
        JsonElement root = document.RootElement;
        var tokens = new SortedDictionary<int, (string Text, PieceType Type)>();
        foreach (JsonProperty token in root.GetProperty("model").GetProperty("vocab").EnumerateObject())
        {
            tokens[token.Value.GetInt32()] = (token.Name, PieceType.Normal);
        }
        foreach (JsonElement token in root.GetProperty("added_tokens").EnumerateArray())
        {
            tokens[token.GetProperty("id").GetInt32()] = (
                token.GetProperty("content").GetString()!, token.GetProperty("special").GetBoolean() ? PieceType.Control : PieceType.UserDefined);
        }
        return new GgufVocabulary
        {
            File = "model.gguf",
            Model = "gpt2",
            Tokens = [.. tokens.Values.Select(token => token.Text)],
            Types = [.. tokens.Values.Select(token => token.Type)],
            Merges = [.. root.GetProperty("model").GetProperty("merges").EnumerateArray().Select(merge =>
                merge.ValueKind == JsonValueKind.String ? merge.GetString()! : $"{merge[0].GetString()} {merge[1].GetString()}")],
        };
    }

    private static GgufVocabulary Books()
    {
        SentencePieceModel model = SentencePieceModel.Read(Path.Combine(Paths.Model, "tokenizer.model"));
        return new GgufVocabulary
        {
            File = "model.gguf",
            Model = "llama",
            Pre = "default",
            Tokens = [.. model.Pieces.Select(piece => piece.Text)],
            Types = [.. model.Pieces.Select(piece => piece.Type)],
            Scores = [.. model.Pieces.Select(piece => piece.Score)],
            BeginningId = 1,
            EndId = 2,
        };
    }

    private static int[] Ids(JsonElement line, string name) => [.. line.GetProperty(name).EnumerateArray().Select(id => id.GetInt32())];
}
