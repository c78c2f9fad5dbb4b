using DecoupleQ.ModelFiles;
using DecoupleQ.Testing;
using DecoupleQ.Tokenization;

namespace DecoupleQ.Tests.Tokenization;

/// <summary>Which tokenizer a path means.</summary>
public sealed class TokenizerFilesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("tokenizers", "smollm2", "tokenizer.json")]
    [InlineData("tokenizers", "mistral", "tokenizer.json")]
    [InlineData("golden", "tiny", "tiny-llama-spm", "tokenizer.model")]
    [InlineData("golden", "tiny", "tiny-llama-spm", "model.gguf")]
    public void A_file_by_itself_is_told_by_its_content(params string[] file)
    {
        string path = Paths.Golden(file), copy = _folder.File("vocabulary");
        File.Copy(path, copy);
        const string Text = "It was the best of times <s>, 3 × π. ";
        int[] ids = [.. TokenizerFiles.Load(path.EndsWith(".gguf", StringComparison.Ordinal) ? path : Path.GetDirectoryName(path)!).Encode(Text)];
        Assert.NotEmpty(ids);
        Assert.Equal(ids, TokenizerFiles.Load(copy).Encode(Text));
    }

    [Fact]
    public void Json_may_begin_with_a_mark_or_with_white_space()
    {
        const string Json = """{"model": {"type": "BPE", "vocab": {"a": 0, "b": 1}, "merges": []}}""";
        foreach (string start in (string[])["", "\n", " \t\r\n\n", "\uFEFF", "\uFEFF\n"])
        {
            File.WriteAllText(_folder.File("tokenizer"), start + Json);
            Assert.Equal([1, 0], TokenizerFiles.Load(_folder.File("tokenizer")).Encode("ba"));
        }
    }

    [Fact]
    public void The_beginning_id_is_named_by_the_settings_whether_inputs_start_with_it_or_not()
    {
        Assert.Equal((null, 128000), Beginning(Paths.Golden("tokenizers", "llama3")));
        Assert.Equal((null, null), Beginning(Paths.Golden("tokenizers", "llama3", "tokenizer.json")));
        Assert.Equal((null, null), Beginning(Paths.Golden("tokenizers", "qwen3")));
        Assert.Equal((1, 1), Beginning(Paths.Golden("tokenizers", "mistral", "tokenizer.json")));
        Assert.Equal((1, 1), Beginning(Paths.Golden("golden", "tiny", "tiny-llama-spm", "tokenizer.model")));
        Assert.Equal((null, 1), Beginning(Paths.Golden("models", "smollm2-135m-instruct", "model.gguf")));
        File.Copy(Paths.Golden("golden", "tiny", "tiny-llama-spm", "tokenizer.model"), _folder.File("tokenizer.model"));
        File.WriteAllText(_folder.File("tokenizer_config.json"), """{"add_bos_token": false}""");
        Assert.Equal((null, 1), Beginning(_folder.Path));

        static (int?, int?) Beginning(string path)
        {
            Tokenizer tokenizer = TokenizerFiles.Load(path);
            return (tokenizer.LeadingId, tokenizer.BeginningId);
        }
    }

    [Fact]
    public void What_is_no_tokenizer_is_refused_with_what_would_be_one()
    {
        string missing = _folder.File("missing"), empty = Write("empty", []), text = Write("text", "Once upon a time"u8), weights = Write(
            "weights", [8, 0, 0, 0, 0, 0, 0, 0, .. "{}      "u8]);
        Refused(missing, "a folder with a tokenizer");
        Refused(empty, "tokenizer.model");
        Refused(text, "tokenizer.model");
        Refused(weights, "tokenizer.model");
        Refused(Write("cut", "GGUF"u8), null);
        Refused(Write("list", "\n\n[1]"u8), null);
        Refused(_folder.Path, "tokenizer.json or tokenizer.model in it");
        string gguf = Write("a.gguf", []);
        Refused(_folder.Path, gguf);

        string Write(string name, ReadOnlySpan<byte> content)
        {
            File.WriteAllBytes(_folder.File(name), content);
            return _folder.File(name);
        }

        static void Refused(string path, string? expected)
        {
            DecoupleQException error = Assert.Throws<DecoupleQException>(() => TokenizerFiles.Load(path));
            Assert.Equal(path, error.File);
            Assert.DoesNotContain('\n', error.Message);
            Assert.Contains(expected ?? "", error.Expected ?? "");
        }
    }
}
