using System.Text.Json;
using System.Text.RegularExpressions;
using CsCheck;
using DecoupleQ.Evaluation.Metrics;
using DecoupleQ.Evaluation.Texts;
using Pattern = System.Text.RegularExpressions.Regex;

namespace DecoupleQ.Tests.Evaluation.Tasks;

public sealed class MetricTests
{
    [Theory]
    [InlineData("Paris", " Paris\n", true)]
    [InlineData(" Paris ", "Paris", true)]
    [InlineData("Paris", "paris", false)]
    [InlineData("Paris", "Paris.", false)]
    [InlineData("", " ", true)]
    [InlineData("東京", "　東京 ", true)]
    public void Exact(string accepted, string answer, bool isRight) => Judge(new ExactMetric([accepted]), answer, isRight);

    [Theory]
    [InlineData("Paris", "The capital is PARIS.", true)]
    [InlineData("paris", "Paris's streets", true)]
    [InlineData("Paris", "Parisians", false)]
    [InlineData("Paris", "comparis on", false)]
    [InlineData("new york", "New\n  York City", true)]
    [InlineData("4", "It is 4.", true)]
    [InlineData("4", "It is (4), I think", true)]
    [InlineData("4", "It is 42", false)]
    [InlineData("4", "It is 4.5", false)]
    [InlineData("4", "It is 3.4", false)]
    [InlineData("4", "It is 4,000", false)]
    [InlineData("4.5", "It is 4.5, or so", true)]
    [InlineData("4", "4th", false)]
    [InlineData("C++", "in C++11 or later", true)]
    [InlineData("C", "in C++", true)]
    [InlineData("foo", "foo_bar", false)]
    [InlineData("don", "don't", true)]
    // As they are typed: composed or not, of full width, sharp or final letters.
    [InlineData("café", "A CAFE\u0301!", true)]
    [InlineData("cafe", "A cafe\u0301!", false)]
    [InlineData("ΟΔΟΣ", "οδος", true)]
    [InlineData("ＡＢＣ１２", "abc12", true)]
    // Without blanks between words.
    [InlineData("東京", "日本の首都は東京です。", true)]
    [InlineData("東京", "京都です。", false)]
    [InlineData("京", "東京です", true)]
    [InlineData("５個", "りんごは5個あります", true)]
    [InlineData("5", "りんごは5個あります", true)]
    [InlineData("5", "りんごは15個あります", false)]
    [InlineData("パリ", "首都はパリである", true)]
    [InlineData("パリ", "パリス王子", false)]
    [InlineData("タワー", "東京タワーです", true)]
    [InlineData("タワ", "東京タワーです", false)]
    [InlineData("กรุงเทพ", "เมืองหลวงคือกรุงเทพครับ", true)]
    [InlineData("서울", "수도는 서울입니다", true)]
    [InlineData("𠮷野", "𠮷野家です", true)]
    public void Contains_whole_words(string accepted, string answer, bool isRight) => Judge(new ContainsMetric([accepted]), answer, isRight);

    [Fact]
    public void Contains_any_of_several()
    {
        Judge(new ContainsMetric(["four", "4"]), "It is four.", true);
        Judge(new ContainsMetric(["four", "4"]), "It is 4.", true);
        Judge(new ContainsMetric(["four", "4"]), "It is five.", false);
    }

    [Fact]
    public void Contains_of_ascii_is_what_a_pattern_of_whole_words_finds() =>
        Gen.String[Gen.Char["ab 1_"], 1, 3].Select(Gen.String[Gen.Char["aB 1_-"], 0, 12]).Where(pair => pair.Item1.Trim().Length > 0).Sample(
            (words, answer) =>
            {
                string collapsed = string.Join(' ', words.Split(' ', StringSplitOptions.RemoveEmptyEntries));
                string text = string.Join(' ', answer.Split(' ', StringSplitOptions.RemoveEmptyEntries));
                bool expected = Pattern.IsMatch(text, $@"(?<!\w){collapsed}(?!\w)", RegexOptions.IgnoreCase);
                Assert.Equal(expected, new ContainsMetric([words]).Judge(answer).IsRight);
            },
            iter: 3000);

    [Theory]
    [InlineData("^\\d{4}-\\d{2}$", "2024-05", true)]
    [InlineData("^\\d{4}-\\d{2}$", "on 2024-05", false)]
    [InlineData("(?i)yes|ja", "YES", true)]
    [InlineData("yes", "YES", false)]
    [InlineData("東.", "東京", true)]
    public void Regex(string pattern, string answer, bool isRight) => Judge(new RegexMetric([pattern]), answer, isRight);

    [Fact]
    public void A_pattern_takes_time_in_proportion()
    {
        // Backtracking would take longer than the universe is old.
        Judge(new RegexMetric(["^(a+)+$"]), new string('a', 20_000) + "b", false);
    }

    [Theory]
    [InlineData("(", "no pattern")]
    [InlineData("(?=a)", "needs backtracking")]
    [InlineData("(a)\\1", "needs backtracking")]
    public void A_pattern_that_is_none_is_refused(string pattern, string why) =>
        Assert.Contains(why, Assert.Throws<DecoupleQException>(() => new RegexMetric([pattern])).Message);

    [Theory]
    [InlineData("42", "The answer is 42.", true)]
    [InlineData("42", "42, not 41", false)]
    [InlineData("42", "I do not know", false)]
    [InlineData("1234567.5", "It costs $1,234,567.50.", true)]
    [InlineData("1,234", "1234", true)]
    [InlineData("$1,234", "1234 dollars", true)]
    [InlineData("1.5", "1,5", true)] // one comma, and no group of three behind it
    [InlineData("3.14", "Pi ist 3,14.", true)]
    [InlineData("3.1416", "3,1416", true)]
    [InlineData("1234", "1,234", true)]
    [InlineData("1.234", "1,234", false)]
    [InlineData("3", "1,2,3", true)] // a list
    [InlineData("3", "1, 2, 3", true)]
    [InlineData("1234.5", "1,234.5", true)]
    [InlineData("3.14", "３，１４", true)]
    [InlineData("50000", "約5万人です", true)]
    [InlineData("5万", "50,000", true)]
    [InlineData("123000000", "1億2300万円", true)]
    [InlineData("50300", "5万300", true)]
    [InlineData("1.5万", "15000", true)]
    [InlineData("3", "5万、3", true)]
    [InlineData("20000", "1万2万", true)] // no smaller unit: another number
    [InlineData("-50000", "-5万", true)]
    [InlineData("-5", "minus: -5", true)]
    [InlineData("-5", "minus: \u22125", true)]
    [InlineData("-5", "-$5", true)]
    [InlineData("-5", "気温は-5度です", true)]
    [InlineData("5", "-5", false)]
    [InlineData("3", "10-3", true)]
    [InlineData("3", "10 - 3", true)]
    [InlineData("5", "2024-05", true)]
    [InlineData("0.5", ".5", true)]
    [InlineData("0.5", "50%", true)]
    [InlineData("50", "50 %", true)]
    [InlineData("50%", "0.5", true)]
    [InlineData("50%", "50", true)]
    [InlineData("50%", "0.5%", false)]
    [InlineData("50", "0.5", false)]
    [InlineData("50%", "50 percent", true)]
    [InlineData("50%", "50パーセント", true)]
    [InlineData("3", "3kg", true)]
    [InlineData("42", "42 tons of CO2", true)]
    [InlineData("42", "42 (see H2O, x_1)", true)]
    [InlineData("1500", "1.5e3", true)]
    [InlineData("15", "答えは１５です", true)]
    [InlineData("0", "0.0000001", true)]
    [InlineData("0", "0.1", false)]
    [InlineData("1000000", "1000000.5", true)]
    [InlineData("1000000", "1000002", false)]
    public void The_last_number(string accepted, string answer, bool isRight) => Judge(new NumberMetric([accepted], 1e-6), answer, isRight);

    [Fact]
    public void A_number_may_differ_by_the_tolerance()
    {
        Judge(new NumberMetric(["3.14159"], 0.01), "3.14", true);
        Judge(new NumberMetric(["3.14159"], 0.0001), "3.14", false);
        Judge(new NumberMetric(["-200"], 0.01), "-198", true);
        Judge(new NumberMetric(["-200"], 0.01), "-197.9", false);
        Judge(new NumberMetric(["7", "8"], 0), "8", true);
    }

    // The definition of the package rouge_score without its stemmer: lower case, all but a-z and 0-9 is blank, F-measure of the longest common subsequence.
    [Theory]
    [InlineData("police killed the gunman", "police kill the gunman", 3.0 / 4)] // Lin, 2004
    [InlineData("police killed the gunman", "the gunman kill police", 2.0 / 4)]
    [InlineData("The cat sat on the mat.", "the cat is on THE mat", 5.0 / 6)]
    [InlineData("Hello, World!", "world hello", 1.0 / 2)]
    [InlineData("It's 4.5%", "it is 4.5 percent", 2 * (3.0 / 5) * (3.0 / 4) / ((3.0 / 5) + (3.0 / 4)))] // it s 4 5, it is 4 5 percent
    [InlineData("snake_case", "snake case", 1)]
    [InlineData("a b c d", "d", 2 * 1 * (1.0 / 4) / (1 + (1.0 / 4)))]
    [InlineData("a b c d", "e", 0)]
    [InlineData("running runs", "run", 0)] // no stemmer
    public void Rouge_of_ascii_text_is_that_of_the_package(string accepted, string answer, double score) =>
        Assert.Equal(score, new RougeLMetric([accepted], 0.5).Judge(answer).Score, 1e-12);

    [Theory]
    [InlineData("forty-two")]
    [InlineData("42 km")]
    [InlineData("1 2")]
    [InlineData("")]
    public void What_is_no_number_is_refused(string text) => Assert.Throws<DecoupleQException>(() => new NumberMetric([text], 0));

    [Fact]
    public void Numbers_are_read_as_they_are_printed() => Gen.Double[-1e12, 1e12].Select(Gen.Int[0, 6]).Sample(
        (value, digits) =>
        {
            string printed = value.ToString($"N{digits}", System.Globalization.CultureInfo.InvariantCulture);
            double rounded = double.Parse(printed, System.Globalization.CultureInfo.InvariantCulture);
            WrittenNumber found = Assert.Single(WrittenNumber.In($"about {printed} or so"));
            Assert.Equal(rounded, found.Value);
            Assert.Equal(rounded, WrittenNumber.Of(printed)!.Value.Value);
        },
        iter: 1000);

    [Theory]
    // By hand, from the words that both have in the same order: 1 of 3 and 1; 5 of 9 and 8; 3 of 4 and 4; 2 of 4 and 4; 3 of 3 and 3.
    [InlineData("testing one two", "testing", 0.5)]
    [InlineData("The quick brown fox jumps over the lazy dog", "The quick brown dog jumps on the log.", 0.5882352941176471)]
    [InlineData("police killed the gunman", "police kill the gunman", 0.75)]
    [InlineData("police killed the gunman", "the gunman kill police", 0.5)]
    [InlineData("don't stop", "don t stop", 1)]
    [InlineData("a", "b", 0)]
    [InlineData("a", "", 0)]
    // Characters of scripts without blanks: 3 of 4 and 5.
    [InlineData("首都東京", "首は東京だ", 0.6666666666666666)]
    [InlineData("パリ", "パス", 0.5)]
    [InlineData("café noir", "CAFE\u0301", 0.6666666666666666)]
    public void Rouge_l(string accepted, string answer, double score)
    {
        Judgement judgement = new RougeLMetric([accepted], 0.5).Judge(answer);
        Assert.Equal(score, judgement.Score, 1e-12);
        Assert.Equal(score >= 0.5, judgement.IsRight);
        Assert.Equal(score >= 0.75, new RougeLMetric([accepted], 0.75).Judge(answer).IsRight);
    }

    [Fact]
    public void Rouge_l_takes_the_text_that_gives_the_most() =>
        Assert.Equal(0.8, new RougeLMetric(["a b c d", "a x c"], 0.5).Judge("a c").Score, 1e-12);

    [Fact]
    public void Rouge_l_is_the_longest_of_all_subsequences() =>
        Gen.String[Gen.Char["abc"], 0, 9].Select(Gen.String[Gen.Char["abc"], 0, 9]).Sample(
            (first, second) =>
            {
                string[] a = [.. first.Select(c => c.ToString())], b = [.. second.Select(c => c.ToString())];
                int longest = Subsequences(first).Intersect(Subsequences(second)).Max(common => common.Length);
                double precision = b.Length == 0 ? 0 : (double)longest / b.Length, recall = a.Length == 0 ? 0 : (double)longest / a.Length;
                double expected = precision + recall == 0 ? 0 : 2 * precision * recall / (precision + recall);
                Assert.Equal(expected, RougeLMetric.FMeasure(a, b), 1e-12);
            },
            iter: 400);

    [Theory]
    [InlineData("""{"name": "A", "age": 3}""", """{"age": 3, "name": "A"}""", 1)]
    [InlineData("""{"name": "A", "age": 3}""", "Here it is:\n```json\n{\n  \"name\": \"A\",\n  \"age\": 3.0,\n  \"more\": []\n}\n```\nand {}", 1)]
    [InlineData("""{"name": "A", "age": 3}""", """{"name": "A", "age": "3"}""", 0.5)]
    [InlineData("""{"name": "A", "age": 3}""", """{"name": "a"}""", 0)]
    [InlineData("""{"name": "A"}""", """{name: "A"} {"name": "A"}""", 1)]
    [InlineData("""{"name": "A"}""", """{"name": "B"} {"name": "A"}""", 0)]
    [InlineData("""{"name": "A"}""", """{"name": "A" """, 0)]
    [InlineData("""{"name": "A"}""", "A", 0)]
    [InlineData("""{"list": [1, {"a": null}], "b": true}""", """{"list": [1, {"a": null}], "b": false}""", 0.5)]
    [InlineData("""{"list": [1, 2]}""", """{"list": [2, 1]}""", 0)]
    [InlineData("""{"name": "\u6771\u4eac"}""", """{"name": "東京"}""", 1)]
    [InlineData("""{"a": "x", "b": 1}""", """{"a": "\ud800", "b": 1}""", 0.5)]
    public void Json_fields(string expected, string answer, double score)
    {
        Judgement judgement = new JsonFieldsMetric(JsonElement.Parse(expected)).Judge(answer);
        Assert.Equal(score, judgement.Score);
        Assert.Equal(score == 1, judgement.IsRight);
    }

    [Fact]
    public void Json_of_nothing_but_braces_is_looked_through_quickly() =>
        Assert.Equal(0, new JsonFieldsMetric(JsonElement.Parse("""{"a": 1}""")).Judge(new string('{', 50_000)).Score);

    private static void Judge(TextMetric metric, string answer, bool isRight)
    {
        Judgement judgement = metric.Judge(answer);
        Assert.Equal((isRight, isRight ? 1 : 0), (judgement.IsRight, judgement.Score));
    }

    private static HashSet<string> Subsequences(string text) =>
        [.. Enumerable.Range(0, 1 << text.Length).Select(bits => string.Concat(text.Where((_, i) => (bits >> i & 1) == 1)))];
}
