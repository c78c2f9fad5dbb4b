using DecoupleQ.Testing;

namespace DecoupleQ.Tests.Sources;

/// <summary>The rules of the house, held against the repository's own sources.</summary>
public sealed class RepositoryTests
{
    private const int LongestLine = 160;

    // Files with longer lines that are being rewritten; each goes with the last of its long lines.
    private static readonly string[] KnownLongLines =
    [
        "src/DecoupleQ/", "src/DecoupleQ.Quantization/Calibration/", "src/DecoupleQ.Quantization/Gradients/", "src/DecoupleQ.Quantization/Training/",
        "src/DecoupleQ.Quantization/Jobs/BlockQuantizer.cs", "src/DecoupleQ.Quantization/Jobs/JobCost.cs",
        "src/DecoupleQ.Quantization/Estimates/JobMemory.cs", "src/DecoupleQ.Cli/Options/SamplingOptions.cs", "tests/DecoupleQ.Tests/",
    ];

    [Fact]
    public void Folders_form_no_circle()
    {
        FolderGraph graph = FolderGraph.Of(Path.Combine(Paths.Repository, "src"));
        AssertNone(graph.Circles().Select(graph.Describe));
    }

    [Fact]
    public void Lines_fit_on_a_screen()
    {
        string[] tooLong =
        [
            .. from folder in (string[])["src", "tests", "bench"]
               from file in Directory.EnumerateFiles(Path.Combine(Paths.Repository, folder), "*.cs", SearchOption.AllDirectories)
               let name = Path.GetRelativePath(Paths.Repository, file).Replace('\\', '/')
               where !name.Split('/').Any(part => part is "bin" or "obj")
               from line in File.ReadLines(file).Index()
               where line.Item.Length > LongestLine
               select $"{name}:{line.Index + 1} has {line.Item.Length} characters, more than {LongestLine}.",
        ];
        AssertNone(tooLong.Where(line => !KnownLongLines.Any(known => line.StartsWith(known, StringComparison.Ordinal))));
        AssertNone(
            KnownLongLines.Where(known => !tooLong.Any(line => line.StartsWith(known, StringComparison.Ordinal)))
                .Select(known => $"No long line is left there: take {known} off the known ones."));
    }

    // In full, where assertions on collections shorten what they show.
    private static void AssertNone(IEnumerable<string> faults)
    {
        string[] all = [.. faults];
        Assert.True(all.Length == 0, string.Join('\n', all));
    }
}
