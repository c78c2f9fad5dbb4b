using System.Text.RegularExpressions;
using DecoupleQ.Testing;

namespace DecoupleQ.Cli.Tests;

/// <summary>docs/operations.md in two languages that say the same.</summary>
public sealed partial class OperationsTests
{
    private static readonly string English = Read("operations.md"), Japanese = Read("operations.ja.md");

    [Fact]
    public void Both_have_the_same_headings_lists_and_tables() => Assert.Equal(Frame(English), Frame(Japanese));

    [Fact]
    public void Both_have_the_same_commands()
    {
        string[] commands = [.. Blocks(English)];
        Assert.True(commands.Length > 8);
        Assert.Equal(commands, Blocks(Japanese));
        Assert.Equal(Spans(English), Spans(Japanese));
    }

    [Fact]
    public void Both_have_the_same_figures()
    {
        string[][] english = Figures(English), japanese = Figures(Japanese);
        Assert.Equal(english.Length, japanese.Length);
        Assert.All(english, (figures, section) => Assert.Equal(figures, japanese[section]));
        Assert.True(english.Sum(figures => figures.Length) > 50);
    }

    [Fact]
    public void The_terms_are_those_of_the_field() => Assert.All(
        (string[])["量子化", "パープレキシティ", "校正データ", "シャドー実行", "カナリア", "ベースライン", "一致率", "信頼区間", "切り戻し"],
        term => Assert.Contains(term, Japanese));

    private static string Read(string page) => File.ReadAllText(Path.Combine(Paths.Repository, "docs", page));

    // What a line begins with says what it is; of a table how many cells it has.
    private static IEnumerable<string> Frame(string page) =>
        from line in page.Split('\n')
        where Begins.IsMatch(line)
        select line[0] == '|' ? $"{line.Count(character => character == '|')} cells" : Begins.Match(line).Value;

    private static IEnumerable<string> Blocks(string page) => Block.Matches(page).Select(match => match.Groups[1].Value);

    private static IEnumerable<string> Spans(string page) =>
        Span.Matches(Block.Replace(page, "")).Select(match => match.Groups[1].Value).Distinct().Order(StringComparer.Ordinal);

    // Section by section, since languages order words differently.
    private static string[][] Figures(string page) =>
    [
        .. Heading.Split(Block.Replace(page, "")).Select(section =>
            (string[])[.. Number.Matches(section).Select(match => match.Value).Distinct().Order(StringComparer.Ordinal)]),
    ];

    [GeneratedRegex("```sh\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block { get; }

    [GeneratedRegex("`([^`\n]+)`")]
    private static partial Regex Span { get; }

    [GeneratedRegex(@"^(#+|-|\||```\w*)")]
    private static partial Regex Begins { get; }

    [GeneratedRegex("(?m)^#+ ")]
    private static partial Regex Heading { get; }

    [GeneratedRegex(@"(?<![A-Za-z0-9-])\d[\d,.]*\d( %)?|(?<![A-Za-z0-9-])\d( %)?")]
    private static partial Regex Number { get; }
}
