using DecoupleQ.Generation;
using DecoupleQ.Models;
using DecoupleQ.ModelFiles;
using DecoupleQ.Tokenization;

namespace DecoupleQ.Tests.Checkpoints.Gguf;

/// <summary>Tokens that end a turn by their text, which files often do not name; and vocabularies that are split by a guess.</summary>
public sealed class GgufEndIdsTests : IDisposable
{
    private const int Normal = 1, Control = 3, UserDefined = 4, Unused = 5;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("<|im_end|>")]
    [InlineData("<|eot_id|>")]
    [InlineData("<|end|>")]
    [InlineData("<end_of_turn>")]
    [InlineData("<|eom_id|>")]
    [InlineData("<|end_of_text|>")]
    [InlineData("<turn|>")]
    public void A_token_that_ends_turns_ends_generation_whatever_its_type(string text)
    {
        foreach (int type in (int[])[Normal, Control, UserDefined])
        {
            string path = Save((text, type), ("<other>", Control));
            using LanguageModel model = LanguageModel.Load(path);
            Assert.Equal([0, 4], model.EndIds.Order());
            // Where a template writes it, it is one token; where somebody types it, it is text.
            Assert.Equal([1, 4, 1], model.Tokenizer.Encode($"b{text}b", SpecialTokens.Recognized));
            Assert.DoesNotContain(4, model.Tokenizer.Encode($"b{text}b"));
        }
    }

    [Fact]
    public void Generation_stops_at_it()
    {
        string plain = Save(("<x>", Control)), ending = Save(("<|im_end|>", Control));
        using LanguageModel one = LanguageModel.Load(plain), other = LanguageModel.Load(ending);
        var options = new GenerationOptions { MaxTokens = 8, Temperature = 0, LogitBias = new Dictionary<int, double> { [4] = 100 } };
        Assert.Equal(FinishReason.MaxTokens, Generate(one).FinishReason);
        Assert.Equal([4], Generate(other).Ids);

        GenerationResult Generate(LanguageModel model) =>
            new TextGenerator(model).Generate("b", options, cancellationToken: TestContext.Current.CancellationToken);
    }

    [Theory]
    [InlineData(new[] { 0 }, "<other>", Control)]
    [InlineData(new[] { 0 }, "<|im_end|>", Unused)]
    [InlineData(new[] { 0 }, "</s>", Normal)]
    [InlineData(new[] { 0, 4 }, "</s>", Control)]
    [InlineData(new[] { 0 }, "<eos>", Normal)]
    public void Other_tokens_do_not(int[] ends, string text, int type)
    {
        using LanguageModel model = LanguageModel.Load(Save((text, type)));
        Assert.Equal(ends, model.EndIds.Order());
    }

    [Fact]
    public void Where_a_turn_is_several_messages_the_end_of_a_message_is_none()
    {
        using LanguageModel harmony = LanguageModel.Load(Save(("<|return|>", Control), ("<|call|>", Control), ("<|end|>", Control)));
        Assert.Equal([0, 4, 5], harmony.EndIds.Order());
        using LanguageModel gemma = LanguageModel.Load(Save(("<|tool_response>", Control), ("</s>", Control)));
        Assert.Equal([0, 4], gemma.EndIds.Order());
    }

    [Fact]
    public void Ids_that_the_file_names_come_first_and_count_once()
    {
        string path = Image([("<|im_end|>", Control), ("<x>", Control)]).Add("tokenizer.ggml.eot_token_id", 5u)
            .Add("tokenizer.ggml.eom_token_id", 4u).Save(_folder);
        using LanguageModel model = LanguageModel.Load(path);
        Assert.Equal([0, 4, 5], model.EndIds.Order());
    }

    [Fact]
    public void A_vocabulary_that_does_not_say_how_text_is_split_is_warned_of()
    {
        string known = Save(("<x>", Control)), guessed = Image([("<x>", Control)]).Remove("tokenizer.ggml.pre").Save(_folder, "guessed.gguf");
        Assert.Empty(TokenizerFiles.WarningsOf(known));
        using LanguageModel certain = LanguageModel.Load(known), uncertain = LanguageModel.Load(guessed);
        Assert.Empty(certain.Warnings);
        string warning = Assert.Single(uncertain.Warnings);
        Assert.Equal([warning], TokenizerFiles.WarningsOf(guessed));
        Assert.Contains("tokenizer.ggml.pre", warning);
        Assert.Contains("GUESS", warning);
        Assert.NotEmpty(uncertain.Tokenizer.Encode("ab"));
    }

    private string Save(params (string Text, int Type)[] tokens) => Image(tokens).Save(_folder, $"{Guid.NewGuid()}.gguf");

    private static GgufImage Image((string Text, int Type)[] tokens)
    {
        object[] texts = ["a", "b", "c", "d", .. tokens.Select(token => token.Text)];
        return GgufImage.Model()
            .Add("tokenizer.ggml.model", "gpt2").Add("tokenizer.ggml.pre", "gpt-2").Add("tokenizer.ggml.merges", Array.Empty<string>())
            .Add("tokenizer.ggml.tokens", texts).Add("tokenizer.ggml.eos_token_id", 0u)
            .Add("tokenizer.ggml.token_type", (object[])[1, 1, 1, 1, .. tokens.Select(token => (object)token.Type)]);
    }
}
