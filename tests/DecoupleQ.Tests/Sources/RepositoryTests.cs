using DecoupleQ.Testing;

namespace DecoupleQ.Tests.Sources;

/// <summary>The rules of the house, held against the repository's own sources.</summary>
public sealed class RepositoryTests
{
    private const int LongestLine = 160;

    // Circles that are being untied; a circle within one of these lines is let through. Each goes as soon as its circle is gone.
    private static readonly string[][] KnownCircles =
    [
        ["DecoupleQ/Kernels", "DecoupleQ/Kernels/Linear", "DecoupleQ/Kernels/Products"],
        [
            "DecoupleQ/Checkpoints", "DecoupleQ/Checkpoints/Gguf", "DecoupleQ/Inference/Engines", "DecoupleQ/Inference/Programs", "DecoupleQ/Inference/States",
            "DecoupleQ/Models", "DecoupleQ/Models/Architectures", "DecoupleQ/Tokenization", "DecoupleQ/Tokenization/Gguf", "DecoupleQ/Tokenization/Json",
            "DecoupleQ/Tokenization/Pipeline", "DecoupleQ/Tokenization/SentencePiece",
        ],
        ["DecoupleQ/Chat/Templates/Evaluation", "DecoupleQ/Chat/Templates/Syntax", "DecoupleQ/Chat/Templates/Values"],
    ];

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
        IReadOnlyList<IReadOnlyList<string>> circles = graph.Circles();
        AssertNone(circles.Where(circle => !KnownCircles.Any(known => circle.All(known.Contains))).Select(graph.Describe));
        AssertNone(
            KnownCircles.Where(known => !circles.Any(circle => circle.All(known.Contains)))
                .Select(known => $"No circle is left there: take {string.Join(", ", known)} off the known ones."));
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
