using DecoupleQ.Server.Access;
using DecoupleQ.Server.Canaries;
using DecoupleQ.Server.Endpoints;
using DecoupleQ.Server.Endpoints.Responses;
using DecoupleQ.Server.Models;
using DecoupleQ.Server.Monitoring;
using DecoupleQ.Server.Protocol;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace DecoupleQ.Server.Hosting;

/// <summary>Serves a model, and perhaps a second one beside it, over HTTP with the API of OpenAI.</summary>
public sealed partial class InferenceServer : IAsyncDisposable
{
    // Of a request's head, which says nothing but who asks and for what.
    private const int MostHeaderBytes = 16 << 10, MostHeaders = 64;

    private static readonly TimeSpan KeepAlive = TimeSpan.FromMinutes(2);

    private readonly WebApplication _app;
    private readonly ServedModels _models;
    private readonly Watches _watches;

    private InferenceServer(WebApplication app, ServedModels models, Watches watches) => (_app, _models, _watches) = (app, models, watches);

    /// <summary>The name that requests call the model by.</summary>
    public string ModelName => _models.First.Name;

    /// <summary>The name that requests call the canary by; null if there is none.</summary>
    public string? CanaryName => _models.Canary?.Model.Name;

    /// <summary>What the model warns of; usually nothing.</summary>
    public IReadOnlyList<string> Warnings => _models.First.Model.Warnings;

    /// <summary>What the canary warns of, and what it differs in from the model; usually nothing.</summary>
    public IReadOnlyList<string> CanaryWarnings => _models.Canary?.Warnings ?? [];

    /// <summary>Where it listens, once it does.</summary>
    public IReadOnlyList<string> Addresses =>
        [.. _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses ?? []];

    /// <summary>Whoever watches the models.</summary>
    internal Watches Watches => _watches;

    internal ServedModels Models => _models;

    /// <summary>Loads the models and starts to listen.</summary>
    /// <param name="options">What is served, to whom.</param>
    /// <param name="logging">Adds where the log goes; null for nowhere.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    /// <exception cref="DecoupleQException">A file cannot be used, an option is out of its range, or the address is taken.</exception>
    public static Task<InferenceServer> StartAsync(
        ServerOptions options, Action<ILoggingBuilder>? logging = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        return StartAsync(options, host: null, logging, cancellationToken);
    }

    /// <summary>As above, with requests that come from elsewhere than an address.</summary>
    /// <param name="options">What is served, to whom.</param>
    /// <param name="host">What takes requests; null to listen.</param>
    /// <param name="logging">Adds where the log goes; null for nowhere.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    internal static async Task<InferenceServer> StartAsync(
        ServerOptions options, IServer? host, Action<ILoggingBuilder>? logging, CancellationToken cancellationToken)
    {
        ServerChecks.Check(options);
        // Beside one another: most of the start of a small model is that the one and the other are compiled.
        Task<ServedModels> loading = Task.Run(() => ServedModels.Load(options, cancellationToken), cancellationToken);
        ServedModels? models = null;
        WatchedFiles? files = null;
        WebApplication? app = null;
        Watches? watches = null;
        try
        {
            app = NewApplication(options, host, loading, logging);
            models = await loading.ConfigureAwait(false);
            files = WatchedFiles.Load(options, models, cancellationToken);
            watches = new Watches(
                models, options, files, app.Services.GetRequiredService<ServerMetrics>(), app.Services.GetRequiredService<ILoggerFactory>());
            Configure(app, options, models, watches);
            // That it begins stands in the log before its first answer.
            await watches.StartAsync(cancellationToken).ConfigureAwait(false);
            await ListenAsync(app, cancellationToken).ConfigureAwait(false);
            return new InferenceServer(app, models, watches);
        }
        catch
        {
            if (app is not null)
            {
                await app.DisposeAsync().ConfigureAwait(false);
            }
            if (watches is not null)
            {
                await watches.DisposeAsync().ConfigureAwait(false);
            }
            files?.Dispose();
            if (models is null)
            {
                await ((Task)loading).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                models = loading.IsCompletedSuccessfully ? loading.Result : null;
            }
            models?.Dispose();
            throw;
        }
    }

    private static async Task ListenAsync(WebApplication app, CancellationToken cancellationToken)
    {
        try
        {
            await app.StartAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (IOException error)
        {
            throw new DecoupleQException($"The address cannot be listened at: {error.Message}", field: "port", expected: "one that is free", inner: error);
        }
    }

    /// <summary>Takes no more requests, lets those that run come to their ends, and stops; after the time that the options give them, whatever runs.</summary>
    /// <param name="cancellationToken">Stops at once.</param>
    public Task StopAsync(CancellationToken cancellationToken = default) => _app.StopAsync(cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync().ConfigureAwait(false);
        await _watches.DisposeAsync().ConfigureAwait(false);
        _models.Dispose();
    }

    private static WebApplication NewApplication(
        ServerOptions options, IServer? host, Task<ServedModels> models, Action<ILoggingBuilder>? logging)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        logging?.Invoke(builder.Logging);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = options.ShutdownTimeout);
        builder.Services.AddRoutingCore();
        if (options.CorsOrigins.Count > 0)
        {
            builder.Services.AddCors(cors => cors.AddDefaultPolicy(policy =>
                policy.WithOrigins([.. options.CorsOrigins]).WithMethods("GET", "POST").WithHeaders("authorization", "content-type")
                    .WithExposedHeaders(ModelChoice.Header)));
        }
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => Configure(kestrel, options));

        if (host is not null)
        {
            builder.Services.AddSingleton(host);
        }
        AddTelemetry(builder.Services, models);

        return builder.Build();
    }

    private static void Configure(WebApplication app, ServerOptions options, ServedModels models, Watches watches)
    {
        var errors = new ErrorResponses(
            options.MaxTime, (context, error) => RequestRecord.Of(context).Fail(error), app.Services.GetRequiredService<ILogger<ErrorResponses>>());
        var access = new AccessCheck(options);
        var live = new LiveCounts();
        var log = new RequestLog(
            models, app.Services.GetRequiredService<ServerMetrics>(), live, watches, options.LogContent,
            app.Services.GetRequiredService<ILogger<RequestLog>>());
        if (models.Canary is Canary canary)
        {
            ILogger logger = app.Services.GetRequiredService<ILogger<InferenceServer>>();
            canary.Share.FellBack += reason => CanaryFellBack(logger, canary.Model.Name, reason.Sentence);
        }
        app.UseRouting();
        app.Use(next => context => log.InvokeAsync(context, next));
        app.Use(next => context => errors.InvokeAsync(context, next));
        app.Use(next => context => access.InvokeAsync(context, next));
        if (options.CorsOrigins.Count > 0)
        {
            app.UseCors();
        }
        Map(app, options, models, live, watches);
    }

    // Exported as the standard packages and environment variables have it, and to whoever asks for text at /metrics.
    private static void AddTelemetry(IServiceCollection services, Task<ServedModels> models)
    {
        // Not asked for before they are loaded.
        services.AddSingleton(_ => new ServerMetrics(models.GetAwaiter().GetResult()));
        bool exports = Environment.GetEnvironmentVariables().Keys.Cast<string>().Any(name =>
            name.StartsWith("OTEL_EXPORTER_OTLP", StringComparison.Ordinal) && name.EndsWith("ENDPOINT", StringComparison.Ordinal));
        services.AddOpenTelemetry().ConfigureResource(resource => resource.AddService("decoupleq")).WithMetrics(metrics =>
        {
            metrics.AddMeter(ServerMetrics.MeterName).AddPrometheusExporter();
            if (exports)
            {
                metrics.AddOtlpExporter();
            }
        });
    }

    private static void Configure(KestrelServerOptions kestrel, ServerOptions options)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = options.MaxBodyBytes;
        kestrel.Limits.MaxRequestHeadersTotalSize = MostHeaderBytes;
        kestrel.Limits.MaxRequestHeaderCount = MostHeaders;
        kestrel.Limits.RequestHeadersTimeout = options.HeadTimeout;
        kestrel.Limits.KeepAliveTimeout = KeepAlive;
        kestrel.Listen(options.Address, options.Port, listen =>
        {
            if (options.Certificate is string certificate)
            {
                listen.UseHttps(ServerChecks.Certificate(certificate, options.CertificateKey));
            }
        });
    }

    private static void Map(WebApplication app, ServerOptions options, ServedModels models, LiveCounts live, Watches watches)
    {
        var list = new ModelsEndpoint(models);
        var health = new HealthEndpoints(models, watches, app.Lifetime);
        var choice = new ModelChoice(models, new StickyKey(options));
        app.MapGet(Routes.Models, list.ListAsync);
        app.MapGet(Routes.Model, list.GetAsync);
        app.MapGet(Routes.Health, health.HealthAsync);
        app.MapGet(Routes.Ready, health.ReadyAsync);
        app.MapPost(Routes.Chat, new ChatCompletionsEndpoint(choice, options).HandleAsync);
        app.MapPost(Routes.Completions, new CompletionsEndpoint(choice, options).HandleAsync);
        app.MapPost(Routes.Responses, new ResponsesEndpoint(choice, options).HandleAsync);
        app.MapPost(Routes.Embeddings, new EmbeddingsEndpoint(choice).HandleAsync);
        foreach ((string path, string name, string type) in PageEndpoint.Files)
        {
            app.MapGet(path, PageEndpoint.File(name, type));
        }
        app.MapGet(Routes.PageStatus, new PageEndpoint(models, health, live, watches).StatusAsync);
        app.MapPrometheusScrapingEndpoint(Routes.Metrics);
        app.Map(Routes.Anything, context => throw new ApiException(
            StatusCodes.Status404NotFound, $"There is nothing at {context.Request.Method} {context.Request.Path}.", code: "unknown_url"));
    }

    [LoggerMessage(LogLevel.Warning, "The canary '{Model}' answers no more: {Reason}")]
    private static partial void CanaryFellBack(ILogger logger, string model, string reason);
}
