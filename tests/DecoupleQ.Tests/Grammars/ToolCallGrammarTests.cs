using System.Text.Json;
using DecoupleQ.Generation.Sampling;
using DecoupleQ.Grammars;
using DecoupleQ.Grammars.Expressions;
using DecoupleQ.Grammars.Json;
using DecoupleQ.Tokenization.Unicode;

namespace DecoupleQ.Tests.Grammars;

/// <summary>The parts of grammars are enough for the formats in which published models call tools.</summary>
public sealed class ToolCallGrammarTests
{
    private static readonly (string Name, string Schema)[] Tools =
    [
        (
            "get_weather",
            """
            {"type": "object", "properties": {"city": {"type": "string"}, "days": {"type": "integer", "minimum": 1, "maximum": 7}}, "required": ["city"],
            "additionalProperties": false}
            """),
        ("stop", """{"type":"object","properties":{},"additionalProperties":false}"""),
    ];

    [Theory]
    [InlineData("<tool_call>\n{\"name\": \"get_weather\", \"arguments\": {\"city\": \"Paris\", \"days\": 3}}\n</tool_call>", true)]
    [InlineData("<tool_call>\n{\"name\": \"stop\", \"arguments\": {}}\n</tool_call>", true)]
    [InlineData("<tool_call>\n{\"name\": \"stop\", \"arguments\": {}}\n</tool_call>\n<tool_call>\n{\"name\": \"stop\", \"arguments\": {}}\n</tool_call>", true)]
    [InlineData("<tool_call>\n{\"name\": \"stop\", \"arguments\": {\"city\": \"Paris\"}}\n</tool_call>", false)]
    [InlineData("<tool_call>\n{\"name\": \"get_weather\", \"arguments\": {}}\n</tool_call>", false)]
    [InlineData("<tool_call>\n{\"name\": \"other\", \"arguments\": {}}\n</tool_call>", false)]
    [InlineData("Sure.", false)]
    [InlineData("", false)]
    public void A_call_is_forced_one_or_several(string answer, bool accepts)
    {
        Grammar several = Grammar.Of(Expression.Chain(Hermes(), Expression.Any(Expression.Chain(Expression.Of("\n"), Hermes()))), JsonExpressions.MostDepth);
        Assert.Equal(accepts, several.Accepts(answer));
        Grammar single = Grammar.Of(Hermes(), JsonExpressions.MostDepth);
        Assert.Equal(accepts && answer.LastIndexOf("<tool", StringComparison.Ordinal) == 0, single.Accepts(answer));
    }

    [Theory]
    [InlineData("The sky is blue, 1 < 2, <tool, {\"a\"", true)]
    [InlineData("", true)]
    [InlineData("Let me see. <tool_call>\n{\"name\": \"stop\", \"arguments\": {}}\n</tool_call>", true)]
    [InlineData("Let me see. <tool_call>\n{\"name\": \"stop\"", false)]
    [InlineData("Let me see. <tool_call> no", false)]
    [InlineData("<<tool_call>\n{\"name\": \"stop\", \"arguments\": {}}\n</tool_call>", true)]
    public void A_call_may_come_and_is_valid_once_it_has_begun(string answer, bool accepts) => Assert.Equal(accepts, Auto().Accepts(answer));

    [Theory]
    [InlineData("{\"name\": \"stop\", \"parameters\": {}}", true)]
    [InlineData("{\"name\": \"stop\"}", false)]
    [InlineData("No tool: {\"name\": \"stop\"}", true)]
    public void A_call_without_a_mark_is_known_by_its_first_character(string answer, bool accepts)
    {
        Expression text = Expression.Chain(
            Utf8Machine.Of(Utf8Machine.All.Except(CodePointSet.Of('{'))), Expression.Any(Utf8Machine.Of(Utf8Machine.All)));
        Assert.Equal(accepts, Grammar.Of(Expression.Either(Call("parameters"), text)).Accepts(answer));
    }

    [Fact]
    public void A_list_behind_a_control_token_is_forced()
    {
        Expression call = Call("arguments");
        Grammar grammar = Grammar.Of(Expression.Chain(
            new ControlToken("[TOOL_CALLS]"), Expression.Of("["), call, Expression.Any(Expression.Chain(Expression.Of(", "), call)), Expression.Of("]")));
        Assert.True(grammar.Accepts("[TOOL_CALLS][{\"name\": \"stop\", \"arguments\": {}}, {\"name\": \"stop\", \"arguments\": {}}]"));
        Assert.False(grammar.Accepts("[TOOL_CALLS][]"));
    }

    [Fact]
    public void Whatever_tokens_come_a_call_that_has_begun_becomes_one()
    {
        GrammarVocabulary vocabulary = Vocabularies.All[1];
        int call = vocabulary.ControlId(Vocabularies.ToolCall)!.Value, ended = 0;
        for (int seed = 0; seed < 20; seed++)
        {
            ITokenConstraint constraint = Auto().Constrain(vocabulary);
            var random = new Random(seed);
            var mask = new TokenMask(vocabulary.Size);
            var ids = new List<int>(Vocabularies.ByteLevel.Encode("Well ")) { call };
            while (ids.Count < 300)
            {
                constraint.Allow([.. ids], mask);
                int[] allowed = [.. Enumerable.Range(0, vocabulary.Size).Where(id => mask[id])];
                if (allowed.Contains(vocabulary.EndIds[0]))
                {
                    ended++;
                    string text = Vocabularies.ByteLevel.DecodeWithSpecialTokens(ids);
                    using JsonDocument document = JsonDocument.Parse(text["Well <tool_call>".Length..^"</tool_call>".Length]);
                    Assert.Contains(document.RootElement.GetProperty("name").GetString(), Tools.Select(tool => tool.Name));
                    break;
                }
                ids.Add(allowed[random.Next(allowed.Length)]);
            }
        }
        Assert.True(ended > 10, $"{ended} ended");
    }

    [Theory]
    [InlineData("aab", "xxaab", true)]
    [InlineData("aab", "aaab", true)]
    [InlineData("aab", "aabaab", false)]
    [InlineData("aab", "aa", false)]
    [InlineData("é", "eé", true)]
    [InlineData("é", "éé", false)]
    public void Text_goes_through_the_first_trigger(string trigger, string text, bool accepts)
    {
        Assert.Equal(accepts, Grammar.Of(FreeText.Through([trigger])).Accepts(text));
        Assert.Equal(!text.Contains(trigger, StringComparison.Ordinal), Grammar.Of(FreeText.Without([trigger])).Accepts(text));
    }

    [Fact]
    public void Several_triggers_are_looked_for_at_once()
    {
        Grammar grammar = Grammar.Of(FreeText.Without(["<a>", "<ab>", "b>c"]));
        Assert.True(grammar.Accepts("<a <ab < b> c"));
        Assert.False(grammar.Accepts("x<ab>"));
        Assert.False(grammar.Accepts("<ab>c"));
        Assert.False(grammar.Accepts("<<a>"));
    }

    private static Grammar Auto() => Grammar.Of(
        Expression.Chain(FreeText.Without([Vocabularies.ToolCall]), Expression.Any(Hermes())), JsonExpressions.MostDepth);

    private static Expression Hermes() => Expression.Chain(
        new ControlToken(Vocabularies.ToolCall), Expression.Of("\n"), Call("arguments"), Expression.Of("\n"), new ControlToken("</tool_call>"));

    private static Expression Call(string arguments) => Expression.Either(
    [
        .. Tools.Select(tool => Expression.Chain(
            Expression.Of($"{{\"name\": \"{tool.Name}\", \"{arguments}\":"),
            Grammar.SchemaExpression(JsonDocument.Parse(tool.Schema).RootElement),
            Expression.Of("}"))),
    ]);
}
