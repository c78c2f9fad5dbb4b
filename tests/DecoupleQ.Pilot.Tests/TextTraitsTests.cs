using DecoupleQ.Pilot.Slices;
using DecoupleQ.Testing;

namespace DecoupleQ.Pilot.Tests;

public sealed class TextTraitsTests
{
    [Theory]
    [InlineData("It was the best of times, it was the worst of times.", "Latin")]
    [InlineData("Größe, naïve, Đặng Thị", "Latin")]
    [InlineData("吾輩は猫である。名前はまだ無い。", "Japanese")]
    [InlineData("カタカナ", "Japanese")]
    [InlineData("Kubernetes のデプロイを自動化する手順を説明します。", "Japanese")]
    [InlineData("学而时习之，不亦说乎？", "Chinese")]
    [InlineData("昔々、東京都", "Chinese")] // a title without kana: only the script is known
    [InlineData("나는 학교에 갑니다.", "Korean")]
    [InlineData("Все счастливые семьи похожи", "Cyrillic")]
    [InlineData("كتاب في اللغة", "Arabic")]
    [InlineData("בראשית ברא", "Hebrew")]
    [InlineData("Ἐν ἀρχῇ ἦν ὁ λόγος", "Greek")]
    [InlineData("नमस्ते", "Devanagari")]
    [InlineData("สวัสดี", "Thai")]
    [InlineData("ⴰⵎⴰⵣⵉⵖ", "other")]
    [InlineData("abcde абвгд", "mixed")]
    [InlineData("12 + 34 = 46", "none")]
    [InlineData("", "none")]
    [InlineData("\uD800", "none")]
    public void The_script_tells_the_language_as_far_as_it_does(string text, string language) => Assert.Equal(language, TextLanguage.Of(text));

    [Theory]
    [InlineData("for (int i = 0; i < n; i++)\n{\n    sum += values[i];\n}\n", true)]
    [InlineData("def add(a, b):\n    return a + b\n", true)]
    [InlineData("{\"name\": \"books\", \"size\": 12}", true)]
    [InlineData("<ul>\n<li>one</li>\n<li>two</li>\n</ul>", true)]
    [InlineData("Run this:\n```\nls\n```\nand look at what it says, for as long as you like.\nThen go on.\nOr do not.\nIt is as you like.", true)]
    [InlineData("She said: \"It is late; let us go.\" And they went.\nNobody saw them again;\nnobody asked.", false)]
    [InlineData("Let us go then, you and I,\nWhen the evening is spread out against the sky.", false)]
    [InlineData("import duties were raised.", false)]
    [InlineData("吾輩は猫である。名前はまだ無い。", false)]
    [InlineData("", false)]
    public void Code_is_told_by_its_lines(string text, bool isCode) => Assert.Equal(isCode, CodeLook.Of(text));

    [Fact]
    public void The_repositorys_sources_look_like_code_and_its_books_do_not()
    {
        string[] sources = [.. Directory.EnumerateFiles(Path.Combine(Paths.Repository, "src", "DecoupleQ", "Evaluation"), "*.cs")];
        Assert.All(sources, source => Assert.True(CodeLook.Of(File.ReadAllText(source)), source));
        string books = File.ReadAllText(Path.Combine(Paths.Samples, "text", "validation.txt"));
        Assert.All(books.Chunk(2000), piece => Assert.False(CodeLook.Of(new string(piece))));
        Assert.All(books.Chunk(2000), piece => Assert.Equal("Latin", TextLanguage.Of(new string(piece))));
    }

    [Theory]
    [InlineData(0, "0-63")]
    [InlineData(63, "0-63")]
    [InlineData(64, "64-255")]
    [InlineData(1024, "1024-4095")]
    [InlineData(16_383, "4096-16383")]
    [InlineData(16_384, "16384+")]
    public void Lengths_lie_in_ranges(int length, string range)
    {
        Assert.Equal(range, TextTraits.LengthOf(new string('a', length)));
        // A character is one, however many units it has.
        Assert.Equal(range, TextTraits.LengthOf(string.Concat(Enumerable.Repeat("𠮷", length))));
    }

    [Fact]
    public void A_text_is_in_a_slice_of_each_kind_and_in_one_a_tag() => Assert.Equal(
        [
            new(SliceKind.Source, "books.txt"), new(SliceKind.Length, "0-63"), new(SliceKind.Language, "Japanese"), new(SliceKind.Digits, "yes"),
            new(SliceKind.Code, "no"), new(SliceKind.Tag, "faq"), new(SliceKind.Tag, "billing"),
        ],
        TextTraits.Of("books.txt", "料金は１２円です。", ["faq", "billing", "faq"]));

    [Fact]
    public void A_source_that_is_not_known_is_no_slice() =>
        Assert.DoesNotContain(TextTraits.Of(null, "text", []), slice => slice.Kind == SliceKind.Source);
}
