using System.Text;
using System.Text.Json.Nodes;
using CsCheck;
using DecoupleQ.ModelFiles;
using DecoupleQ.Testing;
using DecoupleQ.Tokenization;
using DecoupleQ.Tokenization.Json;

namespace DecoupleQ.Tests.Tokenization.Json;

public sealed class TokenizerJsonTests
{
    private const string Small = """
        {"version":"1.0","truncation":null,"padding":null,
         "added_tokens":[{"id":9,"content":"<s>","single_word":false,"lstrip":false,"rstrip":true,"normalized":false,"special":true},
                         {"id":10,"content":"<tool>","single_word":false,"lstrip":false,"rstrip":false,"normalized":true,"special":false}],
         "normalizer":{"type":"Sequence","normalizers":[{"type":"NFC"},{"type":"Replace","pattern":{"Regex":"\\s+"},"content":" "}]},
         "pre_tokenizer":{"type":"Sequence","pretokenizers":[
                          {"type":"Split","pattern":{"Regex":"\\p{N}{1,3}| ?[^\\s\\p{N}]+|\\s+(?!\\S)"},"behavior":"Isolated","invert":false},
                          {"type":"Digits","individual_digits":true}]},
         "post_processor":{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<s>","type_id":0}},{"Sequence":{"id":"A","type_id":0}}],"pair":[],
                           "special_tokens":{"<s>":{"id":"<s>","ids":[9],"tokens":["<s>"]}}},
         "decoder":{"type":"Sequence","decoders":[{"type":"ByteFallback"},{"type":"Fuse"},{"type":"Strip","content":" ","start":1,"stop":0}]},
         "model":{"type":"BPE","dropout":null,"unk_token":"?","continuing_subword_prefix":null,"end_of_word_suffix":null,
                  "fuse_unk":true,"byte_fallback":false,"ignore_merges":false,
                  "vocab":{"?":0,"a":1,"b":2," ":3,"1":4,"ab":5," a":6," ab":7,"é":8},"merges":[[" ","a"],"a b",[" a","b"]]}}
        """;

    [Fact]
    public void A_small_tokenizer_does_what_its_file_says()
    {
        Tokenizer tokenizer = Parse(Small);
        Assert.Equal([9, 5, 7, 4, 4, 3], tokenizer.Encode("<s>  ab\t\nab11 ", SpecialTokens.Recognized));
        Assert.Equal([9, 10, 0, 8], tokenizer.Encode("<s><tool>ze\u0301", SpecialTokens.Recognized));
        Assert.Equal([0, 8], tokenizer.Encode("<s><tool>ze\u0301"));
        Assert.Equal([9, 1], tokenizer.EncodeWithTemplate("a"));
        Assert.Equal("ab", tokenizer.Decode([9, 7]));
        Assert.Equal("<s> ab<tool>", tokenizer.DecodeWithSpecialTokens([9, 7, 10, 99]));
        Assert.Equal(11, tokenizer.VocabularySize);
        Assert.Equal(9, tokenizer.LeadingId);
        Assert.Equal(10, tokenizer.IdOf("<tool>"));
        Assert.Equal("<tool>", tokenizer.TokenOf(10));
    }

    [Theory]
    [InlineData("pre_tokenizer.pretokenizers[1].type", "\"BertPreTokenizer\"", "Split, Digits, ByteLevel, Metaspace or Sequence")]
    [InlineData("pre_tokenizer.pretokenizers[0].behavior", "\"Dropped\"", "Isolated")]
    [InlineData("pre_tokenizer.pretokenizers[0].pattern.Regex", "\"(?<=a)b\"", "a pattern of literals")]
    [InlineData("pre_tokenizer.pretokenizers[0].pattern.Regex", "\"(?:a*)*\"", "a pattern of literals")]
    [InlineData("pre_tokenizer.pretokenizers[0].pattern.Regex", "\"\\\\p{Han}\"", "a pattern of literals")]
    [InlineData("normalizer.normalizers[0].type", "\"Precompiled\"", "NFC, NFD, Prepend, Replace or Sequence")]
    [InlineData("post_processor.type", "\"RobertaProcessing\"", "TemplateProcessing")]
    [InlineData("post_processor.special_tokens.<s>.ids[0]", "11", "from 0 to 10")]
    [InlineData("decoder.decoders[0].type", "\"CTC\"", "ByteFallback")]
    [InlineData("model.type", "\"Unigram\"", "BPE")]
    [InlineData("model.dropout", "0.1", "no dropout")]
    [InlineData("model.continuing_subword_prefix", "\"##\"", "none")]
    [InlineData("model.unk_token", "\"<unk>\"", "a token of the vocabulary")]
    [InlineData("model.vocab.b", "1", "a different id for each token")]
    [InlineData("model.vocab.é", "1000000000", "ids that follow one another", "model.vocab")]
    [InlineData("model.vocab.b", "-1", "a whole number from 0")]
    [InlineData("model.merges[0]", "\"a  b\"", "two tokens with one space between them")]
    [InlineData("model.merges[0]", "\"a z\"", "merges of tokens in the vocabulary")]
    [InlineData("model.merges[2]", "[\"a\"]", "two tokens")]
    [InlineData("model.scale", "1", "only type, dropout")]
    [InlineData("added_tokens[0].id", "12", "9, its id in the vocabulary or else the next free one", "added_tokens[0]")]
    [InlineData("added_tokens[1].content", "\"<s>\"", "9, its id", "added_tokens[1]")]
    [InlineData("version", "\"2.0\"", "1.0")]
    public void What_is_not_understood_is_refused_by_file_and_path(string path, string value, string expected, string? field = null)
    {
        var error = Assert.Throws<DecoupleQException>(() => Parse(Changed(path, value)));
        Assert.Equal("tokenizer.json", error.File);
        Assert.Equal(field ?? path, error.Field);
        Assert.Contains(expected, error.Expected, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{\"version\":\"1.0\"}")]
    [InlineData("{\"model\":{},\"model\":{}}")]
    [InlineData("{\"model\":{\"type\":\"BPE\",\"vocab\":{},\"merges\":[]}}")]
    [InlineData("{\"model\":{\"type\":\"BPE\",\"vocab\":{\"\\ud800\":0},\"merges\":[]}}")]
    public void What_is_no_tokenizer_is_refused(string json)
    {
        var error = Assert.Throws<DecoupleQException>(() => Parse(json));
        Assert.Equal("tokenizer.json", error.File);
    }

    [Fact]
    public void The_first_files_of_the_format_do_not_name_the_model()
    {
        JsonNode node = JsonNode.Parse(Small)!;
        node["model"]!.AsObject().Remove("type");
        node["model"]!["merges"]!.AsArray().Insert(0, "#version: 0.2");
        Assert.Equal([7], Parse(node.ToJsonString()).Encode(" ab"));
    }

    [Theory]
    [InlineData("{\"add_bos_token\":false}", null)]
    [InlineData("{\"add_bos_token\":true,\"bos_token\":{\"content\":\"<tool>\"}}", 10)]
    [InlineData("{\"bos_token\":\"<tool>\"}", 9)]
    public void The_folders_configuration_decides_about_the_leading_id(string config, int? leading)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("tokenizer.json"), Small);
        File.WriteAllText(folder.File("tokenizer_config.json"), config);
        Assert.Equal(leading, TokenizerFiles.Load(folder.Path).LeadingId);
    }

    [Theory]
    [InlineData("{\"add_bos_token\":true}", "bos_token")]
    [InlineData("{\"added_tokens_decoder\":{\"11\":{\"content\":\"<more>\",\"special\":true}}}", "added_tokens")]
    public void A_configuration_that_does_not_fit_is_refused(string config, string field)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("tokenizer.json"), Small);
        File.WriteAllText(folder.File("tokenizer_config.json"), config);
        Assert.Equal(field, Assert.Throws<DecoupleQException>(() => TokenizerFiles.Load(folder.Path)).Field);
    }

    [Fact]
    public void A_word_of_a_million_letters_is_encoded_at_once()
    {
        Tokenizer tokenizer = Parse(Small);
        string word = string.Concat(Enumerable.Repeat("ab", 500_000));
        Assert.Equal(Enumerable.Repeat(5, 500_000), tokenizer.Encode(word));
    }

    [Fact]
    public void Surrogates_without_their_pair_become_replacement_characters()
    {
        Tokenizer tokenizer = Parse(Small);
        Assert.Equal(tokenizer.Encode("a\uFFFDb"), tokenizer.Encode("a\uD800b"));
    }

    [Fact]
    public void Bytes_become_text_as_soon_as_it_is_certain()
    {
        Tokenizer tokenizer = TokenizerJson.Load(Paths.Golden("tokenizers", "mistral", "tokenizer.json"));
        int[] bytes = [.. new byte[] { 0xF0, 0x9F, 0x98, 0x80, 0xE2, 0x82, 0x41, 0xC3, 0xA9, 0xF0, 0x9F }.Select(value => value + 3)];
        Assert.Equal("\U0001F600\uFFFD\uFFFDA\u00E9\uFFFD\uFFFD", tokenizer.Decode(bytes));
    }

    [Theory]
    [InlineData("mistral")]
    [InlineData("smollm2")]
    public void Streamed_pieces_together_are_the_decoded_text(string name)
    {
        Tokenizer tokenizer = TokenizerJson.Load(Paths.Golden("tokenizers", name, "tokenizer.json"));
        Gen.OneOf(Gen.Int[0, 300], Gen.Int[0, tokenizer.VocabularySize - 1]).Array[0, 60].Sample(ids =>
        {
            var stream = new TokenStream(tokenizer);
            string text = string.Concat(ids.Select(stream.Push));
            return text + stream.Flush() == tokenizer.Decode(ids);
        });
    }

    [Fact]
    public void Threads_share_a_tokenizer()
    {
        Tokenizer tokenizer = TokenizerJson.Load(Paths.Golden("tokenizers", "smollm2", "tokenizer.json"));
        string[] texts = [.. File.ReadLines(Paths.Golden("data", "books", "validation.txt")).Take(2000)];
        IReadOnlyList<int>[] alone = [.. texts.Select(text => tokenizer.Encode(text))];
        var together = new IReadOnlyList<int>[texts.Length];
        Parallel.For(0, texts.Length, new ParallelOptions { MaxDegreeOfParallelism = 4 }, i => together[i] = tokenizer.Encode(texts[i]));
        Assert.Equal(alone, together);
    }

    private static Tokenizer Parse(string json) => TokenizerJson.Parse(Encoding.UTF8.GetBytes(json), "tokenizer.json");

    /// <summary>The small tokenizer with the value at <paramref name="path"/> replaced or added.</summary>
    private static string Changed(string path, string value)
    {
        JsonNode root = JsonNode.Parse(Small)!;
        JsonNode node = root;
        string[] steps = path.Replace("[", ".[", StringComparison.Ordinal).Split('.');
        for (int i = 0; i < steps.Length - 1; i++)
        {
            node = steps[i][0] == '[' ? node[int.Parse(steps[i][1..^1])]! : node[steps[i]]!;
        }
        if (steps[^1][0] == '[')
        {
            node[int.Parse(steps[^1][1..^1])] = JsonNode.Parse(value);
        }
        else
        {
            node[steps[^1]] = JsonNode.Parse(value);
        }
        return root.ToJsonString();
    }
}
