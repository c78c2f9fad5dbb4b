using DecoupleQ.Grammars;

namespace DecoupleQ.Tests.Fuzzing;

/// <summary>Regular expressions.</summary>
internal sealed class RegexTarget : GrammarTarget
{
    private static readonly string[] Originals =
    [
        @"^(?:[a-z]{2,9}|été|日*)(?:, [A-Z]?\p{L}{0,20})*\.?$", @"\d{4}-(0[1-9]|1[0-2])-(?<day>\d\d)", "(a|aa|ab){0,40}c?", @"[^\s""\\]+@[\w.-]+\.\w{2,}",
        @"(\+?1[ -]?)?\(?\d{3}\)?[ -]\d{3}-\d{4}", @".*(x|y{3,}).*\u{1F600}\uD83D\uDE00", "(^a|b$)c*?(d+|e?)+",
    ];

    private static readonly string[] Pieces =
    [
        "*", "+", "?", "{1,1000000}", "{0}", "{3,}", "{64}", "(", ")", "|", "[^a]", "[", "]", "^", "$", ".", @"\p{Lu}", @"\W", "(?:", "((((", "(.*a){9}",
        "(a|b)*a(a|b){20}", "()*", "(a*)*", @"\", @"\b", @"[\d-x]", "(?=", "{", "}",
    ];

    public override string Name => "regex";

    public override byte[] Damage(Random random) => Damaged(Originals, Pieces, random);

    protected override Grammar Compile(string text) => Grammar.Regex(text);
}
