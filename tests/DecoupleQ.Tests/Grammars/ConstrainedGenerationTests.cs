using System.Text.Json;
using DecoupleQ.Generation;
using DecoupleQ.Generation.Sampling;
using DecoupleQ.Grammars;
using DecoupleQ.Models;
using DecoupleQ.Testing;

namespace DecoupleQ.Tests.Grammars;

/// <summary>Grammars on the answers of a model.</summary>
public sealed class ConstrainedGenerationTests : IDisposable
{
    private const string Schema =
        """
        {"type":"object","properties":{"name":{"type":"string","minLength":1,"maxLength":12},"age":{"type":"integer","minimum":7,"maximum":99},
        "friends":{"type":"array","items":{"enum":["Tom","Huck","Becky"]},"maxItems":3}},"required":["name","age"],"additionalProperties":false}
        """;

    private readonly LanguageModel _model = LanguageModel.Load(Paths.Model);

    [Fact]
    public async Task Answers_that_are_written_at_once_under_one_constraint_are_those_that_are_written_alone()
    {
        var vocabulary = new GrammarVocabulary(_model.Tokenizer, _model.EndIds);
        Grammar grammar = Grammar.JsonSchema(Schema);
        ITokenConstraint shared = grammar.Constrain(vocabulary);
        GenerationResult[] together = await Task.WhenAll(Enumerable.Range(0, 4).Select(seed => Task.Run(() => Write(seed, shared))));
        for (int seed = 0; seed < together.Length; seed++)
        {
            Assert.Equal(FinishReason.EndToken, together[seed].FinishReason);
            using JsonDocument answer = JsonDocument.Parse(together[seed].Text);
            Assert.InRange(answer.RootElement.GetProperty("age").GetInt32(), 7, 99);
            Assert.InRange(answer.RootElement.GetProperty("name").GetString()!.EnumerateRunes().Count(), 1, 12);
            Assert.Equal(together[seed].Ids, Write(seed, Grammar.JsonSchema(Schema).Constrain(vocabulary)).Ids);
        }
    }

    [Fact]
    public void An_answer_that_is_cut_says_so_and_is_the_beginning_of_one()
    {
        var vocabulary = new GrammarVocabulary(_model.Tokenizer, _model.EndIds);
        GenerationResult cut = Write(0, Grammar.JsonSchema(Schema).Constrain(vocabulary), 5);
        Assert.Equal(FinishReason.MaxTokens, cut.FinishReason);
        Assert.StartsWith(cut.Text, Write(0, Grammar.JsonSchema(Schema).Constrain(vocabulary)).Text, StringComparison.Ordinal);
    }

    public void Dispose() => _model.Dispose();

    private GenerationResult Write(int seed, ITokenConstraint constraint, int most = 120) => new TextGenerator(_model).Generate(
        "Tom said: ",
        new() { Constraint = constraint, MaxTokens = most, Temperature = 1, Seed = (ulong)seed },
        cancellationToken: TestContext.Current.CancellationToken);
}
