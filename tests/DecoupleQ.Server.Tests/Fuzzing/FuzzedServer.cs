using System.Net;
using DecoupleQ.Models;
using DecoupleQ.Server.Hosting;
using DecoupleQ.Serving;
using DecoupleQ.Testing;
using DecoupleQ.Tests.Fuzzing;
using Microsoft.Extensions.Logging;

namespace DecoupleQ.Server.Tests.Fuzzing;

/// <summary>A server that every endpoint works of: a model with a template that shows tools, and with a way of making vectors.</summary>
internal sealed class FuzzedServer : IAsyncDisposable
{
    private readonly TemporaryModel _model;
    private readonly FailureLog _log;
    private readonly InferenceServer _server;

    private FuzzedServer(TemporaryModel model, FailureLog log, InferenceServer server) => (_model, _log, _server) = (model, log, server);

    /// <summary>Starts it.</summary>
    /// <param name="model">The folder of the bundled model.</param>
    /// <param name="template">A chat template that shows tools.</param>
    /// <param name="threads">Threads of the model.</param>
    public static async Task<FuzzedServer> StartAsync(string model, string template, int threads)
    {
        TemporaryModel copy = TemporaryModel.OfEmbeddings(model);
        try
        {
            var log = new FailureLog();
            var options = new ServerOptions
            {
                Model = copy.Path,
                Name = "m",
                ChatTemplate = template,
                Port = 0,
                MaxTokens = 8,
                // Soon full, so that what else grew would show.
                Limits = new ServiceLimits { PromptCacheBytes = 4 << 20 },
                Loading = new LanguageModelOptions { Threads = threads },
            };
            return new FuzzedServer(copy, log, await InferenceServer.StartAsync(options, logging => logging.AddProvider(log)).ConfigureAwait(false));
        }
        catch
        {
            copy.Dispose();
            throw;
        }
    }

    /// <summary>Sends it damaged requests.</summary>
    /// <param name="first">Number of the first.</param>
    /// <param name="count">How many.</param>
    /// <exception cref="FuzzingException">A request was answered as none may be, or something in the server failed.</exception>
    public async Task<HttpFuzzer.Outcome> RunAsync(int first, int count)
    {
        int port = new Uri(_server.Addresses[0]).Port;
        try
        {
            HttpFuzzer.Outcome outcome = await new HttpFuzzer(new IPEndPoint(IPAddress.Loopback, port)).RunAsync(first, count).ConfigureAwait(false);
            return _log.Failures.Count == 0 ? outcome : throw new FuzzingException($"{_log.Failures.Count} failures");
        }
        catch (FuzzingException error) when (_log.Failures.Count > 0)
        {
            throw new FuzzingException($"{error.Message}\nThe log: {_log.Failures.First()}", error);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _server.StopAsync().ConfigureAwait(false);
        await _server.DisposeAsync().ConfigureAwait(false);
        _model.Dispose();
    }
}
