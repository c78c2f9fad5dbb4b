using System.IO.Compression;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Xml.Linq;
using DecoupleQ.Testing;

namespace DecoupleQ.Cli.Tests;

/// <summary>What others install: the packages, and the README's commands and program run from them.</summary>
public sealed class PackagesTests(PackagesFixture packages) : IClassFixture<PackagesFixture>
{
    private static readonly string Folder = Path.Combine(Paths.Repository, "artifacts", "packages");

    public static TheoryData<string> Ids => ["DecoupleQ", "DecoupleQ.Quantization", "DecoupleQ.Server", "DecoupleQ.Tool"];

    [Fact]
    public void The_commands_and_the_program_of_the_readme_run_from_the_packages()
    {
        string output = Tried().Output;
        Assert.Contains("$ dotnet tool install", output);
        Assert.Matches(@"\$ decoupleq generate .*\n *\S", output);
        Assert.Contains("$ dotnet add ", output);
        Assert.Matches(@"Perplexity: \d+\.\d{3}\n", output);
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void A_package_says_what_it_is(string id)
    {
        Tried();
        using ZipArchive package = ZipFile.OpenRead(PathOf(id, "nupkg"));
        XElement metadata = Metadata(package, id);
        XNamespace ns = metadata.Name.Namespace;
        Assert.Equal("MIT", metadata.Element(ns + "license")!.Value);
        Assert.NotEmpty(metadata.Element(ns + "tags")!.Value);
        XElement repository = metadata.Element(ns + "repository")!;
        Assert.Equal("git", repository.Attribute("type")!.Value);
        if (Checkout.Is)
        {
            Assert.Equal(Checkout.Commit, repository.Attribute("commit")!.Value);
            // A clone of a folder, or of nothing, has no address for others.
            if (Checkout.Origin.StartsWith("https://", StringComparison.Ordinal))
            {
                Assert.StartsWith("https://", repository.Attribute("url")!.Value, StringComparison.Ordinal);
            }
        }
        Assert.All(Ids.Where(other => other.Data != id), other => Assert.NotEqual(Description(other.Data), Description(id)));

        Assert.Equal(File.ReadAllText(Path.Combine(Paths.Repository, "LICENSE")), Text(package, "LICENSE"));
        Assert.StartsWith("# ", Text(package, metadata.Element(ns + "readme")!.Value), StringComparison.Ordinal);
        using Stream icon = package.GetEntry(metadata.Element(ns + "icon")!.Value)!.Open();
        byte[] signature = new byte[8];
        icon.ReadExactly(signature);
        Assert.Equal([0x89, .. "PNG\r\n\u001a\n"u8], signature);
    }

    [Theory]
    [InlineData("DecoupleQ")]
    [InlineData("DecoupleQ.Quantization")]
    [InlineData("DecoupleQ.Server")]
    [InlineData("DecoupleQ.Tool.linux-x64")]
    [InlineData("DecoupleQ.Tool.any")]
    public void Symbols_name_sources_from_the_root_of_the_repository(string id)
    {
        Tried();
        using ZipArchive package = ZipFile.OpenRead(PathOf(id, "snupkg"));
        ZipArchiveEntry[] symbols = [.. package.Entries.Where(entry => entry.Name.EndsWith(".pdb", StringComparison.Ordinal))];
        Assert.NotEmpty(symbols);
        foreach (ZipArchiveEntry entry in symbols)
        {
            using Stream stream = entry.Open();
            using MemoryStream seekable = new();
            stream.CopyTo(seekable);
            seekable.Position = 0;
            using MetadataReaderProvider provider = MetadataReaderProvider.FromPortablePdbStream(seekable);
            MetadataReader reader = provider.GetMetadataReader();
            string[] documents = [.. reader.Documents.Select(handle => reader.GetString(reader.GetDocument(handle).Name))];
            Assert.NotEmpty(documents);
            Assert.All(documents, document => Assert.Matches("^/_/(src|artifacts/packing/obj)/DecoupleQ", document));
        }
    }

    [Theory]
    [InlineData("linux-x64", true)]
    [InlineData("any", false)]
    public void The_tool_for_one_kind_of_machine_is_compiled_ahead_of_time(string machine, bool compiled)
    {
        Tried();
        using ZipArchive package = ZipFile.OpenRead(PathOf($"DecoupleQ.Tool.{machine}", "nupkg"));
        foreach (string assembly in (string[])["DecoupleQ.dll", "DecoupleQ.Cli.dll", "System.CommandLine.dll"])
        {
            using Stream stream = package.GetEntry($"tools/net10.0/{machine}/{assembly}")!.Open();
            using MemoryStream seekable = new();
            stream.CopyTo(seekable);
            seekable.Position = 0;
            using PEReader reader = new(seekable);
            Assert.Equal(compiled, reader.PEHeaders.CorHeader!.ManagedNativeHeaderDirectory.Size > 0);
        }
    }

    [Fact]
    public void Quantization_asks_for_the_library_that_it_was_built_with()
    {
        Tried();
        using ZipArchive package = ZipFile.OpenRead(PathOf("DecoupleQ.Quantization", "nupkg"));
        XElement metadata = Metadata(package, "DecoupleQ.Quantization");
        XNamespace ns = metadata.Name.Namespace;
        XElement library = metadata.Descendants(ns + "dependency").Single(dependency => dependency.Attribute("id")!.Value == "DecoupleQ");
        Assert.Equal($"[{metadata.Element(ns + "version")!.Value}]", library.Attribute("version")!.Value);
    }

    private ToolResult Tried()
    {
        Assert.SkipWhen(packages.Result is null, "eng/try-packages.sh needs a Unix shell.");
        return packages.Result.Expect(0);
    }

    private static string PathOf(string id, string kind) =>
        Directory.EnumerateFiles(Folder, $"{id}.*.{kind}").Single(path => char.IsAsciiDigit(Path.GetFileName(path)[id.Length + 1]));

    private static string Description(string id)
    {
        using ZipArchive package = ZipFile.OpenRead(PathOf(id, "nupkg"));
        XElement metadata = Metadata(package, id);
        return metadata.Element(metadata.Name.Namespace + "description")!.Value;
    }

    private static XElement Metadata(ZipArchive package, string id) => XDocument.Parse(Text(package, $"{id}.nuspec")).Root!.Elements().Single();

    private static string Text(ZipArchive package, string name)
    {
        using StreamReader reader = new(package.GetEntry(name)!.Open());
        return reader.ReadToEnd();
    }
}
