using System.Text;
using DecoupleQ.Grammars;
using DecoupleQ.ModelFiles;
using DecoupleQ.Testing;
using DecoupleQ.Tokenization;

namespace DecoupleQ.Tests.Grammars;

public sealed class GrammarVocabularyTests
{
    private const string Text = "The captain's 3 ships, Ærø and 日本語 😀: \t\n{\"a\": [1, 2]} <b> end";

    [Fact]
    public void Tokens_spell_together_what_they_decode_to()
    {
        foreach (Tokenizer tokenizer in Vocabularies.Tokenizers)
        {
            AssertSpells(tokenizer);
        }
    }

    [Theory]
    [InlineData("smollm2")]
    [InlineData("mistral")]
    public void So_do_those_of_published_tokenizers(string name) => AssertSpells(TokenizerFiles.Load(Paths.Golden("tokenizers", name)));

    [Fact]
    public void Control_tokens_and_end_ids_spell_nothing()
    {
        GrammarVocabulary vocabulary = Vocabularies.All[1];
        int end = Vocabularies.ByteLevel.IdOf(Vocabularies.End)!.Value, call = Vocabularies.ByteLevel.IdOf(Vocabularies.ToolCall)!.Value;
        Assert.True(vocabulary.Trie.BytesOf(end).IsEmpty && vocabulary.Trie.BytesOf(call).IsEmpty);
        Assert.Equal(call, vocabulary.ControlId(Vocabularies.ToolCall));
        Assert.Null(vocabulary.ControlId("[TOOL_CALLS]"));
        // An ordinary token is none, whatever its text.
        Assert.Null(vocabulary.ControlId("{"));
        Assert.Null(Vocabularies.SentencePiece.SpelledBy(Vocabularies.SentencePiece.IdOf("<s>")!.Value));
    }

    [Fact]
    public void A_vocabulary_without_an_end_or_with_a_wrong_one_is_refused()
    {
        Assert.Contains("names no end id", Assert.Throws<DecoupleQException>(() => new GrammarVocabulary(Vocabularies.ByteLevel, [])).Message);
        Assert.Contains("-1 is no id", Assert.Throws<DecoupleQException>(() => new GrammarVocabulary(Vocabularies.ByteLevel, [3, -1])).Message);
        Assert.Contains("99999 is no id", Assert.Throws<DecoupleQException>(() => new GrammarVocabulary(Vocabularies.ByteLevel, [99999])).Message);
    }

    private static void AssertSpells(Tokenizer tokenizer)
    {
        // The first id may bring a space that no text shows.
        int[] ids = [.. tokenizer.Encode(Text)];
        byte[] spelled = [.. ids.SelectMany(id => tokenizer.SpelledBy(id)!)];
        Assert.Equal(Text, Encoding.UTF8.GetString(spelled).TrimStart(' '));
        for (int id = 0; id < tokenizer.VocabularySize; id += 7)
        {
            if (tokenizer.SpelledBy(id) is { } bytes && tokenizer.TokenOf(id) is not null)
            {
                string context = tokenizer.Decode([.. ids, id]);
                Assert.Equal(tokenizer.Decode(ids) + Encoding.UTF8.GetString(bytes), context);
            }
        }
    }
}
