using Microsoft.AspNetCore.Http;

namespace DecoupleQ.Server;

/// <summary>Paths of the server.</summary>
internal static class Routes
{
    public const string Models = "/v1/models", Model = "/v1/models/{**name}", Chat = "/v1/chat/completions", Completions = "/v1/completions";

    public const string Embeddings = "/v1/embeddings", Responses = "/v1/responses";

    public const string Health = "/health", Ready = "/ready", Metrics = "/metrics", Page = "/", PageStatus = "/page/status";

    /// <summary>Whatever has no path of its own.</summary>
    public const string Anything = "/{**path}";

    /// <summary>A route as logs and measurements name it: one of a few names, whatever is asked for.</summary>
    /// <param name="pattern">The route's pattern; null where there is none.</param>
    public static string NameOf(string? pattern) => pattern switch
    {
        null or Anything => "other",
        Model => "/v1/models/NAME",
        _ => pattern,
    };

    /// <summary>Whether a path needs no key: whoever watches over the server asks whether it lives.</summary>
    /// <param name="path">The path.</param>
    /// <param name="monitoring">Whether the page and the metrics need none either.</param>
    public static bool IsOpen(PathString path, bool monitoring) => path == Health || path == Ready || (monitoring && (path == Metrics || IsPage(path)));

    /// <summary>Whether a path is the page's.</summary>
    public static bool IsPage(PathString path) => path == Page || path.StartsWithSegments("/page", StringComparison.Ordinal);
}
