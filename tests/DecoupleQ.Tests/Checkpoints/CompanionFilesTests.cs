using DecoupleQ.Checkpoints;
using DecoupleQ.ModelFiles;

namespace DecoupleQ.Tests.Checkpoints;

public sealed class CompanionFilesTests
{
    [Fact]
    public void Tokenizer_template_generation_config_and_licences_go_along_and_nothing_else()
    {
        using var folder = new TemporaryFolder();
        string[] along = [
            "LICENSE", "NOTICE.txt", "USE_POLICY.md", "chat_template.jinja", "generation_config.json", "license.md", "tokenizer.json", "tokenizer.model",
            "tokenizer_config.json"
        ];
        string[] not = [
            "config.json", "model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", "README.md", "licensed.safetensors", ".gitattributes"
        ];
        foreach (string name in along.Concat(not))
        {
            File.WriteAllText(folder.File(name), "");
        }
        Directory.CreateDirectory(folder.File("LICENSES"));
        Assert.Equal(along.Order(StringComparer.Ordinal).Select(folder.File), CompanionFiles.In(folder.Path));
    }
}
