using DecoupleQ.Testing;

namespace DecoupleQ.Server.Tests;

/// <summary>The sample model as one of embeddings.</summary>
public sealed class EmbeddingServer : IAsyncLifetime
{
    /// <summary>What requests call it.</summary>
    public const string Name = "books-embedding";

    private readonly TemporaryModel _model = TemporaryModel.OfEmbeddings(Paths.Model);
    private BooksServer? _server;

    internal BooksServer Server => _server!;

    /// <summary>Its folder.</summary>
    internal string Folder => _model.Path;

    public async ValueTask InitializeAsync() =>
        _server = await BooksServer.StartAsync(options => options with { Model = _model.Path, Name = Name, ChatTemplate = null });

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        _model.Dispose();
    }
}
