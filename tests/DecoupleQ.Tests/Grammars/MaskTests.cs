using System.Text.Json;
using DecoupleQ.Generation.Sampling;
using DecoupleQ.Grammars;
using DecoupleQ.Grammars.Expressions;

namespace DecoupleQ.Tests.Grammars;

/// <summary>Masks are those that trying every token by itself gives.</summary>
public sealed class MaskTests
{
    public static TheoryData<string> Grammars { get; } =
    [
        "gbnf:root ::= \"(\" root \")\" | \"a\" root \"b\" root | [x-z]*",
        "gbnf:root ::= expr\nexpr ::= term ([-+*] term)*\nterm ::= [0-9]{1,3} | \"(\" expr \")\" | \"é\"",
        "gbnf:root ::= ([ab]{2,5} \",\"){3,7} .*",
        "gbnf:root ::= (\"a\" | \"aa\" | \"ab\"){0,40} \"c\"?",
        "gbnf:root ::= item{2,}\nitem ::= \"- \" [^\\n]{1,60} \"\\n\"",
        "regex:(?:[a-z]{2,9}|été|日*)(?:, [A-Z]?\\p{L}{0,20})*\\.?",
        "regex:.*\"[^\"]*\".*",
        "json:",
        """schema:{"type":"object","properties":{"a":{"type":"string","maxLength":9},"b":{"type":"array","items":{"$ref":"#"},"minItems":1}}}""",
        """schema:{"type":"array","items":{"enum":["é","x\"y",1.5,null,{"a":[1]}]},"minItems":2,"maxItems":90}""",
        """schema:{"type":"object","additionalProperties":{"type":"integer","minimum":-70,"maximum":1500},"properties":{"na":{"type":"number"}}}""",
        """schema:{"type":"string","pattern":"^[a-z]+\\d?$","minLength":3,"maxLength":12}""",
    ];

    [Theory]
    [MemberData(nameof(Grammars))]
    public void Masks_are_what_trying_each_token_gives(string source)
    {
        Grammar grammar = Parse(source);
        foreach ((GrammarVocabulary vocabulary, int seed) in Vocabularies.All.Zip([1, 2]))
        {
            AssertSame(grammar, vocabulary, new Random(seed), 60);
        }
    }

    [Fact]
    public void So_they_are_near_the_deepest_nesting()
    {
        Grammar grammar = Grammar.Json();
        GrammarVocabulary vocabulary = Vocabularies.All[1];
        GrammarMasks masks = grammar.MasksOver(vocabulary);
        int[] open = [.. Vocabularies.ByteLevel.Encode("{\"a\":")];
        AnswerPlace? place = null;
        for (int depth = 0; depth < 80; depth++)
        {
            foreach (int id in depth == 0 ? open : [.. Vocabularies.ByteLevel.Encode("[")])
            {
                if (!(place is null || Has(masks.MaskByTrial(place.Value), id)))
                {
                    // With the object 63, of the 64 that readers take.
                    Assert.Equal(63, depth);
                    return;
                }
                place = masks.Advance(place, [id]);
                Assert.Equal(masks.MaskByTrial(place.Value), masks.Mask(place.Value));
            }
        }
        Assert.Fail("Nesting has no end.");
    }

    [Fact]
    public void A_constraint_follows_several_answers_and_one_that_is_taken_back()
    {
        Grammar grammar = Grammar.Regex("ab*c|dd");
        GrammarVocabulary vocabulary = Vocabularies.All[1];
        ITokenConstraint shared = grammar.Constrain(vocabulary);
        int[][] answers = [Ids(""), Ids("a"), Ids("d"), Ids("ab"), Ids("dd"), Ids("abb"), Ids("a"), Ids("abbc"), Ids("")];
        foreach (int[] ids in answers)
        {
            TokenMask mask = new(vocabulary.Size), fresh = new(vocabulary.Size);
            mask.SetAll(true);
            shared.Allow(ids, mask);
            grammar.Constrain(vocabulary).Allow(ids, fresh);
            Assert.Equal(Allowed(fresh), Allowed(mask));
        }
        Assert.Throws<DecoupleQException>(() => shared.Allow(Ids("x"), new(vocabulary.Size)));
        // After an end id nothing but one may come.
        TokenMask after = new(vocabulary.Size);
        shared.Allow([.. Ids("dd"), vocabulary.EndIds[0]], after);
        Assert.Equal(vocabulary.EndIds, Allowed(after));

        static int[] Ids(string text) => [.. text.SelectMany(c => Vocabularies.ByteLevel.Encode($"{c}"))];
    }

    [Fact]
    public void A_control_token_is_one_token_where_the_vocabulary_has_it_and_spelled_where_not()
    {
        Grammar grammar = Grammar.Of(Expression.Chain(
            FreeText.Through(new ControlToken(Vocabularies.ToolCall)), Expression.Of("{"), new ControlToken("<none>"), Expression.Of("}")));
        GrammarVocabulary vocabulary = Vocabularies.All[1];
        var mask = new TokenMask(vocabulary.Size);
        ITokenConstraint constraint = grammar.Constrain(vocabulary);
        int call = vocabulary.ControlId(Vocabularies.ToolCall)!.Value;
        int[] ids = [.. Vocabularies.ByteLevel.Encode("Hm <tool")];
        constraint.Allow(ids, mask);
        // Spelled, it would be text that only looks like the token.
        Assert.True(mask[call]);
        Assert.DoesNotContain(vocabulary.EndIds[0], Allowed(mask));
        constraint.Allow([.. ids, .. Bytes("_call")], mask);
        Assert.DoesNotContain(Bytes(">")[0], Allowed(mask));
        constraint.Allow([.. ids, call], mask);
        Assert.All(Allowed(mask), id => Assert.Equal((byte)'{', vocabulary.Trie.BytesOf(id)[0]));
        constraint.Allow([.. ids, call, .. Bytes("{<none>}")], mask);
        Assert.Equal(vocabulary.EndIds, Allowed(mask));
        // SentencePiece has no such token.
        Assert.True(Answers.MayBeWritten(grammar, Vocabularies.All[0], Vocabularies.SentencePiece, "Hm <tool_call>{<none>}"));

        static int[] Bytes(string text) => [.. text.SelectMany(c => Vocabularies.ByteLevel.Encode($"{c}"))];
    }

    [Fact]
    public void A_smaller_mask_gets_what_it_has_room_for()
    {
        var mask = new TokenMask(100);
        Grammar.Regex("[ -~]*").Constrain(Vocabularies.All[1]).Allow([], mask);
        Assert.Equal(Enumerable.Range(32, 68), Allowed(mask));
    }

    private static void AssertSame(Grammar grammar, GrammarVocabulary vocabulary, Random random, int tokens)
    {
        GrammarMasks masks = grammar.MasksOver(vocabulary);
        AnswerPlace place = masks.Advance(null, []);
        for (int token = 0; token < tokens; token++)
        {
            ulong[] mask = masks.Mask(place);
            Assert.Equal(masks.MaskByTrial(place), mask);
            int[] allowed = [.. Enumerable.Range(0, vocabulary.Size).Where(id => Has(mask, id)).Except(vocabulary.EndIds)];
            if (allowed.Length == 0)
            {
                place = masks.Advance(null, []);
                continue;
            }
            place = masks.Advance(place, [allowed[random.Next(allowed.Length)]]);
        }
    }

    internal static Grammar Parse(string source)
    {
        string text = source[(source.IndexOf(':', StringComparison.Ordinal) + 1)..];
        return source[..source.IndexOf(':', StringComparison.Ordinal)] switch
        {
            "gbnf" => Grammar.Gbnf(text),
            "regex" => Grammar.Regex(text),
            "schema" => Grammar.JsonSchema(text),
            _ => Grammar.Json(),
        };
    }

    private static int[] Allowed(TokenMask mask) => [.. Enumerable.Range(0, mask.VocabularySize).Where(id => mask[id])];

    private static bool Has(ulong[] mask, int id) => (mask[id / 64] >> (id % 64) & 1) != 0;
}
