using System.Text.Json.Nodes;
using DecoupleQ.Models;
using DecoupleQ.Testing;

namespace DecoupleQ.Tests.Models;

/// <summary>A model that is disposed, and a load that fails, leave neither threads nor maps, where the system tells.</summary>
public sealed class ModelLifetimeTests : IDisposable
{
    // Far more than all tests beside this one have together, so that theirs may come and go.
    private const int Threads = 600;

    private readonly TemporaryFolder _folder = new();

    public ModelLifetimeTests()
    {
        Assert.SkipUnless(Directory.Exists("/proc/self/task"), "The system does not tell a process of its threads and maps.");
        foreach (string file in Directory.GetFiles(Paths.Golden("golden", "tiny", "tiny-llama3")))
        {
            File.Copy(file, _folder.File(Path.GetFileName(file)));
        }
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_disposed_model_leaves_no_thread_and_no_map()
    {
        for (int i = 0; i < 3; i++)
        {
            using (LanguageModel model = Load())
            {
                using Sequence sequence = model.Begin();
                sequence.Append([1, 2, 3], TestContext.Current.CancellationToken);
                Assert.True(HasThreads());
                Assert.NotEqual(0, Maps());
            }
            AssertNothingIsLeft();
        }
    }

    [Fact]
    public void A_load_that_fails_at_the_last_block_leaves_no_thread_and_no_map()
    {
        string config = _folder.File("config.json");
        JsonObject fields = JsonNode.Parse(File.ReadAllText(config))!.AsObject();
        fields["num_hidden_layers"] = (int)fields["num_hidden_layers"]! + 1;
        File.WriteAllText(config, fields.ToJsonString());
        for (int i = 0; i < 3; i++)
        {
            Assert.Throws<DecoupleQException>(Load);
            AssertNothingIsLeft();
        }
    }

    private LanguageModel Load() => LanguageModel.Load(_folder.Path, new() { Threads = Threads });

    // A thread that was waited for may be on the system's list for a moment longer.
    private void AssertNothingIsLeft()
    {
        Assert.True(SpinWait.SpinUntil(() => !HasThreads(), TimeSpan.FromSeconds(20)), "Threads are left.");
        Assert.Equal(0, Maps());
    }

    private static bool HasThreads() => Directory.GetDirectories("/proc/self/task").Length > Threads / 2;

    private int Maps() => File.ReadLines("/proc/self/maps").Count(line => line.Contains(_folder.Path, StringComparison.Ordinal));
}
