using System.Text;
using System.Text.RegularExpressions;
using CsCheck;
using DecoupleQ.Tokenization.Patterns;
using DecoupleQ.Tokenization.Streaming;

namespace DecoupleQ.Tests.Tokenization.Patterns;

public sealed class PatternMatcherTests
{
    private static readonly Gen<string> Atom = OneOf("a", "b", "[ab]", "[^a]", "\\s", "\\S", "\\p{L}", "\\p{N}", ".", "\\n", "é", "[a-c1]", "\\.");

    private static readonly Gen<string> Quantifier = OneOf("", "", "", "*", "+", "?", "{1,2}", "{2}", "{2,}", "*?", "+?", "??", "{1,2}?");

    private static readonly Gen<string> Text = OneOf("a", "b", "c", "1", "é", "日", " ", "\n", ".", "A").Array[0, 12].Select(string.Concat);

    [Fact]
    public void Matches_are_those_of_dotnet_where_both_read_the_pattern_alike()
    {
        Gen.Select(PatternOf(3), Text.Array[5]).Sample((pattern, texts) =>
        {
            PatternProgram program;
            try
            {
                program = PatternProgram.Compile(pattern);
            }
            catch (DecoupleQException e) when (e.Message.Contains("without limit can match the empty text", StringComparison.Ordinal))
            {
                return true;
            }
            return texts.All(text => Matches(program, text).SequenceEqual(Expected(pattern, text)));
        });
    }

    [Theory]
    [InlineData("\\p{L}+", "a𝒜𐍈日", new[] { 0, 4 })]
    [InlineData("[^\\s\\p{L}]", "😀 x", new[] { 0, 1 })]
    [InlineData("(?i:'s)", "'ſ'S's", new[] { 0, 2, 2, 4, 4, 6 })]
    [InlineData("a++b|a", "aab", new[] { 0, 3 })]
    [InlineData("a++a", "aaa", new int[0])]
    [InlineData("(?>a|ab)c", "abc", new int[0])]
    [InlineData("\\p{N}{1,2}+", "12345 6", new[] { 0, 5, 6, 7 })]
    [InlineData("[\\p{L}&&[^a-y]]", "ayz", new[] { 2, 3 })]
    [InlineData("[^a[0-9]]", "a5-", new[] { 2, 3 })]
    [InlineData("\\x{1D49C}|\\u00e9", "é𝒜", new[] { 0, 1, 1, 2 })]
    [InlineData("\\s+(?!\\S)|\\s+", "   x \u3000", new[] { 0, 2, 2, 3, 4, 6 })]
    [InlineData("\\w", "½²·\u200d_", new[] { 0, 1, 1, 2, 4, 5 })]
    public void Patterns_work_on_code_points_in_the_syntax_of_Oniguruma(string pattern, string text, int[] expected)
    {
        Assert.Equal(expected, Matches(PatternProgram.Compile(pattern), text));
    }

    [Theory]
    [InlineData("^a", "anchor")]
    [InlineData("a(?<!b)", "a group begins with")]
    [InlineData("(?i:é)", "beyond ASCII")]
    [InlineData("(?i:ss)", "ligature")]
    [InlineData("\\bx", "escape '\\b'")]
    [InlineData("[[:alpha:]]", "POSIX")]
    [InlineData("\\p{Greek}", "no general category")]
    [InlineData("(a", "not closed")]
    [InlineData("a)", "closes nothing")]
    [InlineData("[z-a]", "range")]
    [InlineData("a{1000}", "count")]
    [InlineData("a{2}?", "ambiguous")]
    [InlineData("*a", "repeats nothing")]
    [InlineData("(((((((((((((((((((((((((((((((((a)))))))))))))))))))))))))))))))))", "nested")]
    [InlineData("(?:(?:ab){200}){200}", "too large")]
    public void What_is_not_known_is_refused_by_name(string pattern, string problem)
    {
        Assert.Contains(problem, Assert.Throws<DecoupleQException>(() => PatternProgram.Compile(pattern)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pattern_that_backtracks_without_end_is_given_up()
    {
        PatternProgram program = PatternProgram.Compile("(?:a+)+b");
        Assert.Throws<DecoupleQException>(() => Matches(program, new string('a', 60)));
    }

    [Fact]
    public void A_million_characters_are_no_deeper_than_one()
    {
        PatternProgram program = PatternProgram.Compile("(?:a|b)+c|\\s+(?!\\S)|[ab ]");
        string text = string.Concat(Enumerable.Repeat("ab", 500_000)) + "c" + new string(' ', 1_000_000) + "b";
        Assert.Equal([0, 1_000_001, 1_000_001, 2_000_000, 2_000_000, 2_000_001, 2_000_001, 2_000_002], Matches(program, text));
    }

    private static Gen<string> PatternOf(int depth)
    {
        Gen<string> single = Gen.Select(Atom, Quantifier, (atom, quantifier) => atom + quantifier);
        if (depth == 0)
        {
            return single;
        }
        Gen<string> inner = PatternOf(depth - 1);
        return Gen.OneOf(
            single,
            Gen.Select(inner, inner, (left, right) => left + right),
            Gen.Select(inner, inner, (left, right) => $"{left}|{right}"),
            Gen.Select(
                inner, inner, Quantifier,
                (left, right, quantifier) =>
                    quantifier.EndsWith('?') && quantifier.StartsWith('{') ? $"(?:{left}|{right})" : $"(?:{left}|{right}){quantifier}"),
            Gen.Select(inner, inner, (left, right) => $"(?!{left}){right}"),
            Gen.Select(inner, inner, (left, right) => $"(?={left}){right}"),
            Gen.Select(inner, inner, (left, right) => $"(?>{left}){right}"));
    }

    /// <summary>Starts and ends of the matches of .NET's expression; an empty match right after another match does not count here.</summary>
    private static List<int> Expected(string pattern, string text)
    {
        var bounds = new List<int>();
        foreach (Match match in Regex.Matches(text, pattern, RegexOptions.CultureInvariant))
        {
            if (match.Length > 0 || bounds.Count == 0 || bounds[^1] != match.Index)
            {
                bounds.Add(match.Index);
                bounds.Add(match.Index + match.Length);
            }
        }
        return bounds;
    }

    /// <summary>Starts and ends of the matches, in code points.</summary>
    private static List<int> Matches(PatternProgram program, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        var index = new int[bytes.Length + 1];
        for (int i = 0; i < bytes.Length; i++)
        {
            index[i + 1] = index[i] + (i + 1 == bytes.Length || (bytes[i + 1] & 0xC0) != 0x80 ? 1 : 0);
        }
        var matcher = new PatternMatcher(program, bytes, Work(bytes));
        var bounds = new List<int>();
        while (matcher.Next(out int start, out int end))
        {
            bounds.Add(index[start]);
            bounds.Add(index[end]);
        }
        return bounds;
    }

    private static EncodingWork Work(byte[] text)
    {
        var work = new EncodingWork();
        work.Grant(text.Length);
        return work;
    }

    private static Gen<string> OneOf(params string[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);
}
