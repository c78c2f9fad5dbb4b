using DecoupleQ.ModelFiles;

namespace DecoupleQ.Tests.Storage;

public sealed class ModelPathTests
{
    [Fact]
    public void A_model_is_called_by_its_folder_or_file()
    {
        using var folder = new TemporaryFolder();
        Assert.Equal("tales", ModelPath.NameOf(folder.File("tales")));
        Assert.Equal("tales", ModelPath.NameOf(folder.File("tales") + "/"));
        Assert.Equal("tales", ModelPath.NameOf(folder.File("tales/other/..")));
        Assert.Equal("tales.Q4_K.gguf", ModelPath.NameOf(folder.File("tales.Q4_K.gguf")));
        Assert.Equal(Path.GetFileName(Environment.CurrentDirectory), ModelPath.NameOf("."));
    }

    [Fact]
    public void Two_paths_are_the_same_model_by_whatever_way()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.File("tales"));
        Directory.CreateDirectory(folder.File("tales-2"));
        Directory.CreateSymbolicLink(folder.File("link"), folder.File("tales"));
        foreach (string same in (string[])["tales", "tales/", "./tales", "tales-2/../tales", "link", "link/"])
        {
            Assert.True(ModelPath.AreSame(folder.File("tales"), folder.File(same)), same);
            Assert.True(ModelPath.AreSame(folder.File(same), folder.File("tales")), same);
        }
        foreach (string other in (string[])["tales-2", "tale", ".", "tales/inside"])
        {
            Assert.False(ModelPath.AreSame(folder.File("tales"), folder.File(other)), other);
            Assert.False(ModelPath.AreSame(folder.File(other), folder.File("tales")), other);
        }
    }
}
