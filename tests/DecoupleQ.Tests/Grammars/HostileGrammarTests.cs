using System.Text;
using DecoupleQ.Generation.Sampling;
using DecoupleQ.Grammars;

namespace DecoupleQ.Tests.Grammars;

/// <summary>Grammars that were made to explode are compiled or refused with little allocated; what they take of a token is bounded too.</summary>
public sealed class HostileGrammarTests
{
    // What is live at once is far less; nothing is timed.
    private const long MostAllocated = 512L << 20;

    public static TheoryData<string> Sources { get; } =
    [
        "gbnf:root ::= \"a\"{1,1000000}",
        "gbnf:root ::= ((((\"a\"{1,1000000}){1,1000000}){1,1000000}){1,1000000}){1,1000000}",
        "gbnf:root ::= ((\"a\"?)*)* ((\"b\"?)+)+",
        "gbnf:root ::= (\"a\" | \"a\" | \"aa\" | \"aaa\")* \"b\"",
        "gbnf:root ::= \"a\" root \"b\" | \"a\" root \"c\" | \"a\" root | \"d\"",
        "gbnf:root ::= root root | \"a\"",
        "gbnf:root ::= \"a\" root root root? | \"b\"",
        "gbnf:root ::= (\"a\"{3,900} | [a-z]{5,700}){4,500} .{0,999999} \"x\"",
        "gbnf:root ::= ((\"a\" | .){2,90} (\"a\" | .){3,80}){2,70}",
        "gbnf:" + string.Concat(Enumerable.Range(0, 3000).Select(i => $"r{i} ::= r{i + 1} r{i + 1} |\n")) + "r3000 ::= \"x\"\nroot ::= r0",
        "gbnf:" + string.Concat(Enumerable.Range(0, 3000).Select(i => $"r{i} ::= \"x\" r{i + 1} r{i + 1} | \"y\"\n")) + "r3000 ::= \"x\"\nroot ::= r0",
        "gbnf:root ::= " + string.Join(" | ", Enumerable.Range(0, 20_000).Select(i => $"\"word{i}\"")),
        "gbnf:root ::= " + string.Join(' ', Enumerable.Repeat("\"x\"?", 5000)),
        "gbnf:root ::= " + new string('(', 5000) + "\"x\"" + new string(')', 5000),
        "regex:(.*a){30}", "regex:(a|b)*a(a|b){2000}", "regex:(a*)*b", "regex:(((a{1,1000}){1,1000}){1,1000}){1,1000}",
        "regex:(\\p{L}|\\p{Lu}|\\p{Ll}){1,100000}",
        "regex:(^a|b$|c)*(^d|e$)*" + new string('x', 3000), "regex:" + new string('(', 5000), "regex:" + string.Join('|', Enumerable.Range(0, 8000)),
        """schema:{"type":"string","pattern":"(a|b)*a(a|b){30}","maxLength":500}""",
        """schema:{"type":"string","minLength":2147483646,"maxLength":2147483647}""",
        """schema:{"type":"array","minItems":1000000,"items":{"type":"array","minItems":1000000,"items":{"type":"string","minLength":1000000}}}""",
        "schema:{\"$defs\":{\"a\":{\"anyOf\":[{\"minLength\":1},{\"minLength\":2},{\"maxLength\":9}]}},\"allOf\":["
            + string.Join(',', Enumerable.Repeat("{\"allOf\":[{\"$ref\":\"#/$defs/a\"},{\"$ref\":\"#/$defs/a\"}]}", 8)) + "]}",
        "schema:{\"$defs\":{" + string.Join(',', Enumerable.Range(0, 40).Select(i => $"\"d{i}\":{{\"allOf\":[{Reference(i + 1)},{Reference(i + 1)}]}}"))
            + ",\"d40\":{\"minLength\":1}},\"$ref\":\"#/$defs/d0\"}",
        "schema:{\"$defs\":{" + string.Join(',', Enumerable.Range(0, 200).Select(i => $"\"d{i}\":{{\"anyOf\":[{{\"type\":\"array\",\"items\":"
            + $"{Reference((i + 1) % 200)}}},{{\"properties\":{{\"a\":{Reference(i * 7 % 200)}}}}}]}}")) + "},\"$ref\":\"#/$defs/d0\"}",
        "schema:{\"properties\":{" + string.Join(',', Enumerable.Range(0, 3000).Select(i => $"\"p{i}\":{{}}")) + "}}",
        "schema:{\"properties\":{" + string.Join(',', Enumerable.Range(0, 600).Select(i => $"\"p{i}\":{{}}")) + "}}",
        "schema:{\"enum\":[" + string.Join(',', Enumerable.Range(0, 50_000).Select(i => $"\"value{i}\"")) + "]}",
        "schema:{\"oneOf\":[" + string.Join(',', Enumerable.Range(0, 400).Select(i => $"{{\"const\":{i}}}")) + "]}",
        "schema:{\"allOf\":[" + string.Join(',', Enumerable.Repeat("""{"anyOf":[{"minimum":1},{"maximum":2},{"type":"string"}]}""", 12)) + "]}",
        "schema:" + string.Concat(Enumerable.Repeat("{\"items\":", 5000)) + "{}" + new string('}', 5000),
        "schema:" + string.Concat(Enumerable.Repeat("{\"items\":", 60)) + "{}" + new string('}', 60),
        """schema:{"type":"number","minimum":-1e300,"maximum":1e300,"multipleOf":0.001}""",
        """schema:{"type":"integer","multipleOf":19999}""",
    ];

    private static string Reference(int number) => $"{{\"$ref\":\"#/$defs/d{number}\"}}";

    [Theory]
    [MemberData(nameof(Sources))]
    public void Hostile_grammars_are_compiled_or_refused(string source)
    {
        GrammarVocabulary vocabulary = Vocabularies.All[1];
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            ITokenConstraint constraint = MaskTests.Parse(source).Constrain(vocabulary);
            var mask = new TokenMask(vocabulary.Size);
            var random = new Random(6);
            var ids = new List<int>();
            for (int token = 0; token < 40; token++)
            {
                constraint.Allow([.. ids], mask);
                int[] allowed = [.. Enumerable.Range(0, vocabulary.Size).Where(id => mask[id])];
                Assert.NotEmpty(allowed);
                // Letters that keep many readings open, where they may come.
                int next = allowed.Contains('a') && random.Next(3) > 0 ? 'a' : allowed[random.Next(allowed.Length)];
                if (vocabulary.EndIds.Contains(next))
                {
                    break;
                }
                ids.Add(next);
            }
        }
        catch (DecoupleQException error)
        {
            Assert.DoesNotContain('\n', error.Message);
        }
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MostAllocated);
    }

    [Fact]
    public void Nested_repetitions_are_counted_and_not_unrolled()
    {
        Grammar grammar = Grammar.Regex("(?:[a-z]{3,100000},){2,100000}");
        Assert.True(grammar.Accepts("abc," + new string('x', 50_000) + ","));
        Assert.False(grammar.Accepts("abc,xy,"));
        Assert.False(grammar.Accepts("abc,"));
        Grammar bounded = Grammar.JsonSchema("""{"type":"string","minLength":1000,"maxLength":1001}""");
        Assert.True(bounded.Accepts("\"" + string.Concat(Enumerable.Repeat("\\n", 1001)) + "\""));
        Assert.False(bounded.Accepts("\"" + string.Concat(Enumerable.Repeat("\\n", 1002)) + "\""));
    }

    [Fact]
    public void Thousands_of_words_are_no_ambiguity()
    {
        Grammar grammar = Grammar.Gbnf("root ::= (" + string.Join(" | ", Enumerable.Range(0, 9000).Select(i => $"\"word{i}\"")) + " | [A-Z]+) \"!\"");
        Assert.True(grammar.Accepts("word8999!") && grammar.Accepts("word0!") && grammar.Accepts("QED!"));
        Assert.False(grammar.Accepts("word9000!"));
    }

    [Fact]
    public void Ambiguous_counts_do_not_multiply()
    {
        // Every text of a's has as many readings as there are ways to cut it.
        Grammar grammar = Grammar.Gbnf("root ::= (\"a\" | \"aa\" | b){1,400} \"!\"\nb ::= \"a\" b? | .{1,30}");
        var text = new StringBuilder().Append('a', 3000);
        Assert.True(grammar.Accepts(text + "!"));
        Assert.False(grammar.Accepts(text.Append('a', 9001).ToString()));
    }
}
