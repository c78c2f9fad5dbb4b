using DecoupleQ.Testing;

namespace DecoupleQ.Tests.Sources;

/// <summary>The rules of the house, held against the repository's own sources.</summary>
public sealed class RepositoryTests
{
    private const int LongestLine = 160;

    [Fact]
    public void Folders_form_no_circle()
    {
        FolderGraph graph = FolderGraph.Of(Path.Combine(Paths.Repository, "src"));
        AssertNone(graph.Circles().Select(graph.Describe));
    }

    [Fact]
    public void Lines_fit_on_a_screen()
    {
        AssertNone(
            from folder in (string[])["src", "tests", "bench", "samples"]
            from file in Directory.EnumerateFiles(Path.Combine(Paths.Repository, folder), "*.cs", SearchOption.AllDirectories)
            let name = Path.GetRelativePath(Paths.Repository, file).Replace('\\', '/')
            where !name.Split('/').Any(part => part is "bin" or "obj")
            from line in File.ReadLines(file).Index()
            where line.Item.Length > LongestLine
            select $"{name}:{line.Index + 1} has {line.Item.Length} characters, more than {LongestLine}.");
    }

    // In full, where assertions on collections shorten what they show.
    private static void AssertNone(IEnumerable<string> faults)
    {
        string[] all = [.. faults];
        Assert.True(all.Length == 0, string.Join('\n', all));
    }
}
