using DecoupleQ.ModelFiles;
using DecoupleQ.Storage;
using DecoupleQ.Testing;

namespace DecoupleQ.Tests.Storage;

public sealed class StoredFileTests : IDisposable
{
    private const string Pointer = """
        version https://git-lfs.github.com/spec/v1
        oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393
        size 12345

        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("model.safetensors")]
    [InlineData("model.gguf")]
    [InlineData("config.json")]
    [InlineData("tokenizer.json")]
    [InlineData("tokenizer.model")]
    public void A_pointer_of_Git_LFS_is_called_one(string name)
    {
        File.WriteAllText(_folder.File("config.json"), "{}");
        File.WriteAllText(_folder.File(name), Pointer);
        DecoupleQException error = Assert.Throws<DecoupleQException>(() => Open(name));
        Assert.Equal(_folder.File(name), error.File);
        Assert.Contains("Git LFS pointer", error.Message);
        Assert.Contains("git lfs pull", error.Expected);
    }

    [Fact]
    public void A_file_whose_name_is_not_UTF_8_is_told_apart_from_one_that_is_missing()
    {
        DecoupleQException error = Assert.Throws<DecoupleQException>(() => StoredFile.Open(_folder.File("LICENSE\uFFFD.txt"), FileKind.Licence));
        Assert.Contains("its name is not UTF-8", error.Message, StringComparison.Ordinal);
        Assert.Equal("a file whose name is UTF-8", error.Expected);
        Assert.DoesNotContain("UTF-8", Assert.Throws<DecoupleQException>(() => StoredFile.Open(_folder.File("LICENSE"), FileKind.Licence)).Message);
        File.WriteAllText(_folder.File("LICENSE\uFFFD.txt"), "mine");
        StoredFile.Open(_folder.File("LICENSE\uFFFD.txt"), FileKind.Licence).Dispose();
    }

    [Theory]
    [InlineData("pipe")]
    [InlineData("link to a pipe")]
    [InlineData("device")]
    [InlineData("socket")]
    [InlineData("what a process has open")]
    public async Task What_is_no_file_is_refused_without_waiting_for_it(string kind)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no pipes among files.");
        using var odd = new OddFile(_folder, kind);
        Task<DecoupleQException> refused = Task.Run(() => Assert.Throws<DecoupleQException>(() => StoredFile.Open(odd.Path, FileKind.Json)));
        // A pipe that is opened waits for whoever writes to it.
        DecoupleQException error = await refused.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        Assert.StartsWith($"{odd.Path}: This is a device or a pipe.", error.Message);
    }

    [Fact]
    public void An_empty_file_is_one_and_a_link_leads_where_the_system_follows_it()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need rights there.");
        File.WriteAllText(_folder.File("empty"), "");
        Assert.Empty(StoredFile.ReadAll(_folder.File("empty"), FileKind.Json));
        using (new FileStream(_folder.File("empty"), FileMode.Open, FileAccess.Write, FileShare.None))
        {
            RegularFile.CheckReplaceable(_folder.File("empty"));
        }
        // As the Hub's cache has them, seen through a link to the snapshot: the parent of "snapshot" is not that of the link.
        Directory.CreateDirectory(_folder.File("cache/snapshots/1"));
        Directory.CreateDirectory(_folder.File("cache/blobs"));
        File.WriteAllText(_folder.File("cache/blobs/abc"), "");
        File.CreateSymbolicLink(_folder.File("cache/snapshots/1/config.json"), "../../blobs/abc");
        Directory.CreateSymbolicLink(_folder.File("model"), _folder.File("cache/snapshots/1"));
        Assert.Equal(LinkedPath.Real(_folder.File("cache/blobs/abc")), LinkedPath.Real(_folder.File("model/config.json")));
        Assert.Empty(StoredFile.ReadAll(_folder.File("model/config.json"), FileKind.Json));
    }

    [Fact]
    public void A_link_that_leads_nowhere_stands_for_a_file_that_is_missing()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need rights there.");
        // As in a cache whose blobs were removed.
        File.CreateSymbolicLink(_folder.File("config.json"), "../../blobs/abc");
        File.CreateSymbolicLink(_folder.File("second"), "config.json");
        foreach (string link in (string[])["config.json", "second"])
        {
            DecoupleQException error = Assert.Throws<DecoupleQException>(() => StoredFile.Open(_folder.File(link), FileKind.Json));
            Assert.StartsWith($"{_folder.File(link)}: The file is missing.", error.Message);
            Assert.Throws<DecoupleQException>(() => RegularFile.CheckReplaceable(_folder.File(link)));
        }
    }

    [Fact]
    public void A_file_larger_than_its_kind_may_be_is_refused_before_it_is_read()
    {
        using (FileStream file = File.Create(_folder.File("sparse")))
        {
            file.SetLength(1L << 40);
        }
        foreach (FileKind kind in FileKind.All.Where(kind => kind != FileKind.Weights))
        {
            DecoupleQException error = Assert.Throws<DecoupleQException>(() => StoredFile.Open(_folder.File("sparse"), kind));
            Assert.Equal($"at most {kind.MostBytes}", error.Expected);
        }
    }

    [Fact]
    public void The_documentation_states_the_largest_size_of_each_kind()
    {
        string[] lines = File.ReadAllLines(Path.Combine(Paths.Repository, "docs", "formats.md"));
        Assert.All(FileKind.All, kind => Assert.Contains(lines, line => line.StartsWith($"| {kind.Name} | {Size(kind.MostBytes)}", StringComparison.Ordinal)));

        static string Size(long bytes) => bytes switch
        {
            long.MaxValue => "as its header says",
            < 1 << 30 => $"{bytes >> 20} MiB",
            _ => $"{(bytes + 1) >> 30} GiB",
        };
    }

    private void Open(string name)
    {
        if (name.StartsWith("tokenizer", StringComparison.Ordinal))
        {
            TokenizerFiles.Load(_folder.Path);
            TokenizerFiles.Load(_folder.File(name));
        }
        else
        {
            CheckpointFiles.Open(name == "model.gguf" ? _folder.File(name) : _folder.Path).Dispose();
        }
    }
}
