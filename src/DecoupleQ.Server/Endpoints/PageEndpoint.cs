using System.Reflection;
using DecoupleQ.Server.Models;
using DecoupleQ.Server.Monitoring;
using DecoupleQ.Server.Protocol;
using DecoupleQ.Serving;
using Microsoft.AspNetCore.Http;

namespace DecoupleQ.Server.Endpoints;

/// <summary>The page at <c>/</c>: a chat and what goes on, without anything from outside.</summary>
internal sealed class PageEndpoint(ServedModels models, HealthEndpoints health, LiveCounts live, Watches watches)
{
    // Nothing but its own files; nobody shows it inside another page.
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /// <summary>The page's files: path, name and type.</summary>
    public static IReadOnlyList<(string Path, string Name, string Type)> Files { get; } =
    [
        (Routes.Page, "index.html", "text/html; charset=utf-8"),
        ("/page/app.js", "app.js", "text/javascript; charset=utf-8"),
        ("/page/style.css", "style.css", "text/css; charset=utf-8"),
    ];

    /// <summary>Answers with a file of the page.</summary>
    public static RequestDelegate File(string name, string type)
    {
        byte[] content = Content(name);
        return async context =>
        {
            context.Response.ContentType = type;
            context.Response.Headers.ContentSecurityPolicy = Policy;
            context.Response.Headers.XContentTypeOptions = "nosniff";
            context.Response.Headers["Referrer-Policy"] = "no-referrer";
            context.Response.Headers.CacheControl = "no-cache";
            await context.Response.Body.WriteAsync(content, context.RequestAborted).ConfigureAwait(false);
        };
    }

    /// <summary><c>GET /page/status</c>: what the page shows.</summary>
    public Task StatusAsync(HttpContext context)
    {
        ServiceStatus now = models.Status;
        context.Response.Headers.CacheControl = "no-store";
        return context.Response.WriteAsJsonAsync(
            new PageStatus(
                health.Status, models.First.Name, models.First.Chat is not null, now.Running, now.Waiting, now.KeyValueBytes, Environment.WorkingSet,
                live.TokensWritten, watches.Drift, watches.Log?.Fault is not null, health.Canary),
            ServerJson.Plain.PageStatus,
            cancellationToken: context.RequestAborted);
    }

    private static byte[] Content(string name)
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"page/{name}")
            ?? throw new InvalidOperationException($"The page has no {name}.");
        using var content = new MemoryStream();
        stream.CopyTo(content);
        return content.ToArray();
    }
}
