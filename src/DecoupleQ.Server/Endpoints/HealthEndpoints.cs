using DecoupleQ.Server.Models;
using DecoupleQ.Server.Protocol;
using DecoupleQ.Serving;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;

namespace DecoupleQ.Server.Endpoints;

/// <summary><c>GET /health</c>, whether it works, and <c>GET /ready</c>, whether it takes requests: not once it has been told to stop.</summary>
internal sealed class HealthEndpoints(ServedModel served, IHostApplicationLifetime lifetime)
{
    private const string Ok = "ok", Stopping = "stopping";

    /// <summary>How it is.</summary>
    public string Status => IsStopping ? Stopping : Ok;

    public Task HealthAsync(HttpContext context) => WriteAsync(context, StatusCodes.Status200OK);

    public Task ReadyAsync(HttpContext context) =>
        WriteAsync(context, IsStopping ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK);

    private bool IsStopping => lifetime.ApplicationStopping.IsCancellationRequested;

    private Task WriteAsync(HttpContext context, int status)
    {
        ServiceStatus now = served.Texts.Status;
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(
            new HealthBody(Status, served.Name, now.Running, now.Waiting), ServerJson.Plain.HealthBody,
            cancellationToken: context.RequestAborted);
    }
}
