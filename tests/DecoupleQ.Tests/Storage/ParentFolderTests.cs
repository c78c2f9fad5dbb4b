using DecoupleQ.Chat;
using DecoupleQ.Evaluation;
using DecoupleQ.Models;
using DecoupleQ.Storage;
using DecoupleQ.Testing;

namespace DecoupleQ.Tests.Storage;

/// <summary>Files that are to be written where no folder is.</summary>
public sealed class ParentFolderTests
{
    [Theory]
    [InlineData("no/x", "no", "an existing folder for the file")]
    [InlineData("no/more/x", "no/more", "an existing folder for the file")]
    [InlineData("file/x", "file", "a folder")]
    [InlineData("file/no/x", "file", "a folder")]
    public void The_folder_is_named_and_never_a_temporary_file(string path, string missing, string expected)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("file"), "mine");
        string output = folder.File(path);
        using LanguageModel model = LanguageModel.Load(Paths.Model);
        string ids = folder.File("ids.safetensors");
        DecoupleQException[] errors =
        [
            Assert.Throws<DecoupleQException>(() => LogitsFile.Write(model, ids, output)),
            Assert.Throws<DecoupleQException>(() => ConversationJson.Write(output, [new("user", "hello")])),
        ];
        Assert.All(errors, error => Assert.Equal((folder.File(missing), expected), (error.File, error.Expected)));
        Assert.Equal([folder.File("file")], Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void What_keeps_a_file_from_being_written_is_told_of_that_file()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("no/x");
        DecoupleQException error = Assert.Throws<DecoupleQException>(
            () => new DurableWriter(DurableWriter.Room) { IsAmongOthers = true }.Write(path, new byte[] { 1 }));
        Assert.Contains($"'{path}'", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(".tmp", error.Message, StringComparison.Ordinal);
    }
}
