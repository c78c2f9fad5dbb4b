using System.Net;
using System.Text;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace DecoupleQ.Server.Hosting;

/// <summary>Takes requests from within the process, and listens nowhere.</summary>
internal sealed class InProcessServer : IServer
{
    private Func<IFeatureCollection, Task>? _process;

    public IFeatureCollection Features { get; } = new FeatureCollection();

    public Task StartAsync<TContext>(IHttpApplication<TContext> application, CancellationToken cancellationToken)
        where TContext : notnull
    {
        _process = async features =>
        {
            TContext context = application.CreateContext(features);
            Exception? failure = null;
            try
            {
                await application.ProcessRequestAsync(context).ConfigureAwait(false);
            }
            catch (Exception error)
            {
                failure = error;
                throw;
            }
            finally
            {
                application.DisposeContext(context, failure);
            }
        };
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Has a request answered.</summary>
    /// <param name="path">What is asked for.</param>
    /// <param name="body">Its JSON.</param>
    /// <param name="cancellationToken">The client leaves.</param>
    /// <returns>Status and body of the response.</returns>
    public async Task<(int Status, string Body)> PostAsync(string path, string body, CancellationToken cancellationToken)
    {
        byte[] content = Encoding.UTF8.GetBytes(body);
        using var response = new MemoryStream();
        var features = new FeatureCollection();
        features.Set<IHttpRequestFeature>(new HttpRequestFeature
        {
            Protocol = "HTTP/1.1", Scheme = "http", Method = HttpMethods.Post, Path = path, Body = new MemoryStream(content),
            Headers = new HeaderDictionary { ["Host"] = "localhost", ["Content-Type"] = "application/json", ContentLength = content.Length },
        });
        features.Set<IHttpResponseFeature>(new HttpResponseFeature());
        features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(response));
        features.Set<IHttpConnectionFeature>(new HttpConnectionFeature { RemoteIpAddress = IPAddress.Loopback, LocalIpAddress = IPAddress.Loopback });
        features.Set<IHttpRequestLifetimeFeature>(new HttpRequestLifetimeFeature { RequestAborted = cancellationToken });
        features.Set<IHttpRequestBodyDetectionFeature>(new HasBody());
        await _process!(features).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        return (features.GetRequiredFeature<IHttpResponseFeature>().StatusCode, Encoding.UTF8.GetString(response.ToArray()));
    }

    public void Dispose()
    {
    }

    private sealed class HasBody : IHttpRequestBodyDetectionFeature
    {
        public bool CanHaveBody => true;
    }
}
