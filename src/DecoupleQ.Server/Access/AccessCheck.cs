using System.Net;
using DecoupleQ.Server.Protocol;
using Microsoft.AspNetCore.Http;

namespace DecoupleQ.Server.Access;

/// <summary>
/// Lets in who may come in: by the name that the server is called, by the page that a request comes from, and by key. Without it any page that somebody opens
/// could use a server on the same machine.
/// </summary>
/// <param name="options">Who may.</param>
internal sealed class AccessCheck(ServerOptions options)
{
    private const string AnyHost = "*";

    private static readonly string[] OfThisMachine = ["localhost", "127.0.0.1", "[::1]"];

    private readonly ApiKeys _keys = new(options.ApiKeys);
    private readonly HashSet<string> _hosts = new(
        [.. OfThisMachine, HostOf(options.Address), .. options.AllowedHosts], StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _origins = new(options.CorsOrigins, StringComparer.OrdinalIgnoreCase);

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        CheckHost(context.Request);
        CheckOrigin(context.Request);
        CheckKey(context);
        await next(context).ConfigureAwait(false);
    }

    // A browser asks whether a page may send a request, and brings no key; the page's origin has been looked at, and nothing else than that is answered.
    private bool AsksBeforehand(HttpRequest request) => HttpMethods.IsOptions(request.Method)
        && request.Headers.ContainsKey("Access-Control-Request-Method") && request.Headers.Origin is [string origin] && _origins.Contains(origin);

    private static string HostOf(IPAddress address) =>
        address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? $"[{address}]" : address.ToString();

    private void CheckHost(HttpRequest request)
    {
        bool any = _hosts.Contains(AnyHost) || (_keys.AreNeeded && options.AllowedHosts.Count == 0);
        if (!any && !_hosts.Contains(request.Host.Host))
        {
            throw new ApiException(
                StatusCodes.Status421MisdirectedRequest, "The server does not go by the name that the request calls it (Host). --allowed-host adds one.",
                code: "unknown_host");
        }
    }

    private void CheckOrigin(HttpRequest request)
    {
        string? origin = request.Headers.Origin;
        if (string.IsNullOrEmpty(origin) || _origins.Contains(origin)
            || string.Equals(origin, $"{request.Scheme}://{request.Host}", StringComparison.OrdinalIgnoreCase))
        {
            return;
        }
        throw new ApiException(
            StatusCodes.Status403Forbidden, "The request comes from a page of another origin. --cors-origin lets one in.", code: "unknown_origin");
    }

    private void CheckKey(HttpContext context)
    {
        if (!_keys.AreNeeded || Routes.IsOpen(context.Request.Path, options.OpenMonitoring) || AsksBeforehand(context.Request))
        {
            return;
        }
        if (ApiKeys.Given(context.Request) is string key && _keys.Contain(key))
        {
            return;
        }
        // A browser asks for it: as the password, with any name.
        context.Response.Headers.WWWAuthenticate =
            Routes.IsPage(context.Request.Path) ? $"{ApiKeys.Basic} realm=\"decoupleq\", charset=\"UTF-8\"" : ApiKeys.Bearer;
        throw new ApiException(
            StatusCodes.Status401Unauthorized, "The request brings no key that opens the server (expected: 'Authorization: Bearer KEY')",
            code: "invalid_api_key");
    }
}
