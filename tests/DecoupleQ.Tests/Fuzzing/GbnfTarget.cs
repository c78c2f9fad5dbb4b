using DecoupleQ.Grammars;

namespace DecoupleQ.Tests.Fuzzing;

/// <summary>GBNF grammars.</summary>
internal sealed class GbnfTarget : GrammarTarget
{
    private static readonly string[] Originals =
    [
        """
        root ::= (expr "=" ws term "\n")+
        expr ::= term ([-+*/] term)*
        term ::= [a-z]+ ws | num | "(" ws expr ")" ws
        num ::= [0-9]+ ws
        ws ::= [ \t\n]*
        """,
        """
        root ::= object
        value ::= object | array | string | ("true" | "null") ws
        object ::=
          "{" ws (string ":" ws value ("," ws string ":" ws value)*)? "}" ws
        array ::= "[" ws (value ("," ws value)*)? "]" ws
        string ::= "\"" ([^"\\\x7F\x00-\x1F] | "\\" ["\\bfnrt])* "\"" ws
        ws ::= | " " | "\n" [ \t]{0,20}
        """,
        """
        # a list
        root ::= item{2,9}
        item ::= "- " [^\n]{1,60} "\n" | x
        x ::= "é" x? | "\u65e5"
        """,
        """
        root ::= a{1,400}
        a ::= ("a" | "aa" | b){3} | b
        b ::= "b" a? "c" | .
        """,
    ];

    private static readonly string[] Pieces =
    [
        "root", " ::= ", "*", "+", "?", "{1,1000000}", "{0}", "{3,}", "(", ")", "|", "[^a]", "[", "]", "\"x\"", "\"\"", "\n", "#", ".", " a ", "(((",
        "{1000000}", "()*", "\\U0001F600", "(\"a\"?){1,9999}", "(a|a|a)", "<x>", "-",
    ];

    public override string Name => "gbnf";

    public override byte[] Damage(Random random) => Damaged(Originals, Pieces, random);

    protected override Grammar Compile(string text) => Grammar.Gbnf(text);
}
