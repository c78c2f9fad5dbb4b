using System.Text.RegularExpressions;
using DecoupleQ.Testing;

namespace DecoupleQ.Tests.Sources;

/// <summary>What the repository's pages point to is there.</summary>
public sealed partial class LinkTests
{
    private static readonly string[] Pages =
    [
        .. Directory.EnumerateFiles(Paths.Repository, "*.md"),
        .. Directory.EnumerateFiles(Path.Combine(Paths.Repository, "docs"), "*.md"),
        Path.Combine(Paths.Samples, "README.md"),
        Path.Combine(Paths.Repository, "tests", "golden", "README.md"),
    ];

    [Fact]
    public void Links_lead_to_files_and_headings_that_exist()
    {
        string[] broken =
        [
            .. from page in Pages
               from Match link in Link.Matches(File.ReadAllText(page))
               let target = link.Groups["target"].Value
               where !target.Contains("://", StringComparison.Ordinal) && !Leads(page, target)
               select $"{Path.GetRelativePath(Paths.Repository, page)}: {target}",
        ];
        Assert.True(broken.Length == 0, string.Join('\n', broken));
    }

    [Fact]
    public void The_index_has_every_page()
    {
        string index = File.ReadAllText(Path.Combine(Paths.Repository, "docs", "README.md"));
        Assert.All(
            Directory.EnumerateFiles(Path.Combine(Paths.Repository, "docs"), "*.md").Select(Path.GetFileName).Where(name => name != "README.md"),
            name => Assert.Contains($"({name})", index));
    }

    private static bool Leads(string page, string target)
    {
        string[] parts = target.Split('#');
        string path = parts[0].Length == 0 ? page : Path.Combine(Path.GetDirectoryName(page)!, parts[0]);
        return Path.Exists(path) && (parts.Length == 1 || File.ReadLines(path).Any(line => line.StartsWith('#') && Anchor(line) == parts[1]));
    }

    // As hosts of repositories make it: lower case, without punctuation, hyphens for blanks.
    private static string Anchor(string heading) => Punctuation.Replace(heading.TrimStart('#').Trim().ToLowerInvariant(), "").Replace(' ', '-');

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)")]
    private static partial Regex Link { get; }

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex Punctuation { get; }
}
