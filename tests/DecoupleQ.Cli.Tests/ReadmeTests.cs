using System.Text.RegularExpressions;
using DecoupleQ.Testing;

namespace DecoupleQ.Cli.Tests;

/// <summary>README.md in two languages that say the same.</summary>
public sealed partial class ReadmeTests
{
    private static readonly string English = Read("README.md"), Japanese = Read("README.ja.md");

    [Fact]
    public void Both_have_the_same_headings_lists_tables_and_blocks() => Assert.Equal(Frame(English), Frame(Japanese));

    [Fact]
    public void Both_have_the_same_commands()
    {
        string[] commands = [.. Commands(English)];
        Assert.True(commands.Length > 40);
        Assert.Contains("decoupleq serve DENSE --canary OUT --share 5%", commands);
        Assert.Equal(commands, Commands(Japanese));
        Assert.Equal(Spans(English), Spans(Japanese));
    }

    // Comments are of the language of the page.
    [Fact]
    public void Both_have_the_same_program()
    {
        string english = Program(English), japanese = Program(Japanese);
        Assert.Equal(Comment.Replace(english, ""), Comment.Replace(japanese, ""));
        string[] comments = [.. Comment.Matches(japanese).Select(comment => comment.Value)];
        Assert.Equal(Comment.Count(english), comments.Length);
        Assert.All(comments, comment => Assert.Matches(@"[\p{IsHiragana}\p{IsKatakana}\p{IsCJKUnifiedIdeographs}]", comment));
    }

    [Fact]
    public void Tables_have_the_same_figures_cell_by_cell()
    {
        string[][] english = [.. Cells(English)], japanese = [.. Cells(Japanese)];
        Assert.True(english.Length > 100);
        Assert.Equal(english.Length, japanese.Length);
        Assert.All(english, (figures, cell) => Assert.Equal(figures, japanese[cell]));
    }

    // Japanese writes some numbers as figures that English writes as words.
    [Fact]
    public void Figures_of_a_section_are_in_the_other_language_too()
    {
        string[] english = Heading.Split(Block.Replace(English, "")), japanese = Heading.Split(Block.Replace(Japanese, ""));
        Assert.Equal(english.Length, japanese.Length);
        Assert.All(english, (section, index) =>
        {
            HashSet<string> there = [.. Figures(japanese[index])];
            Assert.All(Figures(section), figure => Assert.Contains(figure, there));
        });
    }

    [Fact]
    public void The_terms_are_those_of_the_field() => Assert.All(
        (string[])["量子化", "事後学習量子化", "パープレキシティ", "校正データ", "一致率", "カナリア"], term => Assert.Contains(term, Japanese));

    [Fact]
    public void Each_leads_to_the_other()
    {
        Assert.Contains("](README.ja.md)", English);
        Assert.Contains("](README.md)", Japanese);
    }

    private static string Program(string page) => Block.Matches(page).Single(block => block.Groups["language"].Value == "csharp").Value;

    private static string Read(string page) => File.ReadAllText(Path.Combine(Paths.Repository, page));

    // What a line begins with says what it is; of a table how many cells it has.
    private static IEnumerable<string> Frame(string page) =>
        from line in page.Split('\n')
        where Begins.IsMatch(line)
        select line[0] == '|' ? $"{line.Count(character => character == '|')} cells" : Begins.Match(line).Value;

    // What is said of a command stands two blanks or more behind it.
    private static IEnumerable<string> Commands(string page) =>
        from block in Block.Matches(page)
        where block.Groups["language"].Value != "csharp"
        from line in block.Groups["text"].Value.Split('\n')
        where line.Length > 0 && line[0] != ' '
        select line.Split("  ")[0];

    private static IEnumerable<string> Spans(string page) =>
        Span.Matches(Block.Replace(page, "")).Select(match => match.Groups[1].Value).Distinct().Order(StringComparer.Ordinal);

    private static IEnumerable<string[]> Cells(string page) =>
        from line in page.Split('\n')
        where line.StartsWith('|')
        from cell in line.Split('|')
        select (string[])[.. Figures(cell).Order(StringComparer.Ordinal)];

    // English has a blank before the sign of a percentage.
    private static IEnumerable<string> Figures(string text) => Number.Matches(text).Select(match => match.Value.Replace(" ", "", StringComparison.Ordinal));

    [GeneratedRegex("```(?<language>\\w*)\n(?<text>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block { get; }

    [GeneratedRegex("`([^`\n]+)`")]
    private static partial Regex Span { get; }

    [GeneratedRegex(@"^(#+|-|\||```\w*)")]
    private static partial Regex Begins { get; }

    [GeneratedRegex("(?m)(?<= )//.*$")]
    private static partial Regex Comment { get; }

    [GeneratedRegex("(?m)^#+ ")]
    private static partial Regex Heading { get; }

    [GeneratedRegex(@"(?<![A-Za-z0-9-])\d[\d,.]*\d( ?%)?|(?<![A-Za-z0-9-])\d( ?%)?")]
    private static partial Regex Number { get; }
}
