using DecoupleQ.Checkpoints;
using DecoupleQ.ModelFiles;
using DecoupleQ.Models.Architectures;
using DecoupleQ.Quantization.Jobs;
using DecoupleQ.Quantization.Settings;

namespace DecoupleQ.Quantization.Tests.Jobs;

/// <summary>The result depends on the input and the settings, and on nothing else.</summary>
public sealed class SameBytesTests(TinyModel model) : IClassFixture<TinyModel>
{
    [Theory]
    [InlineData(32)]
    [InlineData(-1)]
    public void Any_number_of_threads_gives_the_same_bytes(int groupSize)
    {
        string one = model.Run(o => o with { Format = new(2, groupSize) });
        Folders.AssertSame(one, model.Run(o => o with { Format = new(2, groupSize), Threads = 2 }));
        Folders.AssertSame(one, model.Run(o => o with { Format = new(2, groupSize), Threads = 3 }));
    }

    [Fact]
    public void Activations_that_spill_to_files_give_the_same_bytes()
    {
        using Checkpoint checkpoint = CheckpointFiles.Open(model.Folder);
        long least = MemoryShares.HessianBytes(Architecture.Plan(checkpoint.ConfigSection), new()) + (1 << 20);
        QuantizationOptions options = model.Options(model.NewOutput()) with { MemoryBudget = least };
        int spilled = 0;
        string output = model.Run(
            _ => options,
            _ => spilled = Math.Max(spilled, Directory.GetFiles(options.Output + ".partial", "activations-*.tmp").Length));
        Assert.Equal(2, spilled); // inputs and targets
        Folders.AssertSame(model.Run(), output);

        DecoupleQException error = Assert.Throws<DecoupleQException>(() => model.Run(o => o with { MemoryBudget = least - 1 }));
        Assert.Equal("memory-budget", error.Field);
        Assert.Contains($"{least}", error.Expected);
    }

    [Fact]
    public void Another_setting_gives_other_bytes()
    {
        string plain = model.Run();
        Assert.NotEqual(Weights(plain), Weights(model.Run(o => o with { Minimisation = o.Minimisation with { Epochs = 0 } })));
        Assert.NotEqual(Weights(plain), Weights(model.Run(o => o with { Samples = 3 })));
    }

    [Fact]
    public void The_folder_holds_the_model_and_what_goes_along_and_nothing_else()
    {
        string output = model.Run();
        Assert.Equal(
            [
                "LICENSE.txt", "config.json", "decoupleq.json", "model-00001-of-00003.safetensors", "model-00002-of-00003.safetensors",
                "model-00003-of-00003.safetensors", "model.safetensors.index.json", "recipe.yaml",
            ],
            Folders.Names(output));
        Assert.Equal(File.ReadAllText(Path.Combine(model.Folder, "LICENSE.txt")), File.ReadAllText(Path.Combine(output, "LICENSE.txt")));
    }

    private static byte[] Weights(string folder) => File.ReadAllBytes(Path.Combine(folder, "model-00002-of-00003.safetensors"));
}
