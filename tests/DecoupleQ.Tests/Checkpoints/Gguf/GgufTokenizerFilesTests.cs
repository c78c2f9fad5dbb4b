using System.Text.Json;
using System.Text.Json.Nodes;
using DecoupleQ.Chat;
using DecoupleQ.Checkpoints;
using DecoupleQ.Checkpoints.Gguf;
using DecoupleQ.Generation;
using DecoupleQ.ModelFiles;
using DecoupleQ.Models;
using DecoupleQ.Testing;
using DecoupleQ.Tests.Tokenization.Json;
using DecoupleQ.Tokenization;
using DecoupleQ.Tokenization.Gguf;
using DecoupleQ.Tokenization.Json;

namespace DecoupleQ.Tests.Checkpoints.Gguf;

/// <summary>Tokenizers inside GGUF files: run as they are, and written as the files of a Hugging Face folder.</summary>
public sealed class GgufTokenizerFilesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_published_byte_level_tokenizer_gives_the_expected_ids_from_the_file_and_from_the_files_written()
    {
        string path = Paths.Golden("models", "smollm2-135m-instruct", "model.gguf");
        WriteCompanions(path);
        foreach (Tokenizer tokenizer in (Tokenizer[])[TokenizerFiles.Load(path), TokenizerFiles.Load(_folder.Path)])
        {
            Assert.Equal(49152, tokenizer.VocabularySize);
            Assert.Null(tokenizer.LeadingId);
            CheckLines(tokenizer, "smollm2");
        }
    }

    [Fact]
    public void A_sentencepiece_tokenizer_gives_the_expected_ids_from_the_file_and_from_the_files_written()
    {
        string path = Paths.Golden("golden", "tiny", "tiny-llama-spm", "model.gguf");
        WriteCompanions(path);
        JsonArray lines = (JsonArray)JsonNode.Parse(File.ReadAllText(Paths.Golden("golden", "books-8m-tokens.json")))!;
        Assert.NotEmpty(lines);
        foreach (Tokenizer tokenizer in (Tokenizer[])[TokenizerFiles.Load(path), TokenizerFiles.Load(_folder.Path)])
        {
            Assert.Equal(1, tokenizer.LeadingId);
            foreach (JsonNode? line in lines)
            {
                int[] ids = [.. line!["ids"]!.AsArray().Select(id => (int)id!)];
                Assert.Equal(ids, tokenizer.Encode((string)line["text"]!));
                Assert.Equal((string)line["decoded"]!, tokenizer.Decode(ids));
            }
        }
    }

    [Theory]
    [InlineData("llama3", "llama-bpe")]
    [InlineData("qwen3", "qwen2")]
    public void A_vocabulary_with_added_tokens_at_its_end_gives_the_expected_ids_from_the_file_written(string name, string pre)
    {
        GgufTokenizerData data = Data(name, pre);
        byte[] json = GgufTokenizerJson.ToJson(data);
        var model = JsonNode.Parse(json)!["model"]!;
        // As in the published file: added tokens stand outside the model's own vocabulary.
        Assert.Equal(
            JsonNode.Parse(File.ReadAllText(Paths.Golden("tokenizers", name, "tokenizer.json")))!["model"]!["vocab"]!.AsObject().Count,
            model["vocab"]!.AsObject().Count);
        CheckLines(TokenizerJson.Parse(json, "tokenizer.json"), name);
    }

    [Fact]
    public void The_chat_template_and_the_special_tokens_go_into_the_settings()
    {
        string path = Paths.Golden("models", "smollm2-135m-instruct", "model.gguf");
        WriteCompanions(path);
        JsonObject settings = (JsonObject)JsonNode.Parse(File.ReadAllText(_folder.File("tokenizer_config.json")))!;
        Assert.Equal(GgufTokenizerData.Read(path).ChatTemplate, (string?)settings["chat_template"]);
        Assert.Equal(
            ("<|im_start|>", "<|im_end|>", "<|endoftext|>"),
            ((string?)settings["bos_token"], (string?)settings["eos_token"], (string?)settings["unk_token"]));
        Assert.False((bool)settings["add_bos_token"]!);
    }

    [Fact]
    public void A_template_for_tools_is_found_and_goes_along()
    {
        string path = ByteLevel(tokens: 256, rows: 256)
            .Add("tokenizer.chat_template", "plain").Add("tokenizer.chat_template.tool_use", "tools").Save(_folder);
        WriteCompanions(path);
        foreach (string model in (string[])[path, _folder.Path])
        {
            Assert.Equal("plain", ChatTemplate.Load(model).Render([]).Text);
            Assert.Equal("tools", ChatTemplate.LoadForToolsIfThere(model)!.Render([]).Text);
        }
    }

    [Fact]
    public void A_model_without_a_tokenizer_has_no_files_and_says_so_when_it_is_asked_for_one()
    {
        string path = GgufImage.Model().Save(_folder);
        Assert.Empty(CompanionFiles.Of(path));
        DecoupleQException error = Assert.Throws<DecoupleQException>(() => TokenizerFiles.Load(path));
        Assert.Equal((path, "tokenizer.ggml.model"), (error.File, error.Field));
    }

    [Fact]
    public void Ids_beyond_the_rows_of_the_embedding_are_refused_and_spare_rows_are_not()
    {
        using LanguageModel fewer = LanguageModel.Load(ByteLevel(tokens: 256, rows: 260).Save(_folder, "fewer.gguf"));
        Assert.Equal((256, 260), (fewer.Tokenizer.VocabularySize, fewer.VocabularySize));
        // A token that nothing is merged into does not matter.
        using LanguageModel unused = LanguageModel.Load(ByteLevel(tokens: 261, rows: 260).Save(_folder, "unused.gguf"));
        Assert.Equal(260, unused.Tokenizer.VocabularySize);
        using LanguageModel more = LanguageModel.Load(ByteLevel(tokens: 261, rows: 260, last: "ab").Save(_folder, "more.gguf"));
        DecoupleQException error = Assert.Throws<DecoupleQException>(() => more.Tokenizer);
        Assert.Contains("261", error.Message);
    }

    [Fact]
    public void A_padding_id_beyond_the_rows_is_no_reason_to_refuse_a_tokenizer()
    {
        string path = ByteLevel(tokens: 261, rows: 260).Add("tokenizer.ggml.padding_token_id", 260u).Save(_folder);
        using LanguageModel model = LanguageModel.Load(path);
        Assert.Equal(260, model.Tokenizer.VocabularySize);
        Assert.DoesNotContain(260, model.Tokenizer.Encode("a<260>", SpecialTokens.Recognized));
        Assert.Equal(261, TokenizerFiles.Load(path).VocabularySize);
        foreach (object none in (object[])[uint.MaxValue, -1])
        {
            path = ByteLevel(tokens: 256, rows: 256).Add("tokenizer.ggml.padding_token_id", none).Add("tokenizer.ggml.eot_token_id", none).Save(_folder);
            using LanguageModel without = LanguageModel.Load(path);
            Assert.Equal(256, without.Tokenizer.VocabularySize);
            Assert.Empty(without.EndIds);
        }
        path = ByteLevel(tokens: 256, rows: 256).Add("tokenizer.ggml.padding_token_id", 256u).Save(_folder);
        Assert.Equal(256, TokenizerFiles.Load(path).VocabularySize);
        Assert.NotEmpty(CompanionFiles.Of(path));
    }

    [Fact]
    public void Spare_rows_are_never_sampled_however_probable_they_are()
    {
        // Of the two spare rows one is the other's opposite, and both are far larger than the rest: one of them is always the most probable id.
        float[] head = [.. Enumerable.Range(0, 258 * 32).Select(i => (i / 32) switch { 256 => 1000f, 257 => -1000f, _ => ((i * 31 % 17) - 8) / 8f })];
        GgufImage image = ByteLevel(tokens: 256, rows: 258).Tensor("output.weight", [32, 258], "F32", [.. head.SelectMany(BitConverter.GetBytes)]);
        using LanguageModel model = LanguageModel.Load(image.Save(_folder, "spare.gguf"));
        for (int seed = 0; seed < 4; seed++)
        {
            var options = new GenerationOptions { MaxTokens = 12, Temperature = seed == 0 ? 0 : 2, Seed = (ulong)seed };
            GenerationResult result = new TextGenerator(model).Generate("abc", options, cancellationToken: TestContext.Current.CancellationToken);
            Assert.Equal(12, result.Ids.Count);
            int[] all = [.. model.Tokenizer.Encode("abc"), .. result.Ids];
            float[] logits = model.Logits(all);
            for (int i = 0; i < all.Length; i++)
            {
                int best = System.Numerics.Tensors.TensorPrimitives.IndexOfMax(logits.AsSpan(i * 258, 258));
                Assert.InRange(best, 256, 257);
                Assert.InRange(all[i], 0, 255);
            }
        }
    }

    public static TheoryData<string> WrongKeys => [.. Wrong.Keys];

    private static Dictionary<string, (string Key, object? Value)> Wrong { get; } = new()
    {
        ["an unknown kind"] = ("tokenizer.ggml.model", "bert"),
        ["an unknown pre-tokenizer"] = ("tokenizer.ggml.pre", "novelty"),
        ["a key that is not known"] = ("tokenizer.ggml.precompiled_charsmap", "x"),
        ["tokens that are numbers"] = ("tokenizer.ggml.tokens", new object[] { 1 }),
        ["no tokens"] = ("tokenizer.ggml.tokens", null),
        ["types of another number"] = ("tokenizer.ggml.token_type", new object[] { 1, 1 }),
        ["scores that are integers"] = ("tokenizer.ggml.scores", new object[] { 1 }),
        ["an id beyond the tokens"] = ("tokenizer.ggml.bos_token_id", 256u),
        ["no merges"] = ("tokenizer.ggml.merges", null),
        ["a flag that is a number"] = ("tokenizer.ggml.add_bos_token", 1u),
        ["a template that is a number"] = ("tokenizer.chat_template", 1u),
    };

    [Theory]
    [MemberData(nameof(WrongKeys))]
    public void Wrong_tokenizers_are_refused_by_key(string name)
    {
        (string key, object? value) = Wrong[name];
        GgufImage image = ByteLevel(tokens: 256, rows: 256);
        if (image.Keys.Contains(key))
        {
            image.Remove(key);
        }
        string path = (value is null ? image : image.Add(key, value)).Save(_folder);
        DecoupleQException error = Assert.Throws<DecoupleQException>(() => TokenizerFiles.Load(path));
        Assert.Equal((path, key), (error.File, error.Field));
        Assert.Throws<DecoupleQException>(() => CompanionFiles.Of(path));
    }

    private static GgufImage ByteLevel(int tokens, int rows, string? last = null)
    {
        // The 256 characters that stand for bytes; which stands for which does not matter here.
        IEnumerable<char> bytes = Enumerable.Range('!', '~' - '!' + 1).Concat(Enumerable.Range(0xA1, 12))
            .Concat(Enumerable.Range(0xAE, 82)).Concat(Enumerable.Range(0x100, 68)).Select(c => (char)c);
        object[] texts = [.. bytes.Select(c => (object)c.ToString()), .. Enumerable.Range(256, tokens - 256).Select(i => (object)$"<{i}>")];
        if (last is not null)
        {
            texts[^1] = last;
        }
        string[] merges = last is null ? [] : [string.Join(' ', last.ToCharArray())];
        return GgufImage.Model().Remove("token_embd.weight").Tensor("token_embd.weight", [32, rows], "Q8_0")
            .Add("tokenizer.ggml.model", "gpt2").Add("tokenizer.ggml.pre", "gpt-2").Add("tokenizer.ggml.tokens", texts).Add(
                "tokenizer.ggml.merges", merges);
    }

    private void WriteCompanions(string path)
    {
        foreach (CompanionFile file in CompanionFiles.Of(path))
        {
            using FileStream stream = File.Create(_folder.File(file.Name));
            file.Write(stream);
        }
    }

    private static void CheckLines(Tokenizer tokenizer, string name)
    {
        int lines = 0;
        foreach (string line in File.ReadLines(Paths.Golden("tokenizers", name, "expected.jsonl")))
        {
            using JsonDocument expected = JsonDocument.Parse(line);
            PublishedTokenizerTests.Check(tokenizer, expected.RootElement);
            lines++;
        }
        Assert.True(lines > 50);
    }

    // A published tokenizer as a converter writes it into metadata.
    private static GgufTokenizerData Data(string name, string pre)
    {
        JsonNode json = JsonNode.Parse(File.ReadAllText(Paths.Golden("tokenizers", name, "tokenizer.json")))!;
        var tokens = new SortedDictionary<int, (string Text, int Type)>();
        foreach ((string text, JsonNode? id) in json["model"]!["vocab"]!.AsObject())
        {
            tokens[(int)id!] = (text, 1);
        }
        foreach (JsonNode? added in json["added_tokens"]!.AsArray())
        {
            tokens[(int)added!["id"]!] = ((string)added["content"]!, (bool)added["special"]! ? 3 : 4);
        }
        string[] merges = [.. json["model"]!["merges"]!.AsArray().Select(merge => merge is JsonArray pair ? $"{pair[0]} {pair[1]}" : (string)merge!)];
        GgufValue Texts(string[] texts) => new(GgufValueType.Array, new GgufArray(GgufValueType.String, texts));
        return GgufTokenizerData.Of(new GgufMetadata("file", new Dictionary<string, GgufValue>
        {
            ["tokenizer.ggml.model"] = new(GgufValueType.String, "gpt2"),
            ["tokenizer.ggml.pre"] = new(GgufValueType.String, pre),
            ["tokenizer.ggml.tokens"] = Texts([.. tokens.Values.Select(t => t.Text)]),
            ["tokenizer.ggml.token_type"] = new(GgufValueType.Array, new GgufArray(GgufValueType.Int32, tokens.Values.Select(t => t.Type).ToArray())),
            ["tokenizer.ggml.merges"] = Texts(merges),
            ["tokenizer.ggml.add_bos_token"] = new(GgufValueType.Bool, false),
        }));
    }
}
