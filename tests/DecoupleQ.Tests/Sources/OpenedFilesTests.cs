using System.Text.RegularExpressions;
using DecoupleQ.Testing;

namespace DecoupleQ.Tests.Sources;

/// <summary>Every file that is read is opened in one place, which refuses what is no file and what is too large.</summary>
public sealed partial class OpenedFilesTests
{
    /// <summary>Where else files are opened to be read, and why.</summary>
    private static readonly Dictionary<string, string> Others = new()
    {
        ["src/DecoupleQ/Storage/StoredFile.cs"] = "the place",
        ["src/DecoupleQ/Storage/MappedFile.cs"] = "maps what was opened there",
        ["src/DecoupleQ/Hardware/Limits/ControlGroup.cs"] = "files of the system, whose lengths are not said",
        ["src/DecoupleQ.Cli/Rendering/StandardStreams.cs"] = "standard streams, which may be anything",
        ["src/DecoupleQ/Storage/DurableWriter.cs"] = "made new, and read by the same handle",
        ["src/DecoupleQ/Monitoring/Logs/MonitorLog.cs"] = "writes, and looks for the end of what it wrote",
        ["src/DecoupleQ.Quantization/Outputs/FolderLock.cs"] = "asks for the lock, and reads nothing",
    };

    [Fact]
    public void No_file_is_read_past_the_one_place_that_opens_them()
    {
        IEnumerable<string> found =
            from file in SourceTree.Files(Path.Combine(Paths.Repository, "src"))
            let name = "src/" + file.Name
            where !Others.ContainsKey(name)
            from statement in In(File.ReadAllText(file.Path))
            select $"{name}: {statement}";
        Assert.Empty(found);
    }

    [Theory]
    [InlineData("x = File.ReadAllText(path);", true)]
    [InlineData("using var x = File.OpenRead(path);", true)]
    [InlineData("x = System.IO.File.OpenHandle(path, FileMode.Open);", true)]
    [InlineData("var x = new FileStream(\n    path, FileMode.Open, FileAccess.Read);", true)]
    [InlineData("FileStream x = new(path, FileMode.Open);", true)]
    [InlineData("using var x = new StreamReader(path);", true)]
    [InlineData("foreach (string line in File.ReadLines(path)) { }", true)]
    [InlineData("x = new FileInfo(path).OpenText();", true)]
    [InlineData("using var x = new FileStream(path, FileMode.Create, FileAccess.Write);", false)]
    [InlineData("using var x = new StreamReader(stream);", false)]
    [InlineData("x = StoredFile.ReadAll(path, kind); // File.ReadAllText(path)", false)]
    public void What_counts_as_reading(string code, bool isReading) => Assert.Equal(isReading, In(code).Any());

    private static IEnumerable<string> In(string source) => Opening().Matches(CodeText.Of(source)).Select(match => Blanks().Replace(match.Value, " "))
        .Where(statement => !statement.Contains("FileAccess.Write", StringComparison.Ordinal));

    [GeneratedRegex(
        @"\bFile\s*\.\s*(ReadAll|ReadLines|Open|Copy)\w*\s*\([^;]*|\bnew\s+FileStream\s*\([^;]*|\bFileStream\??\s+\w+\s*=\s*new\s*\([^;]*" +
        @"|\bnew\s+StreamReader\s*\((?!\s*stream\b|\s*Console\b|\s*StandardStreams\b)[^;]*|\.\s*Open(Read|Text)\s*\("
        + @"|\bMemoryMappedFile\s*\.\s*(Create|Open)\w*\s*\([^;]*")]
    private static partial Regex Opening();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();
}
