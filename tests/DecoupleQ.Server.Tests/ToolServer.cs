using DecoupleQ.Testing;

namespace DecoupleQ.Server.Tests;

/// <summary>The sample model with a template that shows tools in the manner of Hermes.</summary>
public sealed class ToolServer : IAsyncLifetime
{
    private BooksServer? _server;

    internal BooksServer Server => _server!;

    internal static string Template => Path.Combine(Paths.Repository, "tests", "DecoupleQ.Server.Tests", "tools.jinja");

    public async ValueTask InitializeAsync() => _server = await BooksServer.StartAsync(options => options with { ChatTemplate = Template });

    public async ValueTask DisposeAsync() => await Server.DisposeAsync();
}
