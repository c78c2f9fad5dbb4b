using DecoupleQ.ModelFiles;
using DecoupleQ.Models;
using DecoupleQ.Testing;
using DecoupleQ.Tokenization;

namespace DecoupleQ.Tests.Tokenization;

/// <summary>Padding tokens that were added for training and that the model has no row for.</summary>
public sealed class PaddingTests
{
    [Theory]
    [InlineData("tokenizer_config.json", """{"pad_token": "[PAD]"}""")]
    [InlineData("special_tokens_map.json", """{"pad_token": {"content": "[PAD]"}}""")]
    [InlineData("generation_config.json", """{"pad_token_id": 4096}""")]
    public void A_padding_token_of_the_folder_is_left_out_of_the_models_tokenizer(string file, string content)
    {
        using TemporaryFolder folder = Model();
        File.WriteAllText(folder.File("added_tokens.json"), """{"[PAD]": 4096}""");
        using (LanguageModel refused = LanguageModel.Load(folder.Path))
        {
            DecoupleQException error = Assert.Throws<DecoupleQException>(() => refused.Tokenizer);
            Assert.Contains("4097", error.Message);
        }
        File.WriteAllText(folder.File(file), content);
        using LanguageModel model = LanguageModel.Load(folder.Path);
        Assert.Equal(4096, model.Tokenizer.VocabularySize);
        Assert.Null(model.Tokenizer.IdOf("[PAD]"));
        Assert.All(model.Tokenizer.Encode("a[PAD]", SpecialTokens.Recognized), id => Assert.InRange(id, 0, 4095));
    }

    [Fact]
    public void Another_token_beyond_the_rows_is_refused_with_or_without_padding()
    {
        using TemporaryFolder folder = Model();
        File.WriteAllText(folder.File("added_tokens.json"), """{"[PAD]": 4096, "[MORE]": 4097}""");
        File.WriteAllText(folder.File("tokenizer_config.json"), """{"pad_token": "[PAD]"}""");
        using LanguageModel model = LanguageModel.Load(folder.Path);
        Assert.Contains("4098", Assert.Throws<DecoupleQException>(() => model.Tokenizer).Message);
    }

    [Fact]
    public void A_padding_token_that_only_the_other_files_have_does_not_matter()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("tokenizer.json"), """
            {"version": "1.0", "normalizer": null, "pre_tokenizer": null, "post_processor": null, "decoder": null, "added_tokens": [],
             "model": {"type": "BPE", "vocab": {"a": 0, "b": 1}, "merges": []}}
            """);
        File.WriteAllText(folder.File("added_tokens.json"), """{"[PAD]": 2}""");
        File.WriteAllText(folder.File("tokenizer_config.json"), """{"pad_token": "[PAD]"}""");
        Assert.Equal(2, TokenizerFiles.Load(folder.Path).VocabularySize);
        File.WriteAllText(folder.File("tokenizer_config.json"), """{"pad_token": "a"}""");
        Assert.Throws<DecoupleQException>(() => TokenizerFiles.Load(folder.Path));
    }

    private static TemporaryFolder Model()
    {
        string source = Paths.Golden("golden", "tiny", "tiny-llama-spm");
        var folder = new TemporaryFolder();
        foreach (string name in (string[])["config.json", "model.safetensors", "tokenizer.model"])
        {
            File.Copy(Path.Combine(source, name), folder.File(name));
            File.SetAttributes(folder.File(name), FileAttributes.Normal);
        }
        return folder;
    }
}
