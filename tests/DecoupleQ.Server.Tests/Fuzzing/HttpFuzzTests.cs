using DecoupleQ.Testing;

namespace DecoupleQ.Server.Tests.Fuzzing;

public sealed class HttpFuzzTests
{
    [Fact]
    public async Task Damaged_requests_are_answered_or_refused()
    {
        await using FuzzedServer server = await FuzzedServer.StartAsync(Paths.Model, ToolServer.Template, threads: 1);
        HttpFuzzer.Outcome outcome = await server.RunAsync(first: 7000, count: 500);
        Assert.Equal(500, outcome.Statuses.Values.Sum());
        // Some are good, most are not, and not all for the same reason.
        Assert.InRange(outcome.Statuses[200], 50, 300);
        Assert.InRange(outcome.Statuses[400], 100, 400);
        Assert.True(outcome.Statuses.Count >= 4);
    }
}
