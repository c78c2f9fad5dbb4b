using DecoupleQ.Grammars;

namespace DecoupleQ.Tests.Fuzzing;

/// <summary>GBNF grammars.</summary>
internal sealed class GbnfTarget : GrammarTarget
{
    private static readonly string[] Originals =
    [
        "root ::= (expr \"=\" ws term \"\\n\")+\nexpr ::= term ([-+*/] term)*\nterm ::= [a-z]+ ws | num | \"(\" ws expr \")\" ws\nnum ::= [0-9]+ ws\nws ::= [ \\t\\n]*\n",
        "root ::= object\nvalue ::= object | array | string | (\"true\" | \"null\") ws\nobject ::=\n  \"{\" ws (string \":\" ws value (\",\" ws string \":\" ws value)*)? \"}\" ws\n"
            + "array ::= \"[\" ws (value (\",\" ws value)*)? \"]\" ws\nstring ::= \"\\\"\" ([^\"\\\\\\x7F\\x00-\\x1F] | \"\\\\\" [\"\\\\bfnrt])* \"\\\"\" ws\nws ::= | \" \" | \"\\n\" [ \\t]{0,20}\n",
        "# a list\nroot ::= item{2,9}\nitem ::= \"- \" [^\\n]{1,60} \"\\n\" | x\nx ::= \"é\" x? | \"\\u65e5\"\n",
        "root ::= a{1,400}\na ::= (\"a\" | \"aa\" | b){3} | b\nb ::= \"b\" a? \"c\" | .",
    ];

    private static readonly string[] Pieces =
    [
        "root", " ::= ", "*", "+", "?", "{1,1000000}", "{0}", "{3,}", "(", ")", "|", "[^a]", "[", "]", "\"x\"", "\"\"", "\n", "#", ".", " a ", "(((", "{1000000}", "()*", "\\U0001F600",
        "(\"a\"?){1,9999}", "(a|a|a)", "<x>", "-",
    ];

    public override string Name => "gbnf";

    public override byte[] Damage(Random random) => Damaged(Originals, Pieces, random);

    protected override Grammar Compile(string text) => Grammar.Gbnf(text);
}
