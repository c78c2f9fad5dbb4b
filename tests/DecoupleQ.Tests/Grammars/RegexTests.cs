using System.Text;
using System.Text.RegularExpressions;
using DecoupleQ.Grammars;

namespace DecoupleQ.Tests.Grammars;

public sealed class RegexTests
{
    [Fact]
    public void Random_expressions_match_what_the_platforms_match()
    {
        var random = new Random(5);
        (int accepted, int refused) = (0, 0);
        for (int round = 0; round < 200; round++)
        {
            string pattern = RandomPattern(random, 3);
            Grammar grammar = Grammar.Regex(pattern);
            var expected = new Regex($@"\A(?:{pattern})\z", RegexOptions.None, TimeSpan.FromSeconds(5));
            for (int text = 0; text < 40; text++)
            {
                string candidate = RandomText(random);
                bool isMatch = expected.IsMatch(candidate);
                Assert.True(isMatch == grammar.Accepts(candidate), $"{pattern} on {candidate}: {isMatch}");
                accepted += isMatch ? 1 : 0;
                refused += isMatch ? 0 : 1;
            }
        }
        Assert.True(accepted > 300 && refused > 300, $"{accepted} accepted, {refused} refused");
    }

    [Theory]
    [InlineData("^a|b$", "a")]
    [InlineData("^a|b$", "xb")]
    [InlineData("^a|b$", "ab")]
    [InlineData("(^a|b)c", "zbc")]
    [InlineData("(^a|b)c", "zac")]
    [InlineData("(^a|b)c", "ac")]
    [InlineData("a$|^$", "")]
    [InlineData("a$|^$", "b")]
    [InlineData("(a$)?b*", "zzz")]
    [InlineData("^(a|^b)*$", "ba")]
    [InlineData("^(a|^b)*$", "ab")]
    public void Patterns_of_schemas_are_found_anywhere_and_anchored_where_they_say(string pattern, string text) => Assert.Equal(
        Regex.IsMatch(text, pattern.Replace("$", "\\z", StringComparison.Ordinal)),
        Grammar.JsonSchema($$"""{"type":"string","pattern":"{{pattern.Replace("\\", "\\\\", StringComparison.Ordinal)}}"}""").Accepts($"\"{text}\""));

    [Theory]
    [InlineData("\\u{1F600}[\\u{1F601}-\\u{1F603}]\\uD83D\\uDE00", "😀😂😀", true)]
    [InlineData("\\p{Lu}\\P{L}\\p{L}*", "É1日é", true)]
    [InlineData("\\p{General_Category=Lu}", "É", true)]
    [InlineData("[^\\d\\s]+", "a1", false)]
    [InlineData("[\\w-]{3}", "a-_", true)]
    [InlineData(".", "\u2028", false)]
    [InlineData("[^]", "\n", true)]
    [InlineData("\\cA\\x41\\0", "\u0001A\0", true)]
    [InlineData("\\d{4}\\/\\-\\@", "2026/-@", true)]
    [InlineData("(?<year>\\d{4})\\/", "2026/", true)]
    [InlineData("a{0}b{2,}?", "bbb", true)]
    [InlineData("^abc$", "abc", true)]
    [InlineData("(?:^abc|d$)", "d", true)]
    [InlineData("\\s", "\uFEFF", true)]
    public void What_the_notation_has(string pattern, string text, bool accepts) => Assert.Equal(accepts, Grammar.Regex(pattern).Accepts(text));

    [Theory]
    [InlineData("(a", "A ) is missing")]
    [InlineData("a)", "A ) closes nothing")]
    [InlineData("[a", "A [ is not closed")]
    [InlineData("*a", "Nothing comes before *")]
    [InlineData("a**", "Nothing comes before *")]
    [InlineData("a{2,1}", "repeats less often")]
    [InlineData("a{,2}", "The count is wrong")]
    [InlineData("a{1", "The count is wrong")]
    [InlineData("a{9999999}", "The count is too large")]
    [InlineData("(?=a)b", "Groups that look ahead or back")]
    [InlineData("(?<!a)b", "Groups that look ahead or back")]
    [InlineData("(?i)b", "Groups that look ahead or back")]
    [InlineData("(a)\\1", "Back-references")]
    [InlineData("\\bword", "Word boundaries")]
    [InlineData("\\p{Script=Greek}", "is not supported")]
    [InlineData("\\u{110000}", "The code point is wrong")]
    [InlineData("\\q", "\\q is no escape")]
    [InlineData("\\xG0", "Hexadecimal digits are missing")]
    [InlineData("[b-a]", "A range ends before it begins")]
    [InlineData("[a-\\d]", "A class stands at the end of a range")]
    [InlineData("^*", "An anchor is repeated")]
    [InlineData("a\\", "It ends in a \\")]
    [InlineData("}", "stands by itself")]
    [InlineData("[]", "No text satisfies it")]
    [InlineData("a^b", "No text satisfies it")]
    public void What_it_lacks_is_refused(string pattern, string expected) =>
        Assert.Contains(expected, Assert.Throws<DecoupleQException>(() => Grammar.Regex(pattern)).Message);

    private static string RandomPattern(Random random, int depth)
    {
        var pattern = new StringBuilder();
        for (int part = random.Next(1, 4); part > 0; part--)
        {
            pattern.Append(random.Next(depth > 0 ? 9 : 6) switch
            {
                0 => ".",
                1 => "[a-c]",
                2 => "[^b\\d]",
                3 => "\\w",
                4 => "\\d",
                5 => "a",
                6 => $"(?:{RandomPattern(random, depth - 1)})",
                7 => $"({RandomPattern(random, depth - 1)}|{RandomPattern(random, depth - 1)})",
                // An alternative that is empty would be nice, but the platform takes (?:a|){1,3}b for one that needs an a.
                _ => $"(?:{RandomPattern(random, depth - 1)}|c)",
            });
            pattern.Append(random.Next(8) switch { 0 => "*", 1 => "+", 2 => "?", 3 => "{2}", 4 => "{1,3}", 5 => "{2,}", _ => "" });
        }
        return pattern.ToString();
    }

    private static string RandomText(Random random) => string.Concat(Enumerable.Range(0, random.Next(7)).Select(_ => "aaabbc1\n_-z"[random.Next(11)]));
}
