using DecoupleQ.Grammars;

namespace DecoupleQ.Tests.Grammars;

public sealed class GbnfTests
{
    private const string Arithmetic =
        """
        # An expression, an equals sign, a result.
        root  ::= (expr "=" ws term "\n")+
        expr  ::= term ([-+*/] term)*
        term  ::= ident | num | "(" ws expr ")" ws
        ident ::= [a-z] [a-z0-9_]* ws   # a name
        num   ::= [0-9]+ ws
        ws    ::= [ \t\n]*
        """;

    private const string Chess =
        """
        root   ::= "1. " move " " move "\n" ([1-9] [0-9]? ". " move " " move "\n")+
        move   ::= (pawn | nonpawn | castle) [+#]?
        nonpawn ::= [NBKQR] [a-h]? [1-8]? "x"? [a-h] [1-8]
        pawn   ::= ([a-h] "x")? [a-h] [1-8] ("=" [NBKQR])?
        castle ::= "O-O" "-O"?
        """;

    [Theory]
    [InlineData(Arithmetic, "x+(1*y)=3\n", true)]
    [InlineData(Arithmetic, "((((((((((1))))))))))=2\na=b\n", true)]
    [InlineData(Arithmetic, "x+=3\n", false)]
    [InlineData(Arithmetic, "(1=1)\n", false)]
    [InlineData(Chess, "1. e4 e5\n2. Nf3 Nc6\n", true)]
    [InlineData(Chess, "1. e4 e5\n2. O-O-O exd5=Q+\n", true)]
    [InlineData(Chess, "1. e9 e5\n", false)]
    [InlineData("root ::= \"a\"{2,3} \"b\"{2} \"c\"{1,}", "aabbc", true)]
    [InlineData("root ::= \"a\"{2,3} \"b\"{2} \"c\"{1,}", "aaabbccc", true)]
    [InlineData("root ::= \"a\"{2,3} \"b\"{2} \"c\"{1,}", "abbc", false)]
    [InlineData("root ::= \"a\"{2,3} \"b\"{2} \"c\"{1,}", "aabbbc", false)]
    [InlineData("root ::= [^\\n\"\\\\] \"\\x41\\u00e9\\U0001F600\" .", "xAé😀\n", true)]
    [InlineData("root ::= [^\\n\"\\\\] \"\\x41\\u00e9\\U0001F600\" .", "\nAé😀x", false)]
    [InlineData("root ::= [a\\]\\-z-]+", "]-za", true)]
    [InlineData("root ::= | \"x\" root", "xxx", true)]
    [InlineData("root ::= | \"x\" root", "", true)]
    [InlineData("root ::= a\n  | b # either\n\na ::= (\n  \"1\"\n  | \"2\"\n)\nb ::= \"日\"", "日", true)]
    [InlineData("root ::= a\n  | b # either\n\na ::= (\n  \"1\"\n  | \"2\"\n)\nb ::= \"日\"", "2", true)]
    [InlineData("root ::= (\"a\"?)* \"b\"", "aab", true)]
    [InlineData("root ::= ((\"a\" | )+)+ \"b\"", "b", true)]
    [InlineData("root ::= x{3} \"y\"\nx ::= \"a\"?", "aay", true)]
    [InlineData("root ::= x{3} \"y\"\nx ::= \"a\"?", "aaaay", false)]
    public void Texts_are_accepted_or_not(string grammar, string text, bool accepts) => Assert.Equal(accepts, Grammar.Gbnf(grammar).Accepts(text));

    [Theory]
    [InlineData("root ::= [a-z", "Line 1: A ] is missing")]
    [InlineData("root ::= \"a\n\"", "Line 1: A \" is missing")]
    [InlineData("\n\nroot ::= a", "Line 3: There is no rule a")]
    [InlineData("a ::= \"x\"", "There is no rule root")]
    [InlineData("root ::= \"x\"\nroot ::= \"y\"", "Line 2: The rule root is there already, in line 1")]
    [InlineData("root ::= \"x\"\n::= \"y\"", "Line 2: A rule's name is missing")]
    [InlineData("root := \"x\"", "Line 1: ::= is missing behind root")]
    [InlineData("root ::= <think> \"x\"", "Line 1: References to tokens are not supported")]
    [InlineData("root ::= \"a\"\n  *", "Line 2: A rule's name is missing")]
    [InlineData("root ::= \"a\" | *", "Line 1: Nothing comes before *")]
    [InlineData("root ::= (\n\"a\"\n", "The ( of line 1 is not closed")]
    [InlineData("root ::= \"a\"{3,2}", "The count is wrong")]
    [InlineData("root ::= \"a\"{99999999}", "The count is wrong")]
    [InlineData("root ::= \"\\q\"", "An escape is wrong")]
    [InlineData("root ::= \"\\uD800\"", "An escape is no character")]
    [InlineData("root ::= [z-a]", "A range ends before it begins")]
    [InlineData("root ::= \"a\" )", "Line 1: ) does not belong to a rule")]
    [InlineData("root ::= root \"a\" | \"b\"", "The rule root begins with itself")]
    [InlineData("root ::= a \"x\"\na ::= b \"y\" | \"1\"\nb ::= c? a | \"2\"\nc ::= \"3\"", "begins with itself")]
    [InlineData("root ::= \"a\" root", "No text satisfies it")]
    [InlineData("root ::= []", "No text satisfies it")]
    public void Mistakes_are_named_with_their_line(string grammar, string expected) =>
        Assert.Contains(expected, Assert.Throws<DecoupleQException>(() => Grammar.Gbnf(grammar)).Message);

    [Fact]
    public void A_grammar_whose_texts_are_nested_without_end_is_followed_to_its_limit()
    {
        Grammar grammar = Grammar.Gbnf("root ::= \"(\" root \")\" | \"x\"");
        Assert.True(grammar.Accepts(new string('(', 200) + "x" + new string(')', 200)));
        Assert.False(grammar.Accepts(new string('(', 1000) + "x" + new string(')', 1000)));
        // What is last in its rule takes no stack.
        Assert.True(Grammar.Gbnf("root ::= \"x\" root | \"y\"").Accepts(new string('x', 100_000) + "y"));
    }
}
