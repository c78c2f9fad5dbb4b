using System.Text;
using System.Text.Json.Nodes;
using DecoupleQ.Checkpoints;
using DecoupleQ.ModelFiles;
using DecoupleQ.Models;
using DecoupleQ.Testing;
using DecoupleQ.Tokenization;

namespace DecoupleQ.Tests.Tokenization;

/// <summary>Tokens that were added for training or by a finer model of the family, and that the model has no row for.</summary>
public sealed class PaddingTests
{
    [Theory]
    [InlineData("tokenizer_config.json", """{"pad_token": "[PAD]"}""")]
    [InlineData("special_tokens_map.json", """{"pad_token": {"content": "[PAD]"}}""")]
    [InlineData("generation_config.json", """{"pad_token_id": 4096}""")]
    public void A_padding_token_of_the_folder_is_left_out_of_the_models_tokenizer(string file, string content)
    {
        using TemporaryFolder folder = Model();
        // The template spells it, so that it counts unless it is padding.
        File.WriteAllText(folder.File("added_tokens.json"), """{"[PAD]": 4096}""");
        File.WriteAllText(folder.File("chat_template.jinja"), "[PAD]");
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

    [Theory]
    [InlineData("[MORE]", "", true)]
    [InlineData("[MORE]", "{{ '[MORE]' }}", false)]
    [InlineData("more", "", false)]
    [InlineData("  ", "", false)]
    public void Another_token_beyond_the_rows_is_left_out_if_it_is_a_control_token_that_no_template_spells(string token, string template, bool runs)
    {
        using TemporaryFolder folder = Model();
        File.WriteAllText(folder.File("added_tokens.json"), new JsonObject { ["[PAD]"] = 4096, [token] = 4097 }.ToJsonString());
        File.WriteAllText(folder.File("tokenizer_config.json"), """{"pad_token": "[PAD]"}""");
        File.WriteAllText(folder.File("chat_template.jinja"), template);
        using LanguageModel model = LanguageModel.Load(folder.Path);
        if (runs)
        {
            Assert.Equal(4096, model.Tokenizer.VocabularySize);
            Assert.All(model.Tokenizer.Encode($"a{token}b", SpecialTokens.Recognized), id => Assert.InRange(id, 0, 4095));
        }
        else
        {
            Assert.Contains("4098", Assert.Throws<DecoupleQException>(() => model.Tokenizer).Message);
        }
    }

    [Theory]
    [InlineData(100, true)] // a piece that others make
    [InlineData(3, false)] // more rows than that are bytes and characters
    public void Pieces_beyond_the_rows_that_texts_become_are_refused(int missing, bool refused)
    {
        using TemporaryFolder folder = Model();
        string source = Paths.Golden("golden", "tiny", "tiny-llama-spm");
        byte[] pieces = File.ReadAllBytes(Path.Combine(source, "tokenizer.model"));
        // Three pieces that nothing makes, as infilling tokens of CodeLlama are, after those of the vocabulary.
        byte[] more = [.. Enumerable.Range(0, 3).SelectMany(i => Piece($"\u2581<F{i}Q>"))];
        File.Delete(folder.File("tokenizer.model"));
        File.WriteAllBytes(folder.File("tokenizer.model"), [.. pieces, .. more]);
        using Checkpoint checkpoint = CheckpointFiles.Open(folder.Path);
        int rows = 4096 + 3 - missing;
        if (refused)
        {
            Assert.Throws<DecoupleQException>(() => TokenizerFiles.LoadFor(checkpoint, rows));
        }
        else
        {
            Tokenizer tokenizer = TokenizerFiles.LoadFor(checkpoint, rows);
            Assert.Equal(4096, tokenizer.VocabularySize);
            Assert.All(tokenizer.Encode("\u2581<F1Q> and <F1Q>"), id => Assert.InRange(id, 0, 4095));
        }

        static byte[] Piece(string text)
        {
            byte[] spelled = Encoding.UTF8.GetBytes(text);
            byte[] message = [0x0A, (byte)spelled.Length, .. spelled, 0x15, .. BitConverter.GetBytes(0f), 0x18, 1];
            return [0x0A, (byte)message.Length, .. message];
        }
    }

    [Fact]
    public void Merged_tokens_beyond_the_rows_are_refused_and_special_ones_are_not()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("tokenizer.json"), """
            {"version": "1.0", "normalizer": null, "pre_tokenizer": null, "post_processor": null, "decoder": null,
             "added_tokens": [{"id": 3, "content": "<x>", "special": true, "lstrip": false, "rstrip": false, "single_word": false, "normalized": false}],
             "model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": [["a", "b"]]}}
            """);
        File.WriteAllText(folder.File("config.json"), "{}");
        SafetensorsWriter.Write(folder.File("model.safetensors"), [TensorPayload.Words("a", [1], new uint[1])], TestContext.Current.CancellationToken);
        using Checkpoint checkpoint = CheckpointFiles.Open(folder.Path);
        Assert.Equal(3, TokenizerFiles.LoadFor(checkpoint, 3).VocabularySize);
        Assert.Throws<DecoupleQException>(() => TokenizerFiles.LoadFor(checkpoint, 2));
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
