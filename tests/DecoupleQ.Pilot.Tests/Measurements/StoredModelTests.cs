using DecoupleQ.Pilot.Jobs;
using DecoupleQ.Pilot.Ladders;
using DecoupleQ.Pilot.Measurements;
using DecoupleQ.Pilot.Results;
using DecoupleQ.Quantization.Settings;
using DecoupleQ.Testing;

namespace DecoupleQ.Pilot.Tests.Measurements;

/// <summary>What is said of models that are there.</summary>
[Collection(nameof(PackedBooks))]
public sealed class StoredModelTests(PackedBooks books) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_setting_is_told_from_tensors_and_recipe_and_nothing_is_made_up()
    {
        StoredSetting stored = StoredSetting.Of(books.Folder);
        Assert.Equal(new SettingResult(2, 64, LadderSetting.AsStored, LadderSetting.AsStored, "fast"), stored.Setting);
        Assert.True(stored.Bytes > 0);
        Assert.Equal(
            new SettingResult(16, -1, LadderSetting.AsStored, LadderSetting.AsStored, ""), StoredSetting.Of(Paths.Model).Setting);
        string without = Copy("without");
        File.Delete(Path.Combine(without, "recipe.yaml"));
        Assert.Equal("", StoredSetting.Of(without).Setting.Preset);
    }

    [Fact]
    public void A_folder_that_is_whole_and_of_the_setting_is_not_made_again()
    {
        QuantizationOptions options = new() { Model = Paths.Model, Output = "", Samples = 2, Context = 64 };
        LadderSetting setting = new(2, 64, LadderSetting.AsStored, LadderSetting.AsStored, Preset.Fast);
        Assert.True(QuantizedFolder.IsWhole(books.Folder, setting, options, Token));
        Assert.False(QuantizedFolder.IsWhole(books.Folder, setting with { Bits = 3 }, options, Token));
        Assert.False(QuantizedFolder.IsWhole(books.Folder, setting with { GroupSize = -1 }, options, Token));
        Assert.False(QuantizedFolder.IsWhole(books.Folder, setting with { EmbeddingBits = 8 }, options, Token));
        Assert.False(QuantizedFolder.IsWhole(books.Folder, setting with { Preset = Preset.Paper }, options, Token));
        Assert.False(QuantizedFolder.IsWhole(_folder["nothing"], setting, options, Token));
        string changed = Copy("changed");
        Assert.True(QuantizedFolder.IsWhole(changed, setting, options, Token));
        string shard = Directory.GetFiles(changed, "*.safetensors")[0];
        byte[] bytes = File.ReadAllBytes(shard);
        bytes[^1] ^= 1;
        File.WriteAllBytes(shard, bytes);
        Assert.False(QuantizedFolder.IsWhole(changed, setting, options, Token));
    }

    [Fact]
    public void Models_are_the_same_by_their_files()
    {
        string copy = Copy("copy");
        Assert.True(SameFiles.Are(books.Folder, copy, Token));
        Assert.True(SameFiles.Are(books.Folder, books.Folder + "/", Token));
        Assert.False(SameFiles.Are(books.Folder, Paths.Model, Token));
        string shard = Directory.GetFiles(copy, "*.safetensors")[0];
        byte[] bytes = File.ReadAllBytes(shard);
        bytes[^1] ^= 1;
        File.WriteAllBytes(shard, bytes);
        Assert.False(SameFiles.Are(books.Folder, copy, Token));
    }

    private string Copy(string name)
    {
        Directory.CreateDirectory(_folder[name]);
        foreach (string file in Directory.GetFiles(books.Folder))
        {
            File.Copy(file, Path.Combine(_folder[name], Path.GetFileName(file)));
        }
        return _folder[name];
    }
}
