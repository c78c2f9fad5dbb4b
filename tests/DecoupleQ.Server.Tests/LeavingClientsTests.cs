using System.Net.Http.Json;
using DecoupleQ.Monitoring.Entries;
using DecoupleQ.Monitoring.Logs;

namespace DecoupleQ.Server.Tests;

/// <summary>Clients that leave while answers are replayed on another model.</summary>
public sealed class LeavingClientsTests : IDisposable
{
    private const string Path = "/v1/completions";
    private const int Choices = 4;

    private readonly string _folder = Directory.CreateTempSubdirectory("decoupleq-leaving-").FullName;

    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>
    /// What was answered to its end is compared, whoever has left since; of an answer that was left nothing is, and nothing of it stays behind.
    /// </summary>
    [Fact]
    public async Task Whole_answers_are_compared_and_what_was_left_leaves_nothing()
    {
        const int Whole = 4;
        using var other = new OtherModel();
        await using (BooksServer server = await BooksServer.StartAsync(
            options => options with { ShadowModel = other.Path, ShadowRate = 1, MonitorLog = new() { Folder = _folder } }))
        {
            for (int i = 0; i < Whole; i++)
            {
                // So long that its replay goes on when the next ones come, each on a connection of its own, which ends with the answer.
                using (var client = new HttpClient { BaseAddress = server.Address })
                {
                    using HttpResponseMessage answer = await client.PostAsJsonAsync(
                        Path, new { prompt = $"The {i} men went", max_tokens = 200, temperature = 1, seed = i }, Ended);
                    Assert.True(answer.IsSuccessStatusCode);
                }
                await LeaveAsync(server, streams: i % 2 == 0);
            }
            await server.IdleAsync(TimeSpan.FromSeconds(10));
            for (int tries = 0; server.Models.First.Texts.Status is var now && (now.KeyValueBytes > now.PromptCacheBytes || Comparisons() < Whole); tries++)
            {
                Assert.True(tries < 600, $"{now}, {Comparisons()} compared");
                await Task.Delay(50, Ended);
            }
            // There is a place for everybody.
            await server.PostAsync(Path, new { prompt = "a", max_tokens = 1 });
        }
        MonitorEntry[] entries = [.. MonitorLogFiles.Read([_folder])];
        string[] answers = [.. entries.OfType<AnswerEntry>().Select(answer => answer.Id)];
        // One that had been written to its end before its client could leave counts as answered, with all its choices.
        Assert.True(answers.Length > Whole && (answers.Length - Whole - 1) % Choices == 0, $"{answers.Length} answers");
        Assert.All(entries.OfType<ComparisonEntry>(), comparison => Assert.Contains(comparison.Id, answers));
        // All are accounted for: compared, or told to be lost as the server ended.
        Assert.Equal(answers.Length, entries.OfType<ComparisonEntry>().Count() + entries.OfType<LossEntry>().Sum(loss => loss.Replays));
    }

    private int Comparisons() => MonitorLogFiles.Read([_folder]).OfType<ComparisonEntry>().Count();

    private static async Task LeaveAsync(BooksServer server, bool streams)
    {
        using var left = CancellationTokenSource.CreateLinkedTokenSource(Ended);
        using var request = new HttpRequestMessage(HttpMethod.Post, Path)
        {
            Content = JsonContent.Create(new { prompt = "Once upon a time", max_tokens = 240, n = Choices, temperature = 1, stream = streams }),
        };
        Task<HttpResponseMessage> held = server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, left.Token);
        while ((int)(await server.GetAsync("/health"))["running"]! == 0)
        {
            Assert.False(held.IsFaulted);
            await Task.Delay(1, Ended);
        }
        await left.CancelAsync();
        try
        {
            (await held).Dispose();
        }
        catch (OperationCanceledException)
        {
            // It was not streamed, or had not begun.
        }
        await server.IdleAsync(TimeSpan.FromSeconds(10));
    }
}
