using DecoupleQ.ModelFiles;

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
